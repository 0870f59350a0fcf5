/** Every route that asks the store asks for the request's own tenant, and what the request says is bound, never part of the query's text. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { StoreReader } from '../../../src/sinks/store-reader.ts';
import { filesUnder, readSource } from '../../support/source-tree.ts';
import { type TestApi, emptyReader, startTestApi } from '../../support/api-server.ts';

interface Question {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const questions: Question[] = [];
const asked: (answer: () => unknown) => (sql: string, params: Question['params']) => unknown =
  (answer) => (sql, params) => {
    questions.push({ sql, params });
    return answer();
  };

let api: TestApi;
beforeAll(async () => {
  const query = asked(() => Promise.resolve([])) as StoreReader['query'];
  const columns = asked(() => Readable.from([])) as StoreReader['columns'];
  api = await startTestApi({ reader: emptyReader({ query, columns }), tenants: ['acme', 'globex'] });
});
afterAll(() => api.stop());
beforeEach(() => (questions.length = 0));

/** Texts that would end a literal, begin a comment, name a parameter or leave a path. */
const HOSTILE = [
  "'; DROP TABLE red_v1; --",
  '{tenant:String}',
  '\\',
  '") OR 1=1 --',
  '\u0000',
  '../../x',
  '${x}',
  '*',
];
const TIMES = 'endTs=1758463980000&lookback=3600000';

/** Each route that asks the store, with a text of the request's in every parameter that takes one. */
const ROUTES: readonly ((text: string) => string)[] = [
  (text) => `/api/services?service=${text}`,
  (text) => `/api/v3/services?service=${text}`,
  (text) => `/api/services/${text}/operations`,
  (text) => `/api/operations?service=${text}&spanKind=${text}`,
  (text) => `/api/v3/operations?service=${text}&span_kind=${text}`,
  (text) => `/api/dependencies?${TIMES}&service=${text}`,
  () => '/api/v3/dependencies?startTime=2026-01-01T00:00:00Z&endTime=2026-01-02T00:00:00Z',
  (text) => `/api/deep-dependencies?service=${text}&operation=${text}`,
  (text) => `/analytics/v1/dependencies?service=${text}&operation=${text}`,
  (text) => `/api/decorations/services?service=${text}`,
  (text) => `/api/quality-metrics?service=${text}&hours=1`,
  (text) => `/api/quality-metrics/report?service=${text}`,
  ...['calls', 'errors', 'latencies'].map(
    (metric) => (text: string) =>
      `/api/metrics/${metric}?service=${text}&quantile=0.95&groupByOperation=true&${TIMES}`,
  ),
];

test.each(ROUTES.map((route) => [route('x').split('?', 1)[0]!, route] as const))('%s', async (_, route) => {
  for (const tenant of ['acme', 'globex'])
    for (const text of HOSTILE) {
      questions.length = 0;
      const { status } = await api.get(route(encodeURIComponent(text)), { 'x-tenant': tenant });
      if (status === 200) expect(questions).not.toEqual([]);
      else expect([400, 404]).toContain(status);
      for (const { sql, params } of questions) {
        expect(params['tenant']).toBe(tenant);
        expect(sql).toContain('tenant = {tenant:String}');
        if (text.length > 1 && text !== '{tenant:String}') expect(sql).not.toContain(text);
      }
    }
  questions.length = 0;
  await api.get(route('cart'), { 'x-tenant': 'acme' });
  expect(questions).not.toEqual([]);
});

test.each(ROUTES.map((route) => [route('cart')]))('%s asks nothing for nobody', async (path) => {
  expect((await api.get(path)).status).toBe(401);
  expect((await api.get(path, { 'x-tenant': 'initech' })).status).toBe(401);
  expect(questions).toEqual([]);
});

test('no route is missing here', () => {
  const known = ROUTES.map((route) => route(':service').split('?', 1)[0]!);
  const open = ['/livez', '/readyz', '/metrics', '/api/quality-metrics/checks'];
  const served = filesUnder('src/api', '.ts').flatMap((file) =>
    [...readSource(file).text.matchAll(/server\.get(?:<[^(]*>)?\(\s*['`]([^'`]+)['`]/g)].map(
      ([, path]) => path!,
    ),
  );
  expect(served.length).toBeGreaterThan(15);
  const missing = served.filter((path) => {
    const pattern = new RegExp(`^${path.replace(/\$\{[^}]*\}/g, '\\w+')}$`);
    return !open.includes(path) && !known.some((one) => pattern.test(one));
  });
  expect(missing).toEqual([]);
});
