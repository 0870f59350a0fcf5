/** What the deep dependency graph asks, from rows on a real ClickHouse: focus, order, cap, ranges and the shape that the page insists on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApi, startTestApi } from '../../support/api-server.ts';
import { type TestClickHouse, startTestClickHouse, testPathsJob } from '../../support/clickhouse.ts';
import { pathTableRows } from '../../support/path-table-rows.ts';

const NOW_MS = Date.UTC(2026, 8, 21, 12, 0, 30);
const DAY_MS = 86_400_000;
const WINDOW_MS = NOW_MS - 30_000;

let clickHouse: TestClickHouse;
let api: TestApi;

const MANY = Array.from({ length: 320 }, (_, at) => ({
  tenant: 'many',
  path: `web:GET / > leaf:${String(at).padStart(3, '0')}`,
  windowMs: WINDOW_MS,
  spans: 1,
  examples: ['1'],
}));

beforeAll(async () => {
  clickHouse = await startTestClickHouse([testPathsJob()]);
  const place = { topic: 't', generation: 1, partition: 0, origin: 0, watermarkMs: 0, fingerprint: 'f' };
  const of = { tenant: 'a', windowMs: WINDOW_MS };
  const moved = { ...of, tenant: 'moved' };
  const rows = pathTableRows([
    { ...of, path: 'web:GET /', spans: 9, parents: 9, examples: ['root'] },
    {
      ...of,
      path: 'web:GET / > cart:add',
      spans: 3,
      parents: 1,
      examples: ['old', 'older'],
      windowMs: WINDOW_MS - 60_000,
    },
    { ...of, path: 'web:GET / > cart:add', spans: 4, parents: 1, examples: ['new'] },
    { ...of, path: 'web:GET / > cart:add', spans: 1, examples: ['newer'], slot: 100 },
    { ...of, path: 'web:GET / > cart:get', spans: 3, examples: ['get'] },
    { ...of, path: 'web:GET / > pay:add', spans: 2, examples: ['pay'] },
    { ...of, path: 'web:GET / > mail:send', spans: 2, parents: 1, examples: ['mail'] },
    { ...of, path: 'web:GET / > mail:send', spans: 1, parents: 0, sign: '-', examples: ['mail'] },
    // The newest of each turned out to take another path; of the last, all did.
    { ...moved, path: 'web:GET / > stock:get', spans: 5, examples: ['stayed'] },
    { ...moved, path: 'web:GET / > stock:get', spans: 1, examples: ['moved'], slot: 100 },
    { ...moved, path: 'web:GET / > stock:get', spans: 1, examples: ['moved'], slot: 100, sign: '-' },
    { ...moved, path: 'web:GET / > stock:put', spans: 5, examples: ['part', 'gone'] },
    { ...moved, path: 'web:GET / > stock:put', spans: 1, examples: ['gone'], slot: 100, sign: '-' },
    { ...moved, path: 'web:GET / > stock:del', spans: 5, examples: ['left'] },
    { ...moved, path: 'web:GET / > stock:del', spans: 1, examples: ['left'], slot: 100, sign: '-' },
    { ...of, path: "web:GET / > it's:a ? b & c", spans: 1, examples: ['odd'] },
    {
      ...of,
      path: 'web:GET / > cart:history',
      spans: 1,
      examples: ['history'],
      windowMs: WINDOW_MS - 2 * DAY_MS,
    },
    { ...of, tenant: 'b', path: 'web:secret', spans: 1, examples: ['b'] },
    ...MANY,
  ]);
  await clickHouse.sink.writeRows([{ ...place, hi: 200, rows: [rows] }]);
  api = await startTestApi({
    reader: clickHouse.reader,
    tenants: ['a', 'b', 'many', 'moved'],
    now: () => NOW_MS,
  });
});

afterAll(async () => {
  await api.stop();
  await clickHouse.stop();
});

interface Answer {
  readonly dependencies: readonly {
    readonly path: readonly { readonly service: string; readonly operation: string }[];
    readonly attributes: readonly { readonly key: string; readonly value: string }[];
  }[];
}

async function ask(query: string, tenant = 'a', path = '/analytics/v1/dependencies'): Promise<Answer> {
  const { status, headers, body } = await api.get(`${path}?${query}`, { 'x-tenant': tenant });
  expect(status, body).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  return JSON.parse(body) as Answer;
}

/** Last entries of the paths found. */
async function ends(query: string, tenant = 'a'): Promise<string[]> {
  const { dependencies } = await ask(query, tenant);
  return dependencies.map(({ path }) => `${path.at(-1)!.service}:${path.at(-1)!.operation}`);
}

describe('deep dependencies', () => {
  it('are paths with leaves through the service, most leaves first, each with examples of its newest window', async () => {
    const expected = {
      dependencies: [
        {
          path: [
            { service: 'web', operation: 'GET /' },
            { service: 'cart', operation: 'add' },
          ],
          attributes: [{ key: 'exemplar_trace_id', value: 'newer' }],
        },
        {
          path: [
            { service: 'web', operation: 'GET /' },
            { service: 'cart', operation: 'get' },
          ],
          attributes: [{ key: 'exemplar_trace_id', value: 'get' }],
        },
      ],
    };
    expect(await ask('end=0&service=cart&start=0')).toEqual(expected);
    expect(await ask('service=cart', 'a', '/api/deep-dependencies')).toEqual(expected);
  });

  it('leave out paths without leaves, and what was taken back', async () => {
    expect(await ends('service=mail')).toEqual([]);
    expect(await ends('service=web')).toEqual(['cart:add', 'cart:get', 'pay:add', "it's:a ? b & c"]);
  });

  it('have no examples that turned out to take another path, but where all did', async () => {
    const { dependencies } = await ask('service=stock', 'moved');
    expect(
      dependencies.map(({ path, attributes }) => [
        path[1]!.operation,
        ...attributes.map(({ value }) => value),
      ]),
    ).toEqual([
      ['get', 'stayed'],
      ['del', 'left'],
      ['put', 'part'],
    ]);
  });

  it('look for the operation in the entry of its service', async () => {
    expect(await ends('service=cart&operation=add')).toEqual(['cart:add']);
    expect(await ends('service=web&operation=add')).toEqual([]);
    const odd = new URLSearchParams({ service: "it's", operation: 'a ? b & c', start: '0', end: '0' });
    expect(await ends(odd.toString())).toEqual(["it's:a ? b & c"]);
  });

  it('are none for a service that is unknown, absent, or another tenant’s', async () => {
    for (const query of ['service=nobody', '', 'service=', 'operation=add', 'service=secret'])
      expect(await ask(query)).toEqual({ dependencies: [] });
    expect(await ends('service=web', 'b')).toEqual(['web:secret']);
  });

  it('cover the last day, or the range that is asked for', async () => {
    expect(await ends(`service=cart&start=${NOW_MS - 3 * DAY_MS}&end=0`)).toEqual([
      'cart:add',
      'cart:get',
      'cart:history',
    ]);
    expect(await ends(`service=cart&end=${NOW_MS - 1.5 * DAY_MS}`)).toEqual(['cart:history']);
    expect(await ends(`service=cart&start=${WINDOW_MS + 1}`)).toEqual([]);
    expect(await ends('service=cart&end=9223372036854775807&start=1')).toHaveLength(3);
  });

  it('are so many that a page can draw them, always the same ones', async () => {
    const found = await ends('service=web', 'many');
    expect(found).toHaveLength(300);
    expect(found).toEqual(MANY.slice(0, 300).map(({ path }) => path.slice('web:GET / > '.length)));
  });

  it('refuse what is no time', async () => {
    for (const query of ['service=web&start=yesterday', 'service=web&end=-1'])
      expect((await api.get(`/analytics/v1/dependencies?${query}`, { 'x-tenant': 'a' })).status).toBe(400);
  });
});
