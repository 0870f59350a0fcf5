/** `weir schema`: prints the DDL of the tables and views of the configured jobs, ready to be piped into a ClickHouse client. */
import { loadConfig } from '../config/load.ts';
import { loadJobs } from '../engine/load-jobs.ts';
import { schemaText } from '../sinks/schema.ts';
import { EXIT, type ExitCode, UsageError } from './failure.ts';
import type { SchemaFlags } from './flags.ts';

export async function schema({ config: file, cluster }: SchemaFlags): Promise<ExitCode> {
  if (cluster !== undefined && !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(cluster))
    throw new UsageError(`--cluster ${cluster}: expected the name of a cluster: letters, digits, - and _`);
  const { config, sayerOf } = await loadConfig({ file, environment: process.env });
  const jobs = await loadJobs(config.jobs, config, (index) => sayerOf(['jobs', index]));
  const { database, ttlDays } = config.clickhouse;
  process.stdout.write(
    schemaText({ database, jobs, ttlDays, ...(cluster === undefined ? {} : { cluster }) }),
  );
  return EXIT.ok;
}
