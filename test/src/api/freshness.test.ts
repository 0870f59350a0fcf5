/** Every answer says how current it is. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Freshness } from '../../../src/api/freshness.ts';
import { type TestApi, emptyReader, startTestApi } from '../../support/api-server.ts';

const UNTIL_MS = Date.UTC(2026, 8, 21, 12, 0, 1, 234);

let freshness: Freshness;
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ reader: emptyReader(), freshness: () => freshness });
});
afterAll(() => api.stop());

async function labels(path: string): Promise<readonly (string | null)[]> {
  const { headers } = await api.get(path);
  return [headers.get('weir-data-until'), headers.get('warning')];
}

const PATHS = [
  '/api/v3/services',
  '/api/dependencies',
  '/api/metrics/calls?service=x&endTs=1790000000000&lookback=60000&step=60000',
  '/analytics/v1/dependencies?service=x',
  '/api/quality-metrics?service=x',
  // An error too.
  '/api/quality-metrics',
];

it.each(PATHS)('%s says until when spans are counted', async (path) => {
  freshness = { untilMs: UNTIL_MS, isStale: false };
  expect(await labels(path)).toEqual(['2026-09-21T12:00:01.234Z', null]);
});

it.each(PATHS)('%s warns where that is long ago, or unknown', async (path) => {
  const warning = '110 weir "Response is Stale"';
  freshness = { untilMs: UNTIL_MS, isStale: true };
  expect(await labels(path)).toEqual(['2026-09-21T12:00:01.234Z', warning]);
  freshness = { untilMs: undefined, isStale: true };
  expect(await labels(path)).toEqual([null, warning]);
});

it("says so in Trace Quality's banner, the one place where a page of Jaeger shows it", async () => {
  freshness = { untilMs: UNTIL_MS, isStale: true };
  const { body } = await api.get('/api/quality-metrics?service=x');
  expect((JSON.parse(body) as { bannerText: unknown }).bannerText).toEqual({
    value:
      'No span of x was judged in the past 48 hours. Weir is behind: spans are counted until 2026-09-21 12:00 UTC.',
    styling: { fontWeight: 'bold', color: 'darkorange' },
  });
});

it('leaves health and metrics alone', async () => {
  for (const path of ['/livez', '/readyz', '/metrics']) expect(await labels(path)).toEqual([null, null]);
});
