/** A ClickHouse of its own for a test file: the embedded server on a temporary directory, with the schema of the jobs given. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import dependenciesJob, { type DependenciesJobOptions } from '../../jobs/dependencies.ts';
import pathsJob from '../../jobs/paths.ts';
import redJob from '../../jobs/red.ts';
import type { PathsLimits } from '../../operators/paths.ts';
import type { Job } from '../../src/engine/job.ts';
import type { StoreOptions } from '../../src/sinks/clickhouse-client.ts';
import { type EmbeddedClickHouse, startEmbedded } from '../../src/sinks/clickhouse-embedded.ts';
import { openReader } from '../../src/sinks/clickhouse-reader.ts';
import { createSchema } from '../../src/sinks/clickhouse-schema.ts';
import { type ClickHouseSink, openSink } from '../../src/sinks/clickhouse.ts';
import type { StoreReader } from '../../src/sinks/store-reader.ts';

export const GENEROUS_LIMITS = {
  servicesPerTenantMax: 1000,
  seriesPerServiceMax: 10_000,
  rowsPerTenantMax: 1_000_000,
};

export interface TestClickHouse {
  /** What every `open...` function of src/sinks/clickhouse* takes. */
  readonly options: StoreOptions;
  readonly database: string;
  readonly sink: ClickHouseSink;
  readonly reader: StoreReader;
  readonly server: EmbeddedClickHouse;
  readonly dataDir: string;
  stop(): Promise<void>;
}

export function testRedJob(dimensions: readonly string[] = []): Job {
  return redJob({ dimensions, limits: GENEROUS_LIMITS, seed: 1 });
}

export function testDependenciesJob(options: Partial<DependenciesJobOptions> = {}): Job {
  return dependenciesJob({
    selfEdges: false,
    brokers: false,
    unknownCallers: false,
    limits: GENEROUS_LIMITS,
    jaeger: { tenant: 'default' },
    ...options,
  });
}

export function testPathsJob(limits: Partial<PathsLimits> = {}): Job {
  const { rowsPerTenantMax } = GENEROUS_LIMITS;
  return pathsJob({
    limits: { rowsPerTenantMax, entriesMax: 32, depthMax: 64, completedMax: 65_536, ...limits },
  });
}

export async function startTestClickHouse(jobs: readonly Job[] = [testRedJob()]): Promise<TestClickHouse> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'weir-test-clickhouse-'));
  const server = await startEmbedded({ dataDir });
  const options = { url: server.url, headers: server.headers, database: 'weir' };
  await createSchema(options, { jobs, ttlDays: 0 });
  const sink = openSink(
    options,
    jobs.flatMap((job) => job.tables),
  );
  const reader = openReader(options);
  return {
    options,
    database: options.database,
    sink,
    reader,
    server,
    dataDir,
    stop: async () => {
      await Promise.all([sink.close(), reader.close()]);
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
