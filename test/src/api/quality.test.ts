/** What Jaeger's Trace Quality page asks, from rows on a real ClickHouse: every trap of the page, the report beside it, and what is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QualityPage } from '../../../src/api/quality-page.ts';
import type { QualityReport } from '../../../src/report/quality-report.ts';
import { type TestApi, emptyReader, startTestApi } from '../../support/api-server.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';
import { CHECKS } from '../../support/quality-rows.ts';
import { clientTableRows, qualityTableRows, testQualityTables } from '../../support/quality-table-rows.ts';

const NOW_MS = Date.UTC(2026, 8, 21, 12, 0, 30);
const HOUR_MS = 3_600_000;
const WINDOW_MS = NOW_MS - 30_000;
const LONG_CHECKS = Array.from({ length: 8 }, (_, at) => `check_${at}`);
const HOSTILE = `it's "x" <b> ? & % + #`;
const QUALITY = {
  checks: CHECKS,
  minVersionOf: (language: string) => (language === 'python' ? '1.26.0' : undefined),
};

let clickHouse: TestClickHouse;
let api: TestApi;

beforeAll(async () => {
  clickHouse = await startTestClickHouse([testQualityTables()]);
  const place = { topic: 't', generation: 1, partition: 0, origin: 0, watermarkMs: 0, fingerprint: 'f' };
  const server = { tenant: 'a', service: 'cart', check: 'has_server_span', windowMs: WINDOW_MS };
  const verdicts = qualityTableRows([
    { ...server, passed: 60, failed: 10, failExamples: ['t1/s1', 't2/s2', 't3/s3'] },
    { ...server, slot: 9, passed: 10, passExamples: ['p1/q1'] },
    { ...server, operation: 'POST /', windowMs: WINDOW_MS - HOUR_MS, failed: 10, failExamples: ['old/s'] },
    { ...server, windowMs: WINDOW_MS - 50 * HOUR_MS, failed: 80, failExamples: ['ancient/s'] },
    { ...server, check: 'parent_present', passed: 90, exempt: 3 },
    { ...server, check: 'current_client', exempt: 93 },
    { ...server, check: 'retired_check', failed: 5 },
    { ...server, service: HOSTILE, operation: HOSTILE, failed: 20, failExamples: ['"<>/"&'] },
    { ...server, service: 'good', passed: 20 },
    { ...server, service: 'moved', windowMs: WINDOW_MS - 5 * HOUR_MS, passed: 30, passedMoved: 10 },
    // Of each of these checks more than are shown, all together beyond what one parameter of a query may hold.
    ...['has_server_span', 'parent_present', ...LONG_CHECKS].flatMap((check) =>
      Array.from({ length: 25 }, (_, at) => ({
        ...server,
        tenant: 'long',
        check,
        operation: `GET http://shop/${at}?q=${'é'.repeat(450)}`,
        failed: 5 + at,
        failExamples: [`${check}-${at}/s`],
      })),
    ),
    { ...server, tenant: 'b', failed: 999, failExamples: ['secret/s'] },
  ]);
  const clients = clientTableRows([
    { tenant: 'a', service: 'cart', windowMs: WINDOW_MS, version: '1.9.1', spans: 5, examples: ['t1/s1'] },
    { tenant: 'a', service: 'cart', windowMs: WINDOW_MS - HOUR_MS, version: '1.9.1', spans: 2 },
    { tenant: 'a', service: 'cart', windowMs: WINDOW_MS, language: 'go', version: '1.42.0', spans: 90 },
    { tenant: 'b', service: 'cart', windowMs: WINDOW_MS, version: 'secret', spans: 9 },
  ]);
  await clickHouse.sink.writeRows([{ ...place, hi: 200, rows: [verdicts, clients] }]);
  api = await startTestApi({
    reader: clickHouse.reader,
    tenants: ['a', 'b', 'long'],
    quality: QUALITY,
    now: () => NOW_MS,
  });
});

afterAll(async () => {
  await api.stop();
  await clickHouse.stop();
});

async function ask<Answer>(path: string, tenant = 'a'): Promise<Answer> {
  const { status, headers, body } = await api.get(path, { 'x-tenant': tenant });
  expect(status, body).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  return JSON.parse(body) as Answer;
}

const page = (query: string, tenant?: string): Promise<QualityPage> =>
  ask<QualityPage>(`/api/quality-metrics?${query}`, tenant);
const report = (query: string): Promise<QualityReport> =>
  ask<QualityReport>(`/api/quality-metrics/report?${query}`);

describe('/api/quality-metrics', () => {
  it('answers for a service whose operations have long names, and has the newest failures of each', async () => {
    await page('service=cart', 'long');
    const { checks } = await ask<QualityReport>('/api/quality-metrics/report?service=cart', 'long');
    const { operations } = checks.find(({ check }) => check === 'has_server_span')!;
    expect(operations).toHaveLength(20);
    expect(operations.map(({ failExamples }) => failExamples[0]!.traceId)).toEqual(
      Array.from({ length: 20 }, (_, at) => `has_server_span-${24 - at}`),
    );
  });

  it('answers for 48 hours as the page takes it', async () => {
    // 20 of 90 fail: 20 of 110 is lost, and was 80 of 100.
    expect(await page('service=cart')).toEqual({
      traceQualityDocumentationLink: 'api/quality-metrics/checks',
      bannerText: {
        value:
          '93 spans judged in the past 48 hours. Overall score 90.9 of 100, +30.9 against the 48 hours before.',
        styling: { fontWeight: 'bold' },
      },
      scores: [
        {
          key: 'overall',
          label: 'Overall',
          max: 100,
          value: expect.closeTo(100 * (1 - (3 * 20) / 110 / 6), 9) as number,
        },
        {
          key: 'completeness',
          label: 'Completeness',
          max: 100,
          value: expect.closeTo(100 * (1 - (3 * 20) / 110 / 4), 9) as number,
        },
      ],
      metrics: [
        {
          name: 'Has server span',
          category: 'completeness',
          description: 'Judges: Spans, by has_server_span. Passes: It holds.',
          metricDocumentationLink: 'api/quality-metrics/checks#has_server_span',
          metricWeight: 3,
          passCount: 70,
          passExamples: [{ traceID: 'p1', spanIDs: ['q1'] }],
          failureCount: 20,
          failureExamples: [
            { traceID: 't1', spanIDs: ['s1'] },
            { traceID: 't2', spanIDs: ['s2'] },
            { traceID: 't3', spanIDs: ['s3'] },
            { traceID: 'old', spanIDs: ['s'] },
          ],
          exemptionCount: 0,
          details: [
            {
              header: 'Failures by operation',
              description: 'Fix has_server_span. Worth 9.1 points of the overall score.',
              columns: [
                { key: 'operation', label: 'Operation' },
                { key: 'failures', label: 'Failures' },
                { key: 'judged', label: 'Judged' },
                { key: 'example1', label: 'Example 1', preventSort: true },
                { key: 'example2', label: 'Example 2', preventSort: true },
                { key: 'example3', label: 'Example 3', preventSort: true },
              ],
              rows: [
                {
                  operation: 'GET /',
                  failures: 10,
                  judged: 80,
                  example1: { value: 't1', linkTo: 'trace/t1?uiFind=s1' },
                  example2: { value: 't2', linkTo: 'trace/t2?uiFind=s2' },
                  example3: { value: 't3', linkTo: 'trace/t3?uiFind=s3' },
                },
                {
                  operation: 'POST /',
                  failures: 10,
                  judged: 10,
                  example1: { value: 'old', linkTo: 'trace/old?uiFind=s' },
                },
              ],
            },
          ],
        },
        {
          name: 'Parent present',
          category: 'completeness',
          description: 'Judges: Spans, by parent_present. Passes: It holds.',
          metricDocumentationLink: 'api/quality-metrics/checks#parent_present',
          metricWeight: 1,
          passCount: 90,
          passExamples: [],
          failureCount: 0,
          failureExamples: [],
          exemptionCount: 3,
          details: [],
        },
      ],
      clients: [
        { version: 'opentelemetry go 1.42.0', minVersion: 'any', count: 90, examples: [] },
        {
          version: 'opentelemetry python 1.9.1',
          minVersion: '1.26.0',
          count: 7,
          examples: [{ traceID: 't1', spanIDs: ['s1'] }],
        },
      ],
    });
  });

  it('looks back as far as it is told', async () => {
    const [metric] = (await page('service=cart&hours=1')).metrics;
    expect(metric).toMatchObject({ passCount: 70, failureCount: 10 });
    expect((await page('service=cart&hours=1')).bannerText.value).toBe(
      '93 spans judged in the past hour. Overall score 95.0 of 100, +11.7 against the hour before.',
    );
    expect((await page('service=cart&hours=51')).metrics[0]).toMatchObject({ failureCount: 100 });
  });

  it('says so where nothing was judged, and blanks nothing', async () => {
    expect(await page('service=unknown')).toEqual({
      traceQualityDocumentationLink: 'api/quality-metrics/checks',
      bannerText: {
        value: 'No span of unknown was judged in the past 48 hours.',
        styling: { fontWeight: 'bold' },
      },
      scores: [],
      metrics: [],
      clients: [],
    });
  });

  it('holds no null, and names and keys once, whatever the names are', async () => {
    for (const service of ['cart', HOSTILE, 'good', 'unknown']) {
      const found = await page(`service=${encodeURIComponent(service)}`);
      expect(JSON.stringify(found)).not.toContain('null');
      for (const names of [found.metrics.map(({ name }) => name), found.scores.map(({ key }) => key)])
        expect(new Set(names).size).toBe(names.length);
      for (const { passCount, failureCount } of found.metrics)
        expect(passCount + failureCount).toBeGreaterThan(0);
    }
    const [metric] = (await page(`service=${encodeURIComponent(HOSTILE)}`)).metrics;
    expect(metric!.details[0]!.rows).toEqual([
      {
        operation: HOSTILE,
        failures: 20,
        judged: 20,
        example1: { value: '"<>', linkTo: 'trace/%22%3C%3E?uiFind=%22%26' },
      },
    ]);
  });

  it('takes off what a later span changed', async () => {
    const { metrics } = await page('service=moved');
    expect(metrics).toMatchObject([{ passCount: 20, failureCount: 10, exemptionCount: 0 }]);
  });

  it('keeps tenants apart', async () => {
    const found = await page('service=cart', 'b');
    expect(found.metrics).toMatchObject([{ failureCount: 999, passCount: 0 }]);
    expect(JSON.stringify(await page('service=cart'))).not.toContain('secret');
  });

  it.each([
    ['', "parameter 'service' is required"],
    ['service=', "parameter 'service' is required"],
    ['service=cart&hours=0', "unable to parse param 'hours': must lie between 1 and 8784"],
    ['service=cart&hours=9999', "unable to parse param 'hours': must lie between 1 and 8784"],
    [
      'service=cart&hours=two',
      `unable to parse param 'hours': strconv.ParseInt: parsing "two": invalid syntax`,
    ],
  ])('refuses %s', async (query, msg) => {
    const { status, body } = await api.get(`/api/quality-metrics?${query}`, { 'x-tenant': 'a' });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ data: null, errors: [{ code: 400, msg }] });
  });
});

describe('/api/quality-metrics/report', () => {
  it('ranks all services without a service', async () => {
    const found = await report('hours=1');
    expect(found).toMatchObject({
      service: null,
      from: '2026-09-21T11:00:31Z',
      to: '2026-09-21T12:00:31Z',
      spans: 120,
    });
    expect(found.services.map(({ service }) => service)).toEqual([HOSTILE, 'cart', 'good']);
    expect(found.checks[0]!.operations.map(({ service, failed }) => [service, failed])).toEqual([
      [HOSTILE, 20],
      ['cart', 10],
    ]);
    expect(found.history).toEqual([
      {
        at: '2026-09-21T11:55:31Z',
        scores: found.scores.map(({ category, value }) => ({ category, value })),
      },
    ]);
  });

  it('has of one service what the page has', async () => {
    const found = await report('service=cart');
    expect(found.services).toEqual([]);
    expect(found.history.map(({ at }) => at)).toEqual(['2026-09-21T10:00:31Z', '2026-09-21T11:00:31Z']);
    expect(found.clients.map(({ version, minVersion }) => [version, minVersion])).toEqual([
      ['1.42.0', null],
      ['1.9.1', '1.26.0'],
    ]);
  });
});

describe('the documentation', () => {
  it('has every check under its anchor, and needs nothing else', async () => {
    const { status, headers, body } = await api.get('/api/quality-metrics/checks', { 'x-tenant': 'a' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'");
    for (const { name, fix } of CHECKS) {
      expect(body).toContain(`<h3 id="${name}">`);
      expect(body).toContain(fix);
    }
  });

  it('may lie elsewhere', async () => {
    const other = await startTestApi({
      reader: emptyReader(),
      quality: { ...QUALITY, documentationUrl: 'https://wiki.example/quality' },
    });
    const { body } = await other.get('/api/quality-metrics?service=x');
    expect(JSON.parse(body)).toMatchObject({ traceQualityDocumentationLink: 'https://wiki.example/quality' });
    await other.stop();
  });
});

it('is refused, with the cure, where the job does not run', async () => {
  const other = await startTestApi({
    reader: emptyReader(),
    quality: { checks: [], minVersionOf: () => undefined },
  });
  for (const path of ['/api/quality-metrics?service=x', '/api/quality-metrics/report']) {
    const { status, body } = await other.get(path);
    expect(status).toBe(501);
    expect(body).toContain('job quality is not run: add quality to `jobs` in the configuration');
  }
  await other.stop();
});
