/** The API of a test file, on a free port of loopback: a store goes in, a server one can ask goes out. */
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { type ServerOptions, createServer } from '../../src/api/server.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import type { StoreReader } from '../../src/sinks/store-reader.ts';

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface TestApi {
  readonly url: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Asked>;
  stop(): Promise<void>;
}

export async function startTestApi(
  options: Partial<ServerOptions> & Pick<ServerOptions, 'reader'>,
): Promise<TestApi> {
  const server = createServer({
    database: 'weir',
    windowMs: 60_000,
    tenants: ['default'],
    auth: { tokens: [], allowUnauthenticated: false },
    quality: { checks: await loadChecks(), minVersionOf: () => undefined },
    freshness: () => ({ untilMs: undefined, isStale: false }),
    metrics: () => Readable.from([]),
    status: () => ({ isLive: true, isReady: true, reasons: [] }),
    ...options,
  });
  const url = await server.listen({ port: 0 });
  return {
    url,
    get: async (path, headers = {}) => {
      const response = await fetch(`${url}${path}`, { headers });
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
    stop: () => server.close(),
  };
}

/** A store where nothing was ever counted; `overrides` replace what a test looks at. */
export function emptyReader(overrides: Partial<StoreReader> = {}): StoreReader {
  return {
    query: () => Promise.resolve([]),
    columns: () => Readable.from([]),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...overrides,
  };
}

export async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await setTimeout(5);
}
