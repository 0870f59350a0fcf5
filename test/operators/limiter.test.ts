import { expect, test } from 'vitest';
import { OVERFLOW, type SeriesLabels, SeriesLimiter } from '../../operators/limiter.ts';

const labels = (service: string, operation: string, tenant = 'default'): SeriesLabels => ({
  tenant,
  service,
  operation,
  kind: 2,
  status: 0,
  dimensions: '{"region":"eu"}',
});

test('the first services and operations keep their names, the rest go to the overflow bucket', () => {
  const limiter = new SeriesLimiter({
    servicesPerTenantMax: 2,
    seriesPerServiceMax: 2,
    rowsPerTenantMax: 100,
  });
  const f = (service: string, operation: string, expected: string): void => {
    const { service: name, operation: counted, dimensions } = limiter.admitSeries(labels(service, operation));
    expect(`${name} ${counted} ${dimensions}`).toBe(expected);
  };
  f('cart', 'a', 'cart a {"region":"eu"}');
  f('cart', 'b', 'cart b {"region":"eu"}');
  f('cart', 'c', `cart ${OVERFLOW} {}`);
  f('cart', 'a', 'cart a {"region":"eu"}');
  f('pay', 'a', 'pay a {"region":"eu"}');
  f('ship', 'a', `${OVERFLOW} ${OVERFLOW} {}`);
  f('pay', 'b', 'pay b {"region":"eu"}');
});

test('tenants do not share a budget', () => {
  const limiter = new SeriesLimiter({ servicesPerTenantMax: 1, seriesPerServiceMax: 1, rowsPerTenantMax: 1 });
  expect(limiter.admitSeries(labels('cart', 'a', 'acme')).service).toBe('cart');
  expect(limiter.admitSeries(labels('pay', 'a', 'umbra')).service).toBe('pay');
  expect(limiter.admitRow(labels('cart', 'a', 'acme')).service).toBe('cart');
  expect(limiter.admitRow(labels('pay', 'a', 'umbra')).service).toBe('pay');
  expect(limiter.admitRow(labels('pay', 'a', 'umbra')).service).toBe(OVERFLOW);
});

test('an operation that is called like the overflow bucket is one of those', () => {
  const limiter = new SeriesLimiter({ servicesPerTenantMax: 1, seriesPerServiceMax: 9, rowsPerTenantMax: 9 });
  const { service, operation, dimensions } = limiter.admitSeries(labels('cart', OVERFLOW));
  expect([service, operation, dimensions]).toEqual(['cart', OVERFLOW, '{}']);
});
