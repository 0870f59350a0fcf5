/** The HTTP endpoints over an embedded ClickHouse of its own, for benchmarks that ask them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from '../../src/api/server.ts';
import type { Job } from '../../src/engine/job.ts';
import { openClient } from '../../src/sinks/clickhouse-client.ts';
import { startEmbedded } from '../../src/sinks/clickhouse-embedded.ts';
import { openReader } from '../../src/sinks/clickhouse-reader.ts';
import { createSchema } from '../../src/sinks/clickhouse-schema.ts';

export interface BenchApi {
  /** Runs statements, as a sink does. */
  readonly client: ReturnType<typeof openClient>;
  /** Begins to answer; returns where. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Makes the tables of a job, in a folder that `close` removes. */
export async function openBenchApi(job: Job): Promise<BenchApi> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const embedded = await startEmbedded({ dataDir: folder });
  const store = { url: embedded.url, headers: embedded.headers, database: 'weir', requestTimeoutMs: 600_000 };
  await createSchema(store, { jobs: [job], ttlDays: 0 });
  const client = openClient(store, { max_partitions_per_insert_block: '0' });
  const reader = openReader(store);
  const server = createServer({
    reader,
    database: store.database,
    windowMs: 60_000,
    tenants: ['default'],
    quality: { checks: [], minVersionOf: () => undefined },
    freshness: () => ({ untilMs: undefined, isStale: false }),
    auth: { tokens: [], allowUnauthenticated: false },
    metrics: async function* () {
      yield '';
    },
    status: () => ({ isLive: true, isReady: true, reasons: [] }),
  });
  return {
    client,
    listen: () => server.listen({ port: 0 }),
    async close() {
      await server.close();
      await reader.close();
      await client.close();
      await embedded.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
