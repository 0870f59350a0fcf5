/** What surrounds every answer: who may ask, for whom, how many at a time, and how errors look. */
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServerOptions, createServer } from '../../../src/api/server.ts';
import { SinkError } from '../../../src/sinks/sink-error.ts';
import type { StoreReader } from '../../../src/sinks/store-reader.ts';
import { type Asked, type TestApi, emptyReader, startTestApi, until } from '../../support/api-server.ts';

const running: TestApi[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((api) => api.stop()));
});

async function start(
  options: Partial<ServerOptions> = {},
  reader: Partial<StoreReader> = {},
): Promise<TestApi> {
  const api = await startTestApi({ reader: emptyReader(reader), ...options });
  running.push(api);
  return api;
}

const v1 = (code: number, msg: string): string =>
  `${JSON.stringify({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code, msg }] })}\n`;

describe('a bearer token', () => {
  const auth = { tokens: ['old-token', 'new-token'], allowUnauthenticated: false };

  it('opens everything, and each of several does', async () => {
    const api = await start({ auth });
    for (const path of ['/api/v3/services', '/metrics', '/api/metrics/calls?service=a'])
      for (const token of auth.tokens)
        expect((await api.get(path, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it.each(['', 'Bearer', 'Bearer ', 'Bearer old-toke', 'Bearer old-token2', 'Basic old-token', 'old-token'])(
    'as %j opens nothing but health',
    async (authorization) => {
      const api = await start({ auth });
      const headers: Record<string, string> = authorization === '' ? {} : { authorization };
      for (const path of ['/api/services', '/metrics', '/api/nothing', '/nothing'])
        expect(await api.get(path, headers)).toMatchObject({
          status: 401,
          body: v1(401, 'missing or wrong bearer token: it is http.token of the configuration'),
        });
      expect((await api.get('/livez', headers)).status).toBe(200);
      expect((await api.get('/readyz', headers)).status).toBe(200);
    },
  );

  it('is required to serve on other addresses than loopback, unless that is said', async () => {
    const serverWith = (open: Partial<ServerOptions['auth']>): ReturnType<typeof createServer> =>
      createServer({
        reader: emptyReader(),
        database: 'weir',
        windowMs: 60_000,
        tenants: ['default'],
        quality: { checks: [], minVersionOf: () => undefined },
        freshness: () => ({ untilMs: undefined, isStale: false }),
        auth: { tokens: [], allowUnauthenticated: false, ...open },
        metrics: () => Readable.from([]),
        status: () => ({ isLive: true, isReady: true, reasons: [] }),
      });
    for (const host of ['0.0.0.0', '::', '127.evil.example', '192.168.0.1'])
      expect(() => serverWith({}).listen({ host, port: 0 })).toThrow(
        `refusing to serve the API on ${host} without authentication: set a token`,
      );
    for (const open of [{ tokens: ['t'] }, { allowUnauthenticated: true }]) {
      const server = serverWith(open);
      await server.listen({ host: '0.0.0.0', port: 0 });
      await server.close();
    }
  });
});

describe('a tenant', () => {
  const asked: unknown[] = [];
  const reader: Partial<StoreReader> = {
    query: (_sql, params) => {
      asked.push(params['tenant']);
      return Promise.resolve([]);
    },
  };

  it('is the only one where there is but one', async () => {
    const api = await start({ tenants: ['shop'] }, reader);
    expect((await api.get('/api/v3/services')).status).toBe(200);
    expect((await api.get('/api/v3/services', { 'x-tenant': 'shop' })).status).toBe(200);
    expect(asked.splice(0)).toEqual(['shop', 'shop']);
    expect((await api.get('/api/services', { 'x-tenant': 'other' })).body).toBe(v1(401, 'unknown tenant'));
    expect(asked).toEqual([]);
  });

  it('is named by the header where there are several', async () => {
    const api = await start({ tenants: ['a', 'b'] }, reader);
    expect((await api.get('/api/v3/services', { 'x-tenant': 'b' })).status).toBe(200);
    expect(asked.splice(0)).toEqual(['b']);
    const missing = await api.get('/api/v3/services');
    expect(missing).toMatchObject({
      status: 401,
      body: '{"error":{"httpCode":401,"message":"missing tenant header: x-tenant must name one of tenants.names"}}\n',
    });
    for (const tenant of ['', 'c', 'a, b', '__proto__'])
      expect((await api.get('/api/v3/services', { 'x-tenant': tenant })).status).toBe(401);
    expect(asked).toEqual([]);
  });
});

describe('a path nobody serves', () => {
  it('is answered as Jaeger answers it', async () => {
    const api = await start();
    expect(await api.get('/api/nothing')).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect(await api.get('/api/v3/nothing')).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect(await api.get('/analytics/v1/nothing')).toMatchObject({ status: 404, body: v1(404, 'not found') });
  });

  it('is refused as anything is where it is no path, and to those alone who may ask', async () => {
    const api = await start({ auth: { tokens: ['token'], allowUnauthenticated: false } });
    for (const [path, status] of [
      ['/api/services/%zz/operations', 400],
      ['/api/v3/%E0%A4%A', 400],
      [`/api/services/${'a'.repeat(4000)}/operations`, 414],
    ] as const) {
      const known = await api.get(path, { authorization: 'Bearer token' });
      const of = path.startsWith('/api/v3/')
        ? `${JSON.stringify({ error: { httpCode: status, message: 'malformed request' } })}\n`
        : v1(status, 'malformed request');
      expect(known).toMatchObject({ status, body: of });
      expect(known.headers.get('x-content-type-options')).toBe('nosniff');
      expect((await api.get(path)).status).toBe(401);
    }
  });

  it('lies outside the base path', async () => {
    const api = await start({ basePath: '/jaeger/' });
    expect((await api.get('/jaeger/api/v3/services')).body).toBe('{"services":[]}');
    expect((await api.get('/api/v3/services')).status).toBe(404);
    expect((await api.get('/jaeger/api/v3/services', { 'x-tenant': 'x' })).body).toBe(
      '{"error":{"httpCode":401,"message":"unknown tenant"}}\n',
    );
    expect((await api.get('/readyz')).status).toBe(200);
  });
});

describe('a store that fails', () => {
  const failing = (error: Error): Partial<StoreReader> => ({ query: () => Promise.reject(error) });

  it.each([
    [new SinkError('gone: secret', { retryable: true }), 503, 'the store cannot answer now', '5'],
    [
      new SinkError('SELECT secret', { retryable: false, code: '62' }),
      500,
      'the store refused the query',
      null,
    ],
    [
      new SinkError('limit', { retryable: false, code: '158' }),
      400,
      'this answer needs more rows than a query may read: shorten lookback',
      null,
    ],
    [new Error('secret'), 500, 'internal error', null],
  ])('%s', async (error, status, message, retryAfter) => {
    const told: unknown[] = [];
    const api = await start({ onError: (failure) => told.push(failure) }, failing(error));
    const answer = await api.get('/api/services');
    expect(answer).toMatchObject({ status, body: v1(status, message) });
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(told).toEqual(status >= 500 ? [error] : []);
  });
});

describe('queries at a time', () => {
  it('are bounded per tenant: some run, some wait, more are sent away', async () => {
    const open: (() => void)[] = [];
    const api = await start(
      { tenants: ['a', 'b'], admissionLimits: { runningMax: 2, waitingMax: 1 } },
      { query: () => new Promise((resolve) => open.push(() => resolve([]))) },
    );
    const asA = { 'x-tenant': 'a' };
    const first = [api.get('/api/services', asA), api.get('/api/services', asA)];
    await until(() => open.length === 2);
    const settled: Asked[] = [];
    const more = [1, 2, 3].map(async () => settled.push(await api.get('/api/services', asA)));
    await until(() => settled.length === 2);
    for (const refused of settled) {
      expect(refused).toMatchObject({ status: 503, body: v1(503, 'too many queries at a time') });
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    const other = api.get('/api/services', { 'x-tenant': 'b' });
    await until(() => open.length === 3);
    open.splice(0).forEach((answer) => answer());
    await Promise.all([...first, other]);
    await until(() => open.length === 1);
    open.splice(0).forEach((answer) => answer());
    await Promise.all(more);
    expect(settled.at(-1)!.status).toBe(200);
  });

  it('end when their client leaves, and make room', async () => {
    const signals: AbortSignal[] = [];
    const api = await start(
      { admissionLimits: { runningMax: 1, waitingMax: 0 } },
      {
        query: (_sql, _params, signal) =>
          new Promise((_, reject) => {
            signals.push(signal!);
            signal!.addEventListener('abort', () => reject(new Error('aborted')));
          }),
      },
    );
    for (let times = 1; times <= 2; times++) {
      const leaving = httpRequest(`${api.url}/api/services`).on('error', () => {});
      leaving.end();
      await until(() => signals.length === times);
      leaving.destroy();
      await until(() => signals[times - 1]!.aborted);
    }
  });
});

describe('health', () => {
  it('is what the status function says', async () => {
    const status = { isLive: true, isReady: true, reasons: [] as string[] };
    const api = await start({ status: () => status });
    expect(await api.get('/livez')).toMatchObject({ status: 200, body: '{"live":true,"reasons":[]}' });
    expect(await api.get('/readyz')).toMatchObject({ status: 200, body: '{"ready":true,"reasons":[]}' });
    Object.assign(status, { isReady: false, reasons: ['the store is away'] });
    expect((await api.get('/livez')).status).toBe(200);
    expect(await api.get('/readyz')).toMatchObject({
      status: 503,
      body: '{"ready":false,"reasons":["the store is away"]}',
    });
    Object.assign(status, { isLive: false });
    expect((await api.get('/livez')).status).toBe(503);
  });

  it('is not ready where the status cannot be told', async () => {
    const api = await start({ status: () => Promise.reject(new Error('secret')) });
    expect((await api.get('/readyz')).body).toBe('{"ready":false,"reasons":["the status is unknown"]}');
  });
});

describe('/metrics', () => {
  it('streams what is rendered', async () => {
    const api = await start({
      metrics: async function* () {
        yield 'a 1\n';
        yield 'b 2\n';
      },
    });
    const { headers, body } = await api.get('/metrics');
    expect(body).toBe('a 1\nb 2\n');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('is rendered for those alone who read it', async () => {
    let scrapes = 0;
    const api = await start({
      metrics: async function* () {
        scrapes++;
        yield 'a 1\n';
      },
    });
    expect((await fetch(`${api.url}/metrics`, { method: 'HEAD' })).status).toBe(404);
    expect(scrapes).toBe(0);
  });
});
