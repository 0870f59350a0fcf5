/** Names of services and operations, from rows on a real ClickHouse, in both generations of Jaeger's API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApi, startTestApi } from '../../support/api-server.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';
import { rowsOf } from '../../support/metrics-oracle.ts';

let clickHouse: TestClickHouse;
let api: TestApi;

const NAMES: readonly (readonly [tenant: string, service: string, operation: string, spanKind: string])[] = [
  ['a', 'shop', 'GET /', 'server'],
  ['a', 'shop', 'GET /', 'unspecified'],
  ['a', 'shop', 'GET /', 'internal'],
  ['a', 'shop', 'work', 'unspecified'],
  ['a', 'shop', '', 'server'],
  ['a', "c/a&r'%t", 'a/b', 'client'],
  ['b', 'secret', 'hidden', 'server'],
  ['b', 'shop', 'hidden', 'server'],
];

beforeAll(async () => {
  clickHouse = await startTestClickHouse();
  const windowMs = Date.UTC(2026, 8, 21);
  const rows = NAMES.map(([tenant, service, operation, spanKind]) =>
    rowsOf(tenant, [
      { service, operation, spanKind, status: 'unset', windowMs, durationUs: 1, units: 2 ** 20, slot: 0 },
    ]),
  );
  const place = {
    topic: 't',
    generation: 1,
    partition: 0,
    origin: 0,
    hi: 1,
    watermarkMs: 0,
    fingerprint: 'f',
  };
  await clickHouse.sink.writeRows([{ ...place, rows }]);
  api = await startTestApi({ reader: clickHouse.reader, tenants: ['a', 'b', 'c'] });
});

afterAll(async () => {
  await api.stop();
  await clickHouse.stop();
});

async function ask(path: string, tenant = 'a'): Promise<unknown> {
  const { status, headers, body } = await api.get(path, { 'x-tenant': tenant });
  expect(headers.get('content-type')).toMatch(status === 200 ? /^application\/json/ : /^text\/plain/);
  return JSON.parse(body);
}

const page = (data: readonly unknown[]): object => ({
  data,
  total: data.length,
  limit: 0,
  offset: 0,
  errors: null,
});

describe('services', () => {
  it('are those of the tenant, sorted', async () => {
    expect(await ask('/api/v3/services')).toEqual({ services: ["c/a&r'%t", 'shop'] });
    expect(await ask('/api/services', 'b')).toEqual(page(['secret', 'shop']));
  });

  it('are a list even where there are none', async () => {
    expect(await ask('/api/v3/services', 'c')).toEqual({ services: [] });
    expect(await ask('/api/services', 'c')).toEqual(page([]));
  });
});

describe('operations', () => {
  const all = [
    { name: 'GET /', spanKind: 'internal' },
    { name: 'GET /', spanKind: 'server' },
    { name: 'work', spanKind: 'internal' },
  ];

  it('have a name and a kind each, once', async () => {
    expect(await ask('/api/v3/operations?service=shop')).toEqual({ operations: all });
    expect(await ask('/api/operations?service=shop')).toEqual(page(all));
    expect(await ask('/api/services/shop/operations')).toEqual(page(['GET /', 'work']));
  });

  it('may be those of one kind', async () => {
    const servers = [{ name: 'GET /', spanKind: 'server' }];
    expect(await ask('/api/v3/operations?service=shop&spanKind=server')).toEqual({ operations: servers });
    expect(await ask('/api/v3/operations?service=shop&span_kind=SERVER')).toEqual({ operations: servers });
    expect(await ask('/api/operations?service=shop&spanKind=internal')).toEqual(page([all[0], all[2]]));
  });

  it('are found by any name', async () => {
    const name = encodeURIComponent("c/a&r'%t");
    const operations = [{ name: 'a/b', spanKind: 'client' }];
    expect(await ask(`/api/v3/operations?service=${name}`)).toEqual({ operations });
    expect(await ask(`/api/services/${name}/operations`)).toEqual(page(['a/b']));
  });

  it('of nobody are none, and the older API insists on a service', async () => {
    expect(await ask('/api/v3/operations?service=secret')).toEqual({ operations: [] });
    expect(await ask('/api/v3/operations')).toEqual({ operations: [] });
    expect(await ask('/api/operations')).toEqual({
      ...page([]),
      data: null,
      errors: [{ code: 400, msg: "parameter 'service' is required" }],
    });
  });
});
