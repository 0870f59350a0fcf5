import { expect, test } from 'vitest';
import redJob from '../../jobs/red.ts';
import { batchOf, openPartition, SMALL } from '../support/run-partition.ts';
import { BASE_MS, type PlainSpan } from '../support/plain-span.ts';

const limits = { servicesPerTenantMax: 10, seriesPerServiceMax: 10, rowsPerTenantMax: 10 };
const job = redJob({ dimensions: ['region'], limits, seed: 1 });

test('is named as its file, and its views are the public ones', () => {
  expect(job.name).toBe('red');
  expect(job.views.map(({ name }) => name)).toEqual(['red', 'services', 'operations']);
});

test('its operator reads what the dimensions name', () => {
  expect(job.operators.flatMap(({ attributes }) => attributes)).toEqual(['region']);
});

test('its table takes exactly the columns its operator gives, keyed by some of them', () => {
  const span: PlainSpan = {
    traceId: 1,
    spanId: 1,
    parentId: 0,
    service: 'cart',
    operation: 'GET /',
    kind: 2,
    status: 0,
    startNs: BigInt(BASE_MS) * 1_000_000n,
    endNs: BigInt(BASE_MS) * 1_000_000n + 5n,
    weight: 2 ** 20,
    attributes: {},
  };
  const log = [{ recordMs: BASE_MS, spans: [span] }];
  const partition = openPartition(log, SMALL);
  partition.read(batchOf(log, 0, 1));
  const { rows } = partition.flush();
  const [table] = job.tables;
  const given = rows.find(({ name }) => name === table!.name);
  expect(Object.keys(given!.columns).sort()).toEqual(Object.keys(table!.columns).sort());
  expect(Object.keys(table!.columns)).toEqual(expect.arrayContaining([...table!.key, table!.time]));
  expect(job.counters.map((family) => family.rows)).toEqual(['span_metrics']);
});
