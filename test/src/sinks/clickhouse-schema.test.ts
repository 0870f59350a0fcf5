/** Bringing a store's schema up to date: at every start, from any release before, under any TTL before. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClient } from '../../../src/sinks/clickhouse-client.ts';
import { createSchema, pingStore } from '../../../src/sinks/clickhouse-schema.ts';
import { openSink } from '../../../src/sinks/clickhouse.ts';
import {
  type TestClickHouse,
  startTestClickHouse,
  testDependenciesJob,
  testPathsJob,
  testRedJob,
} from '../../support/clickhouse.ts';
import { testQualityTables } from '../../support/quality-table-rows.ts';
import { redFlush } from '../../support/red-table-rows.ts';

let store: TestClickHouse;
const jobs = [testRedJob(), testDependenciesJob(), testPathsJob(), testQualityTables()];

beforeAll(async () => {
  store = await startTestClickHouse(jobs);
});

afterAll(async () => {
  await store.stop();
});

async function ttlOf(database = 'weir'): Promise<string | undefined> {
  const sql = "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = 'red_v1'";
  const [row] = await store.reader.query<{ engine_full: string }>(sql, { database });
  return /TTL (.*) SETTINGS/.exec(row!.engine_full)?.[1];
}

/** A database of its own, for rows of the last weeks and of the last window there is. */
async function storeOf(
  database: string,
  ttlDays: number,
): Promise<{
  readonly command: (query: string) => Promise<void>;
  readonly write: () => Promise<void>;
  readonly kept: () => Promise<string[]>;
}> {
  const options = { ...store.options, database };
  await createSchema(options, { jobs, ttlDays });
  const command = async (query: string): Promise<void> => {
    const client = openClient(options);
    await client.command({ query, clickhouse_settings: { mutations_sync: '2' } });
    await client.close();
  };
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const windows = {
    now: today,
    week: today - 7 * 86_400_000,
    month: today - 40 * 86_400_000,
    end: 2 ** 32 * 1000,
  };
  return {
    command,
    write: async () => {
      const sink = openSink(options, testRedJob().tables);
      for (const [tenant, windowMs] of Object.entries(windows))
        await sink.writeRows([redFlush([{ tenant, windowMs }])]);
      await sink.close();
    },
    kept: async () => {
      await command(`ALTER TABLE ${database}.red_v1 MATERIALIZE TTL`);
      await command(`OPTIMIZE TABLE ${database}.red_v1 FINAL`);
      const sql = `SELECT tenant FROM ${database}.red_v1 ORDER BY tenant`;
      return (await store.reader.query<{ tenant: string }>(sql, {})).map(({ tenant }) => tenant);
    },
  };
}

test.each(
  ['RED', 'PATHS', 'QUALITY'].flatMap((page) =>
    [...readFileSync(`docs/${page}.md`, 'utf8').matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => [
      page,
      sql!,
    ]),
  ),
)('docs/%s.md asks what the views answer: %s', async (_page, sql) => {
  await store.reader.query(sql, {});
});

describe('creating the schema', () => {
  test('again, or twice at once, changes nothing and loses nothing', async () => {
    await store.sink.writeRows([redFlush([{ tenant: 'kept' }])]);
    await createSchema(store.options, { jobs, ttlDays: 0 });
    await Promise.all([1, 2].map(() => createSchema(store.options, { jobs, ttlDays: 0 })));
    const sql = "SELECT spans FROM weir.red WHERE tenant = 'kept'";
    expect(await store.reader.query(sql, {})).toEqual([{ spans: '1' }]);
  });

  test('follows the configured TTL', async () => {
    expect(await ttlOf()).toBeUndefined();
    for (const [ttlDays, latest] of [
      [36_500, 1_141_367_295],
      [30, 4_292_375_295],
    ] as const) {
      await createSchema(store.options, { jobs, ttlDays });
      expect(await ttlOf()).toBe(
        `least(window_start, toDateTime(${latest}, 'UTC')) + toIntervalDay(${ttlDays})`,
      );
    }
    await createSchema(store.options, { jobs, ttlDays: 0 });
    expect(await ttlOf()).toBeUndefined();
  });

  test('keeps what its TTL keeps, beyond 2106 too, and drops the rest', async () => {
    for (const [ttlDays, kept] of [
      [30, ['now', 'week', 'end']],
      [29_200, ['now', 'week', 'month', 'end']],
      [36_500, ['now', 'week', 'month', 'end']],
    ] as const) {
      const windows = await storeOf(`ttl_${ttlDays}`, ttlDays);
      await windows.write();
      expect(await windows.kept()).toEqual(kept.toSorted());
    }
  });

  test('changes the TTL of an earlier release, and loses no row by that', async () => {
    for (const ttlDays of [30, 36_500]) {
      const database = `before_${ttlDays}`;
      const windows = await storeOf(database, 0);
      await windows.write();
      await windows.command(`ALTER TABLE ${database}.red_v1 MODIFY TTL window_start + toIntervalDay(30)
        SETTINGS materialize_ttl_after_modify = 0`);
      await createSchema({ ...store.options, database }, { jobs, ttlDays });
      expect(await ttlOf(database)).toMatch(/^least\(/);
      expect(await windows.kept()).toContain('end');
      expect(await windows.kept()).toContain('week');
    }
  });

  test('makes exactly the public views', async () => {
    const sql = "SELECT name FROM system.tables WHERE database = 'weir' AND engine = 'View' ORDER BY name";
    const names = await store.reader.query<{ name: string }>(sql, {});
    expect(names.map(({ name }) => name)).toEqual([
      'clients',
      'dependencies',
      'operations',
      'paths',
      'progress',
      'quality',
      'red',
      'services',
    ]);
    const typesOf = async (view: string): Promise<Record<string, string>> => {
      const columns = await store.reader.query<{ name: string; type: string }>(`DESCRIBE weir.${view}`, {});
      return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
    };
    expect(await typesOf('dependencies')).toEqual({
      tenant: 'LowCardinality(String)',
      window_start: "DateTime('UTC')",
      parent: 'LowCardinality(String)',
      child: 'LowCardinality(String)',
      connection_type: 'LowCardinality(String)',
      calls: 'UInt64',
      errors: 'UInt64',
      client_errors: 'UInt64',
      server_errors: 'UInt64',
      client_us_sum: 'Float64',
      client_us_p50: 'Nullable(Float64)',
      client_us_p95: 'Nullable(Float64)',
      client_us_p99: 'Nullable(Float64)',
      server_us_sum: 'Float64',
      server_us_p50: 'Nullable(Float64)',
      server_us_p95: 'Nullable(Float64)',
      server_us_p99: 'Nullable(Float64)',
      network_us_sum: 'Float64',
      network_us_p50: 'Nullable(Float64)',
      network_us_p95: 'Nullable(Float64)',
      examples: 'Array(String)',
    });
    expect(await typesOf('paths')).toEqual({
      tenant: 'LowCardinality(String)',
      window_start: "DateTime('UTC')",
      path: 'Array(Tuple(\n    service String,\n    operation String))',
      spans: 'UInt64',
      leaves: 'UInt64',
      calls: 'UInt64',
      errors: 'UInt64',
      examples: 'Array(String)',
    });
    expect(await typesOf('red')).toEqual({
      tenant: 'LowCardinality(String)',
      window_start: "DateTime('UTC')",
      service: 'LowCardinality(String)',
      operation: 'LowCardinality(String)',
      span_kind: 'LowCardinality(String)',
      dimensions: 'Map(String, String)',
      spans: 'UInt64',
      calls: 'Float64',
      errors: 'Float64',
      duration_us_sum: 'Float64',
      duration_us_min: 'UInt64',
      duration_us_max: 'UInt64',
      duration_us_p50: 'Float64',
      duration_us_p75: 'Float64',
      duration_us_p95: 'Float64',
      duration_us_p99: 'Float64',
    });
  });

  test('takes the place of a table of Jaeger’s that holds nothing, and of no other', async () => {
    const jaeger = testDependenciesJob({ jaeger: { database: 'jaeger', tenant: 'default' } });
    const making = (): Promise<void> => createSchema(store.options, { jobs: [jaeger], ttlDays: 0 });
    const engine = async (): Promise<unknown> => {
      const sql = "SELECT engine FROM system.tables WHERE database = 'jaeger' AND name = 'dependencies'";
      return (await store.reader.query<{ engine: string }>(sql, {}))[0]?.engine;
    };
    const client = openClient(store.options);
    const table = `jaeger.dependencies (timestamp DateTime64(9), dependencies_json String) ENGINE = MergeTree ORDER BY timestamp`;
    try {
      await client.command({ query: 'CREATE DATABASE jaeger' });
      await client.command({ query: `CREATE TABLE ${table}` });
      await client.command({ query: `INSERT INTO jaeger.dependencies VALUES (now(), '[]')` });
      await expect(making()).rejects.toMatchObject({
        name: 'SinkError',
        retryable: false,
        message: expect.stringContaining(
          'jaeger.dependencies is a table that holds rows; rename it',
        ) as string,
      });
      expect(await engine()).toBe('MergeTree');
      await client.command({ query: 'TRUNCATE TABLE jaeger.dependencies' });
      await making();
      expect(await engine()).toBe('View');
      await making();
    } finally {
      await client.close();
    }
  });

  test('gives the progress of an earlier release the marks of stubs', async () => {
    const flush = redFlush([{ tenant: 'marked' }]);
    await store.sink.writeProgress([flush]);
    const client = openClient(store.options);
    await client.command({ query: 'ALTER TABLE weir.progress_v1 DROP COLUMN stub_marks' });
    await client.close();
    await createSchema(store.options, { jobs, ttlDays: 0 });
    const { topic, partition, hi } = flush;
    const before = await store.sink.readProgress(topic, partition);
    expect(before).toMatchObject({ hi });
    expect(before).not.toHaveProperty('stubMarks');
    const stubMarks = '{"offset":4,"rows":[[0,1,7,2]]}';
    await store.sink.writeProgress([{ ...flush, hi: hi + 1, stubMarks }]);
    expect(await store.sink.readProgress(topic, partition)).toMatchObject({ hi: hi + 1, stubMarks });
  });

  test('says which statement failed, and why', async () => {
    const broken = {
      ...testRedJob(),
      views: [{ name: 'broken', select: 'SELECT nothing FROM {database}.nowhere', orderBy: [] }],
    };
    await expect(createSchema(store.options, { jobs: [broken], ttlDays: 0 })).rejects.toMatchObject({
      name: 'SinkError',
      retryable: false,
      message: expect.stringContaining(
        '`CREATE OR REPLACE VIEW weir.broken AS` (code 60, UNKNOWN_TABLE)',
      ) as string,
    });
  });
});

test('a ping needs the right credentials and a server', async () => {
  await pingStore(store.options);
  await expect(pingStore({ ...store.options, headers: {} })).rejects.toMatchObject({ name: 'SinkError' });
  await expect(pingStore({ ...store.options, username: 'nobody' })).rejects.toMatchObject({
    retryable: false,
  });
  await expect(pingStore({ ...store.options, url: 'http://127.0.0.1:9' })).rejects.toThrow('ECONNREFUSED');
});
