/** What System Architecture asks, from rows on a real ClickHouse: ranges, defaults, tenants, differences and errors as Jaeger has them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SinkError } from '../../../src/sinks/sink-error.ts';
import { type TestApi, emptyReader, startTestApi } from '../../support/api-server.ts';
import { type TestClickHouse, startTestClickHouse, testDependenciesJob } from '../../support/clickhouse.ts';
import { edgeTableRows } from '../../support/edge-table-rows.ts';

const NOW_MS = Date.UTC(2026, 8, 21, 12, 0, 30);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WINDOW_MS = NOW_MS - 30_000;

let clickHouse: TestClickHouse;
let api: TestApi;

beforeAll(async () => {
  clickHouse = await startTestClickHouse([testDependenciesJob()]);
  const place = { topic: 't', generation: 1, partition: 0, origin: 0, watermarkMs: 0, fingerprint: 'f' };
  const rows = edgeTableRows([
    { tenant: 'a', parent: 'web', child: 'cart', windowMs: WINDOW_MS, calls: 3 },
    { tenant: 'a', parent: 'web', child: 'cart', windowMs: WINDOW_MS, calls: 4, slot: 100 },
    { tenant: 'a', parent: 'web', child: 'cart', windowMs: WINDOW_MS, calls: 5, type: 'messaging' },
    { tenant: 'a', parent: 'web', child: 'cart', windowMs: WINDOW_MS - 2 * DAY_MS, calls: 100 },
    { tenant: 'a', parent: 'web', child: 'pay', windowMs: WINDOW_MS, calls: 9 },
    { tenant: 'a', parent: 'web', child: 'pay', windowMs: WINDOW_MS, calls: 2, sign: '-' },
    { tenant: 'a', parent: 'web', child: 'mail', windowMs: WINDOW_MS, calls: 2 },
    { tenant: 'a', parent: 'web', child: 'mail', windowMs: WINDOW_MS, calls: 2, sign: '-' },
    { tenant: 'a', parent: 'cart', child: 'redis', windowMs: WINDOW_MS, calls: 1, type: 'database' },
    { tenant: 'b', parent: 'secret', child: 'hidden', windowMs: WINDOW_MS, calls: 1 },
  ]);
  await clickHouse.sink.writeRows([{ ...place, hi: 200, rows: [rows] }]);
  const stale = edgeTableRows([{ tenant: 'a', parent: 'web', child: 'pay', windowMs: WINDOW_MS, calls: 1 }]);
  await clickHouse.sink.writeRows([{ ...place, hi: 50, rows: [stale] }]);
  api = await startTestApi({ reader: clickHouse.reader, tenants: ['a', 'b', 'c'], now: () => NOW_MS });
});

afterAll(async () => {
  await api.stop();
  await clickHouse.stop();
});

async function ask(path: string, tenant = 'a'): Promise<unknown> {
  const { status, body } = await api.get(path, { 'x-tenant': tenant });
  expect(status, body).toBe(200);
  return JSON.parse(body);
}

async function edges(query: string, tenant = 'a'): Promise<string[]> {
  const { data } = (await ask(`/api/dependencies${query}`, tenant)) as {
    data: { parent: string; child: string; callCount: number }[];
  };
  return data.map(({ parent, child, callCount }) => `${parent} > ${child} ${callCount}`);
}

describe('/api/dependencies', () => {
  it('answers in Jaeger’s shape, calls as numbers, sums over slots and types, less what was taken back', async () => {
    expect(await ask('/api/dependencies')).toEqual({
      data: [
        { parent: 'cart', child: 'redis', callCount: 1 },
        { parent: 'web', child: 'cart', callCount: 12 },
        { parent: 'web', child: 'pay', callCount: 7 },
      ],
      total: 0,
      limit: 0,
      offset: 0,
      errors: null,
    });
  });

  it('looks back a day from now unless told', async () => {
    expect(await edges('')).toContain('web > cart 12');
    expect(await edges(`?lookback=${7 * DAY_MS}`)).toContain('web > cart 112');
    expect(await edges(`?endTs=${WINDOW_MS - DAY_MS}&lookback=${DAY_MS}`)).toEqual(['web > cart 100']);
  });

  it('counts windows that start in [start, end)', async () => {
    const at = (endMs: number): Promise<string[]> =>
      edges(`?endTs=${endMs}&lookback=${MINUTE_MS}&service=pay`);
    expect(await at(WINDOW_MS)).toEqual([]);
    expect(await at(WINDOW_MS + 1)).toEqual(['web > pay 7']);
    expect(await at(WINDOW_MS + MINUTE_MS)).toEqual(['web > pay 7']);
    expect(await at(WINDOW_MS + MINUTE_MS + 1)).toEqual([]);
  });

  it('keeps to a service that calls or is called', async () => {
    expect(await edges('?service=cart')).toEqual(['cart > redis 1', 'web > cart 12']);
    expect(await edges(`?service=${encodeURIComponent("' OR 1=1 --")}`)).toEqual([]);
  });

  it('shows each tenant its own, and a list where there is none', async () => {
    expect(await edges('', 'b')).toEqual(['secret > hidden 1']);
    expect(await edges('', 'c')).toEqual([]);
  });

  it.each([
    ['endTs=x', `unable to parse param 'endTs': strconv.ParseInt: parsing "x": invalid syntax`],
    ['lookback=1.5', `unable to parse param 'lookback': strconv.ParseInt: parsing "1.5": invalid syntax`],
    ['endTs=-1', `unable to parse param 'endTs': must be a time in Unix milliseconds`],
    ['lookback=-1', `unable to parse param 'lookback': must not be negative`],
  ])('refuses %s as Jaeger does', async (query, msg) => {
    const { status, body } = await api.get(`/api/dependencies?${query}`, { 'x-tenant': 'a' });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      data: null,
      total: 0,
      limit: 0,
      offset: 0,
      errors: [{ code: 400, msg }],
    });
  });

  it('takes any other range for one that holds nothing or everything', async () => {
    expect(await edges('?endTs=0&lookback=0')).toEqual([]);
    expect(await edges('?lookback=9223372036854775807')).toContain('web > cart 112');
  });

  it('says so where the job is not run, or the store is away', async () => {
    const failing = async (code: string, retryable: boolean): Promise<[number, string]> => {
      const query = (): Promise<never> => Promise.reject(new SinkError('no', { code, retryable }));
      const server = await startTestApi({ reader: emptyReader({ query }) });
      const { status, body } = await server.get('/api/dependencies');
      await server.stop();
      return [status, body];
    };
    expect(await failing('60', false)).toEqual([501, expect.stringContaining('add it to `jobs`')]);
    expect(await failing('210', true)).toEqual([503, expect.stringContaining('cannot answer now')]);
  });
});

describe('/api/v3/dependencies', () => {
  it('answers in the shape of the interface definition: calls as text', async () => {
    const query = 'startTime=2026-09-21T12:00:00Z&endTime=2026-09-21T14:00:00.0%2B02:00';
    expect(await ask(`/api/v3/dependencies?${query}`, 'b')).toEqual({ dependencies: [] });
    const later = 'startTime=2026-09-21T12:00:00Z&endTime=2026-09-21T14:00:01%2B02:00';
    expect(await ask(`/api/v3/dependencies?${later}`, 'b')).toEqual({
      dependencies: [{ parent: 'secret', child: 'hidden', callCount: '1' }],
    });
  });

  it.each([
    '',
    'startTime=2026-09-21T12:00:00Z',
    'startTime=yesterday&endTime=2026-09-21T12:00:00Z',
    'startTime=2026-02-31T00:00:00Z&endTime=2026-09-21T12:00:00Z',
  ])('refuses %o', async (query) => {
    const { status, body } = await api.get(`/api/v3/dependencies?${query}`, { 'x-tenant': 'a' });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      error: { httpCode: 400, message: expect.stringContaining('RFC 3339') as string },
    });
  });
});
