/** The HTTP endpoints over an embedded ClickHouse of its own, for benchmarks that ask them. */
import type { Job } from '../../src/engine/job.ts';
import { openClient } from '../../src/sinks/clickhouse-client.ts';
import { startTestApi } from '../../test/support/api-server.ts';
import { startTestClickHouse } from '../../test/support/clickhouse.ts';

export interface BenchApi {
  /** Runs statements, as a sink does. */
  readonly client: ReturnType<typeof openClient>;
  /** Where it answers. */
  readonly url: string;
  close(): Promise<void>;
}

/** Makes the tables of a job, in a folder that `close` removes. */
export async function openBenchApi(job: Job): Promise<BenchApi> {
  const clickhouse = await startTestClickHouse([job]);
  const options = { ...clickhouse.options, requestTimeoutMs: 600_000 };
  const client = openClient(options, { max_partitions_per_insert_block: '0' });
  const api = await startTestApi({ reader: clickhouse.reader });
  return {
    client,
    url: api.url,
    async close() {
      await api.stop();
      await client.close();
      await clickhouse.stop();
    },
  };
}
