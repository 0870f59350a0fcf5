/** Parameters: Jaeger's defaults and exact error bodies, and our own limits in the same form. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS_LIMITS, metricsParams } from '../../../src/api/metrics-params.ts';
import { queryFields, unencodedServiceFields } from '../../../src/api/query-fields.ts';
import { type TestApi, emptyReader, startTestApi } from '../../support/api-server.ts';

const NOW_MS = 1_790_000_000_123;

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ reader: emptyReader() });
});

afterAll(() => api.stop());

describe('defaults', () => {
  it('are those of Jaeger', () => {
    expect(metricsParams('calls', queryFields('service=cart'), NOW_MS, METRICS_LIMITS)).toEqual({
      services: ['cart'],
      spanKinds: ['server'],
      groupByOperation: false,
      quantile: Number.NaN,
      endMs: NOW_MS,
      lookbackMs: 3_600_000,
      stepMs: 5000,
      ratePerMs: 600_000,
    });
  });

  it('stand in for empty values, and the first of several values counts', () => {
    const fields = queryFields('service=a&service=b&step=&endTs=5000000&endTs=6&groupByOperation=T');
    expect(metricsParams('errors', fields, NOW_MS, METRICS_LIMITS)).toMatchObject({
      services: ['a', 'b'],
      stepMs: 5000,
      endMs: 5_000_000,
      groupByOperation: true,
    });
  });

  it('give way to any number of span kinds, in any case', () => {
    const fields = queryFields(
      'service=a&spanKind=CLIENT&spanKind=server&spanKind=Unspecified&spanKind=client',
    );
    expect(metricsParams('calls', fields, NOW_MS, METRICS_LIMITS).spanKinds).toEqual([
      'client',
      'server',
      'unspecified',
    ]);
  });
});

describe('a wrong parameter', () => {
  const syntax = (name: string, parser: string, text: string): string =>
    `unable to parse param '${name}': strconv.${parser}: parsing "${text}": invalid syntax`;

  it.each([
    ['latencies?service=a', syntax('quantile', 'ParseFloat', '')],
    ['latencies', syntax('quantile', 'ParseFloat', '')],
    ['latencies?service=a&quantile=x', syntax('quantile', 'ParseFloat', 'x')],
    ['latencies?service=a&quantile=1.5', `unable to parse param 'quantile': must lie between 0 and 1`],
    ['latencies?service=a&quantile=NaN', `unable to parse param 'quantile': must lie between 0 and 1`],
    ['calls', `unable to parse param 'service': please provide at least one service name`],
    ['calls?service=%zz', `unable to parse param 'service': please provide at least one service name`],
    ['errors?service=a&groupByOperation=yes', syntax('groupByOperation', 'ParseBool', 'yes')],
    ['calls?service=a&spanKind=foo', `unable to parse param 'spanKind': unsupported span kind: 'foo'`],
    ['calls?service=a&spanKind=', `unable to parse param 'spanKind': unsupported span kind: ''`],
    ['calls?service=a&endTs=now', syntax('endTs', 'ParseInt', 'now')],
    ['calls?service=a&lookback=1.5', syntax('lookback', 'ParseInt', '1.5')],
    ['calls?service=a&step=x', syntax('step', 'ParseInt', 'x')],
    ['calls?service=a&ratePer=10m', syntax('ratePer', 'ParseInt', '10m')],
    [
      'calls?service=a&step=9223372036854775808',
      `unable to parse param 'step': strconv.ParseInt: parsing "9223372036854775808": value out of range`,
    ],
    ['calls?service=a&endTs=-1', `unable to parse param 'endTs': must be a time in Unix milliseconds`],
    [
      'calls?service=a&endTs=9223372036854775807',
      `unable to parse param 'endTs': must be a time in Unix milliseconds`,
    ],
    ['calls?service=a&lookback=-1', `unable to parse param 'lookback': must not be negative`],
    ['calls?service=a&step=0', `unable to parse param 'step': must be at least 1 millisecond`],
    ['calls?service=a&ratePer=0', `unable to parse param 'ratePer': must be at least 1 millisecond`],
    [
      'calls?service=a&lookback=2764800000&step=60000000',
      `unable to parse param 'lookback': lookback and ratePer must not exceed 32 days together`,
    ],
    [
      'calls?service=a&lookback=11000000&step=1000',
      `unable to parse param 'step': exceeded the maximum of 11000 points per series: raise step or shorten lookback`,
    ],
    [
      `calls?${Array.from({ length: 101 }, (_, at) => `service=s${at}`).join('&')}`,
      `unable to parse param 'service': please name at most 100 services`,
    ],
  ])('%s', async (path, msg) => {
    const { status, headers, body } = await api.get(`/api/metrics/${path}`);
    expect(body).toBe(
      `${JSON.stringify({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code: 400, msg }] })}\n`,
    );
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('is not one at its limit', async () => {
    for (const query of [
      'lookback=10999999&step=1000',
      'lookback=2764200000&step=600000',
      'step=1&lookback=10999',
      'endTs=0',
    ])
      expect((await api.get(`/api/metrics/calls?service=a&${query}`)).status).toBe(200);
  });
});

describe('a service name before endTs', () => {
  const serviceOf = (query: string): string | undefined => unencodedServiceFields(query)?.get('service')?.[0];

  it('is all that lies between, escapes decoded', () => {
    expect(serviceOf('service=a&b=c+d%20e%20&endTs=1&step=2')).toBe('a&b=c+d e ');
    expect(serviceOf('service=50%&endTs=1')).toBe('50%');
    expect(serviceOf('service=%zz%C3%BC&endTs=1')).toBe('%zzü');
  });

  it('leaves the parameters after it alone', () => {
    const fields = unencodedServiceFields('service=a&step=x&endTs=1&step=2');
    expect([fields?.get('service'), fields?.get('step')]).toEqual([['a&step=x'], ['2']]);
  });

  it('is no other reading where it says the same, or where the order is another', () => {
    expect(serviceOf('service=a%20b&endTs=1')).toBeUndefined();
    expect(serviceOf('step=1&service=a+b&endTs=1')).toBeUndefined();
    expect(serviceOf('service=a+b&step=1')).toBeUndefined();
  });
});
