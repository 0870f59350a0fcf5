/** Brings a store's tables and views to what the jobs declare. Safe to run at every start, by many processes. Throws SinkError. */
import type { ClickHouseClient } from '@clickhouse/client';
import { failpoint } from '../failpoints.ts';
import { type StoreOptions, openClient, request } from './clickhouse-client.ts';
import { type SchemaOptions, schemaSql, ttlOf } from './schema.ts';
import { SinkError } from './sink-error.ts';
import type { View } from './table.ts';

export async function createSchema(
  options: StoreOptions,
  schema: Pick<SchemaOptions, 'jobs' | 'ttlDays'>,
): Promise<void> {
  const { database } = options;
  const client = openClient(options);
  const run = (query: string): Promise<unknown> =>
    request(`run \`${query.split('\n', 1)[0]}\``, () => client.command({ query }));
  try {
    for (const view of schema.jobs.flatMap((job) => job.views)) await assertReplaceable(client, view);
    for (const query of schemaSql({ database, ...schema })) {
      failpoint('schema.statement');
      await run(query);
    }
    for (const { name, time } of schema.jobs.flatMap((job) => job.tables)) {
      const stored = await request(`read system.tables`, async () => {
        const result = await client.query({
          query:
            'SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {name:String}',
          query_params: { database, name },
          format: 'JSONEachRow',
        });
        return result.json<{ engine_full: string }>();
      });
      const change = ttlChange(stored[0]?.engine_full ?? '', time, schema.ttlDays);
      if (change !== undefined) await run(`ALTER TABLE ${database}.${name} ${change}`);
    }
  } finally {
    await client.close();
  }
}

/** Resolves when the store answers a query with these credentials. */
export async function pingStore(options: StoreOptions): Promise<void> {
  const client = openClient(options);
  try {
    await request('answer a query', () => client.command({ query: 'SELECT 1' }));
  } finally {
    await client.close();
  }
}

/** A view in a database of others may not take the place of a table that holds rows: to replace it is to drop them. */
async function assertReplaceable(client: ClickHouseClient, { database, name }: View): Promise<void> {
  if (database === undefined) return;
  const held = await request('read system.tables', async () => {
    const result = await client.query({
      query: `SELECT engine FROM system.tables
        WHERE database = {database:String} AND name = {name:String} AND engine != 'View' AND ifNull(total_rows, 1) > 0`,
      query_params: { database, name },
      format: 'JSONEachRow',
    });
    return result.json<{ engine: string }>();
  });
  if (held.length > 0)
    throw new SinkError(
      `${database}.${name} is a table that holds rows; rename it (RENAME TABLE ${database}.${name} TO ${database}.${name}_before), and a view takes its place`,
      { retryable: false },
    );
}

/** A table made under another `ttlDays`, or by a release that wrote it otherwise, is changed. A Distributed table has none of its own. */
function ttlChange(engine: string, time: string, ttlDays: number): string | undefined {
  if (!engine.includes('ReplacingMergeTree')) return undefined;
  const stored = / TTL (.+?)(?: SETTINGS |$)/.exec(engine)?.[1];
  const wanted = ttlDays === 0 ? undefined : ttlOf(time, ttlDays);
  if (stored === wanted) return undefined;
  return wanted === undefined ? 'REMOVE TTL' : `MODIFY TTL ${wanted}`;
}
