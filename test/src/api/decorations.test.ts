/** What colours a deep dependency graph, from rows on a real ClickHouse. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, startTestApi } from '../../support/api-server.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';
import { type Call, rowsOf } from '../../support/metrics-oracle.ts';

const NOW_MS = Date.UTC(2026, 8, 21, 12, 0, 30);
const ONE = 2 ** 20;

let clickHouse: TestClickHouse;
let api: TestApi;

const BASE: Call = {
  service: 'cart',
  operation: 'add',
  spanKind: 'server',
  status: 'unset',
  windowMs: NOW_MS - 30_000,
  durationUs: 1000,
  units: ONE,
  slot: 0,
};

const CALLS: readonly Call[] = [
  ...Array.from({ length: 18 }, () => BASE),
  { ...BASE, windowMs: BASE.windowMs - 60_000, durationUs: 500_000, status: 'error', slot: 4 },
  { ...BASE, operation: 'get', durationUs: 500_000 },
  // Sampled: its weight is no whole number.
  { ...BASE, service: 'sampled', units: ONE * 1.25 },
  // Neither received by the service, nor of the last hour.
  { ...BASE, spanKind: 'client', durationUs: 9_000_000 },
  { ...BASE, windowMs: BASE.windowMs - 3_600_000, operation: 'past' },
  { ...BASE, service: '__proto__', operation: 'constructor', spanKind: 'consumer', units: 2 * ONE },
];

beforeAll(async () => {
  clickHouse = await startTestClickHouse();
  const place = { topic: 't', generation: 1, partition: 0, origin: 0, watermarkMs: 0, fingerprint: 'f' };
  const rows = [rowsOf('a', CALLS), rowsOf('b', [{ ...BASE, service: 'secret' }])];
  await clickHouse.sink.writeRows([{ ...place, hi: 10, rows }]);
  api = await startTestApi({ reader: clickHouse.reader, tenants: ['a', 'b', 'c'], now: () => NOW_MS });
});

afterAll(async () => {
  await api.stop();
  await clickHouse.stop();
});

async function ask(query = '', tenant = 'a'): Promise<Record<string, Record<string, unknown>>> {
  const { status, body } = await api.get(`/api/decorations/services${query}`, { 'x-tenant': tenant });
  expect(status, body).toBe(200);
  return JSON.parse(body) as Record<string, Record<string, unknown>>;
}

const about = (ms: number): unknown => expect.closeTo(ms, ms < 10 ? 1 : -1.5);

it('is one answer for all nodes: calls received in the last hour, errors among them, their 95th percentile', async () => {
  const answer = await ask();
  expect(Object.keys(answer)).toEqual(['byService', 'byOperation']);
  expect(answer['byService']!['cart']).toEqual({ calls: 20, errorRate: 0.05, p95Ms: about(500) });
  expect(answer['byOperation']!['cart']).toEqual({
    add: { calls: 19, errorRate: 0.0526, p95Ms: about(500) },
    get: { calls: 1, errorRate: 0, p95Ms: about(500) },
  });
});

it('keeps names apart that JavaScript gives a meaning', async () => {
  const { byService, byOperation } = await ask();
  const decoration = { calls: 2, errorRate: 0, p95Ms: about(1) };
  expect(Object.entries(byService!).find(([service]) => service === '__proto__')?.[1]).toEqual(decoration);
  expect(byService!['sampled']).toMatchObject({ calls: 1 });
  expect(Object.keys(byService!).sort()).toEqual(['__proto__', 'cart', 'sampled']);
  expect(Object.entries(byOperation!).find(([service]) => service === '__proto__')?.[1]).toEqual({
    constructor: decoration,
  });
});

it('looks as far back as it is asked to', async () => {
  const { byService, byOperation } = await ask('?lookback=7200000');
  expect(byService!['cart']).toMatchObject({ calls: 21 });
  expect(Object.keys(byOperation!['cart']!)).toContain('past');
  for (const lookback of ['0', '-1', '999999999999', 'long'])
    expect(
      (await api.get(`/api/decorations/services?lookback=${lookback}`, { 'x-tenant': 'a' })).status,
    ).toBe(400);
});

it('is empty for a tenant without spans', async () => {
  expect(await ask('', 'c')).toEqual({ byService: {}, byOperation: {} });
});
