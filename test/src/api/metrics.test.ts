/** The Monitor tab's endpoints on a real ClickHouse: whatever was stored and asked, the points are those of the definitions. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE_MS, MINUTE_MS, anyCall, anyQuestion, call } from '../../support/any-call.ts';
import { type TestApi, startTestApi } from '../../support/api-server.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';
import {
  type Call,
  type OracleMetric,
  type OracleQuestion,
  metricsOracle,
  rowsOf,
} from '../../support/metrics-oracle.ts';

const TENANTS = Array.from({ length: 64 }, (_, at) => `tenant-${at}`);

let clickHouse: TestClickHouse;
let api: TestApi;
let tenantsUsed = 0;
const failures: unknown[] = [];

beforeAll(async () => {
  clickHouse = await startTestClickHouse();
  api = await startTestApi({
    reader: clickHouse.reader,
    tenants: TENANTS,
    onError: (error) => failures.push(error),
  });
});

afterAll(async () => {
  await api.stop();
  await clickHouse.stop();
});

describe('law: the points of an answer', () => {
  it('are those of the definitions, for any calls and any question', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyCall, { maxLength: 150, size: 'max' }),
        fc.array(anyQuestion, { minLength: 4, maxLength: 8 }),
        async (calls, questions) => {
          const tenant = await store(calls);
          for (const question of questions)
            for (const metric of ['latencies', 'calls', 'errors'] as const)
              await expectOracle(tenant, metric, calls, question);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });
});

describe('an answer', () => {
  it('has the shape, names and grid of Jaeger', async () => {
    const tenant = await store([
      call({ windowMs: BASE_MS, durationUs: 40_000 }),
      call({ windowMs: BASE_MS, status: 'error' }),
    ]);
    const { status, headers, body } = await api.get(
      '/api/metrics/latencies?service=cart&endTs=1790000880985&lookback=120000&quantile=0.95&ratePer=60000&step=60000'.replace(
        '1790000880985',
        String(BASE_MS + 2 * MINUTE_MS + 985),
      ),
      { 'x-tenant': tenant },
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(body).toBe(
      '{"name":"service_latencies","type":"GAUGE","help":"0.95th quantile latency, grouped by service","metrics":[' +
        '{"labels":[{"name":"service_name","value":"cart"}],"metricPoints":[' +
        '{"gaugeValue":{"doubleValue":"NaN"},"timestamp":"2026-09-21T14:00:00.985Z"},' +
        '{"gaugeValue":{"doubleValue":40},"timestamp":"2026-09-21T14:01:00.985Z"},' +
        '{"gaugeValue":{"doubleValue":"NaN"},"timestamp":"2026-09-21T14:02:00.985Z"}]}]}',
    );
  });

  it('grouped by operation has one series an operation, in order of names', async () => {
    const tenant = await store([
      call({ operation: 'b', status: 'error' }),
      call({ operation: 'a' }),
      call({ operation: 'b' }),
    ]);
    const end = BASE_MS + MINUTE_MS;
    const { body } = await api.get(
      `/api/metrics/errors?service=cart&endTs=${end}&lookback=0&groupByOperation=true`,
      { 'x-tenant': tenant },
    );
    expect(JSON.parse(body)).toEqual({
      name: 'service_operation_error_rate',
      type: 'GAUGE',
      help: 'error rate, computed as a fraction of errors/sec over calls/sec, grouped by service & operation',
      metrics: ['a', 'b'].map((operation) => ({
        labels: [
          { name: 'service_name', value: 'cart' },
          { name: 'operation', value: operation },
        ],
        metricPoints: [
          { gaugeValue: { doubleValue: operation === 'a' ? 0 : 0.5 }, timestamp: '2026-09-21T14:01:00Z' },
        ],
      })),
    });
  });

  it('about nothing has no series, and keeps the key', async () => {
    const { body } = await api.get('/api/metrics/calls?service=nobody', { 'x-tenant': TENANTS[0]! });
    expect(body).toBe(
      '{"name":"service_call_rate","type":"GAUGE","help":"calls/sec, grouped by service","metrics":[]}',
    );
  });

  it('is printed with four spaces on demand, and says the same', async () => {
    const tenant = await store([call({}), call({ service: 'shop' })]);
    const path = `/api/metrics/calls?service=cart&service=shop&endTs=${BASE_MS + MINUTE_MS}&lookback=60000&step=60000`;
    const plain = await api.get(path, { 'x-tenant': tenant });
    const pretty = await api.get(`${path}&prettyPrint=true`, { 'x-tenant': tenant });
    expect(pretty.body).toBe(JSON.stringify(JSON.parse(plain.body), undefined, 4));
    const none = await api.get('/api/metrics/calls?service=nobody&prettyPrint=yes', { 'x-tenant': tenant });
    expect(none.body.endsWith('"metrics": []\n}')).toBe(true);
  });

  it('is about the newest version of a row, and about one tenant', async () => {
    const tenant = await store([call({})]);
    const later = [call({}), call({}), call({})];
    await write(tenant, later, 9);
    await store([call({}), call({})]);
    const { body } = await api.get(
      `/api/metrics/calls?service=cart&endTs=${BASE_MS + MINUTE_MS}&lookback=0&ratePer=60000`,
      { 'x-tenant': tenant },
    );
    expect(valuesOf(body).get('cart')).toEqual([3 / 60]);
  });
});

describe('a service name the UI left unencoded', () => {
  it.each(['a+b', 'a&b=c+d%20e', '100%', 'a=b', 'a&service=b', 'ü+&', "it's"])(
    '%j is found',
    async (service) => {
      const tenant = await store([call({ service: service.replace('%20', ' ') })]);
      const rest = `endTs=${BASE_MS + MINUTE_MS}&lookback=0&quantile=0.5&ratePer=600000&spanKind=server&step=60000`;
      const { body } = await api.get(`/api/metrics/latencies?service=${service}&${rest}`, {
        'x-tenant': tenant,
      });
      expect([...valuesOf(body).keys()]).toEqual([service.replace('%20', ' ')]);
    },
  );

  it('gives way to what the query says where nothing has that name', async () => {
    const tenant = await store([call({ service: 'a b' }), call({ service: 'c' })]);
    const rest = `endTs=${BASE_MS + MINUTE_MS}&lookback=0`;
    const { body } = await api.get(`/api/metrics/calls?service=a+b&service=c&${rest}`, {
      'x-tenant': tenant,
    });
    expect([...valuesOf(body).keys()]).toEqual(['a b', 'c']);
  });
});

/** Stores the calls for a tenant that had none, after a version of them that is out of date. */
async function store(calls: readonly Call[]): Promise<string> {
  const tenant = TENANTS[tenantsUsed++ % TENANTS.length]!;
  await write(tenant, calls.slice(0, calls.length / 2), 4);
  await write(tenant, calls, 5);
  return tenant;
}

async function write(tenant: string, calls: readonly Call[], hi: number): Promise<void> {
  if (calls.length === 0) return;
  await clickHouse.sink.writeRows([
    {
      topic: 'spans',
      generation: 1,
      partition: 0,
      origin: 0,
      hi,
      watermarkMs: BASE_MS,
      fingerprint: 'f',
      rows: [rowsOf(tenant, calls)],
    },
  ]);
}

async function expectOracle(
  tenant: string,
  metric: OracleMetric,
  calls: readonly Call[],
  question: OracleQuestion,
): Promise<void> {
  const query = new URLSearchParams([
    ['quantile', String(question.quantile)],
    ...question.services.map((service) => ['service', service] as [string, string]),
    ...question.spanKinds.map((kind) => ['spanKind', kind.toUpperCase()] as [string, string]),
    ['groupByOperation', String(question.groupByOperation)],
    ['endTs', String(question.endMs)],
    ['lookback', String(question.lookbackMs)],
    ['step', String(question.stepMs)],
    ['ratePer', String(question.ratePerMs)],
  ]);
  const { status, body } = await api.get(`/api/metrics/${metric}?${query.toString()}`, {
    'x-tenant': tenant,
  });
  expect({ status, failures }).toEqual({ status: 200, failures: [] });
  const answered = valuesOf(body);
  const expected = metricsOracle(metric, calls, question);
  expect([...answered.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    const given = answered.get(name)!;
    expect(given.length).toBe(values.length);
    for (const [point, value] of values.entries())
      if (!isClose(given[point]!, value)) expect({ metric, name, point, value: given[point] }).toEqual(value);
  }
}

/** Sums are exact; only their quotients and the bucket's middle may differ in a last bit. */
function isClose(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.abs(b);
}

interface Family {
  readonly metrics: readonly {
    readonly labels: readonly { readonly value: string }[];
    readonly metricPoints: readonly { readonly gaugeValue: { readonly doubleValue: number | 'NaN' } }[];
  }[];
}

function valuesOf(body: string): Map<string, number[]> {
  const { metrics } = JSON.parse(body) as Family;
  return new Map(
    metrics.map(({ labels, metricPoints }) => [
      labels.map(({ value }) => value).join('/'),
      metricPoints.map(({ gaugeValue }) => Number(gaugeValue.doubleValue)),
    ]),
  );
}
