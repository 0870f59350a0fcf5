/**
 * The DDL: tables and views as data go in, SQL statements come out, in the order to run them. Every statement may be run again. A
 * table partitions by day: TTL then drops whole parts, and a query over hours opens one or two partitions.
 */
import assert from 'node:assert/strict';
import type { Job } from '../engine/job.ts';
import { COLUMN_TYPES, type Table, type View } from './table.ts';

export interface SchemaOptions {
  readonly database: string;
  readonly jobs: readonly Pick<Job, 'tables' | 'views'>[];
  /** Rows whose window started longer ago are dropped; 0 keeps them. */
  readonly ttlDays: number;
  /** Name of a ClickHouse cluster: the DDL is then Replicated tables and Distributed ones before them. */
  readonly cluster?: string;
}

export const PROGRESS_TABLE = 'progress_v1';

/**
 * The newest progress first: of the largest generation, and of one origin. Processes that began a generation at once may have written several
 * origins, with nothing read yet; all of them go by the one written first, so that it alone has progress beyond itself.
 */
export const NEWEST_PROGRESS_FIRST =
  'generation DESC, hi > origin DESC, if(hi > origin, hi, 0) DESC, written_at, origin';

/** Newest progress of every partition. */
const PROGRESS_VIEW: View = {
  name: 'progress',
  select: `SELECT
    topic,
    generation,
    partition,
    origin,
    hi,
    fromUnixTimestamp64Milli(watermark_ms, 'UTC') AS watermark,
    fingerprint,
    written_at
FROM {database}.${PROGRESS_TABLE}
ORDER BY ${NEWEST_PROGRESS_FIRST}
LIMIT 1 BY topic, partition`,
  orderBy: ['topic', 'partition'],
};

/** One row an hour and origin stays, so that an operator can go back; the newest has no expiry, however long a topic is quiet. */
const PROGRESS_COLUMNS: readonly string[] = [
  'topic LowCardinality(String)',
  'generation UInt64',
  'partition UInt32',
  'origin UInt64',
  'hi UInt64',
  'watermark_ms Nullable(Int64)',
  'fingerprint String',
  "written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')",
];

/** Of a partition of stubs. Tables of earlier releases get it when the schema is next made. */
const STUB_MARKS = 'stub_marks String';

const SLOT_COLUMNS: readonly string[] = [
  'topic LowCardinality(String)',
  'generation UInt64',
  'partition UInt32',
  'slot UInt64',
  'version UInt64',
];

export function schemaSql(options: SchemaOptions): string[] {
  const { database, jobs, cluster } = options;
  const tables = [
    ...jobs.flatMap((job) => job.tables).map((table) => storedTable(table, options.ttlDays)),
    PROGRESS,
  ];
  const views = [...jobs.flatMap((job) => job.views), PROGRESS_VIEW];
  const databases = new Set([database, ...views.flatMap((view) => view.database ?? [])]);
  for (const name of databases)
    assert(
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
      `BUG: database name ${JSON.stringify(name)} is no identifier`,
    );
  return [
    ...[...databases].map((name) => `CREATE DATABASE IF NOT EXISTS ${name}${onCluster(cluster)}`),
    ...tables.flatMap((table) =>
      cluster === undefined ? localSql(table, options) : clusterSql(table, options, cluster),
    ),
    ...views.map((view) => viewSql(view, options)),
  ];
}

/** Text of the DDL, for people. */
export function schemaText(options: SchemaOptions): string {
  return `${schemaSql(options).join(';\n\n')};\n`;
}

interface StoredTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns it had not at first. */
  readonly addedColumns?: readonly string[];
  readonly version: string;
  readonly orderBy: readonly string[];
  readonly shardBy: readonly string[];
  /** What follows the sorting key, and what precedes it. */
  readonly partitionBy?: string;
  readonly ttl?: string;
}

const PROGRESS: StoredTable = {
  name: PROGRESS_TABLE,
  columns: [...PROGRESS_COLUMNS, STUB_MARKS],
  addedColumns: [STUB_MARKS],
  version: 'hi',
  orderBy: ['topic', 'generation', 'partition', 'origin', 'toStartOfHour(written_at)'],
  shardBy: ['topic', 'partition'],
};

function storedTable(table: Table, ttlDays: number): StoredTable {
  const columns = Object.entries(table.columns).map(([name, type]) => `${name} ${COLUMN_TYPES[type]}`);
  return {
    name: table.name,
    columns: [...columns, ...SLOT_COLUMNS],
    version: 'version',
    orderBy: [...table.key, 'topic', 'generation', 'partition', 'slot'],
    // A stored row's versions must meet on one shard; rows of one service do, so that a query over it can stay there.
    shardBy: table.key.slice(0, 2),
    partitionBy: `toDate(${table.time})`,
    ...(ttlDays === 0 ? {} : { ttl: ttlOf(table.time, ttlDays) }),
  };
}

/** The last second of a DateTime, in 2106. */
const DATE_SECONDS_MAX = 2 ** 32 - 1;

/**
 * When a row expires, spelled as ClickHouse shows it. A sum beyond 2106 would begin anew in 1970, and the row be gone at once: what would
 * expire later does so then. Servers before 25.7 take no DateTime64 here.
 */
export function ttlOf(time: string, ttlDays: number): string {
  const latest = DATE_SECONDS_MAX - ttlDays * 86_400;
  return `least(${time}, toDateTime(${latest}, 'UTC')) + toIntervalDay(${ttlDays})`;
}

function localSql(table: StoredTable, { database }: SchemaOptions): string[] {
  const name = `${database}.${table.name}`;
  return [tableSql(table, name, `ReplacingMergeTree(${table.version})`), ...addedSql(table, name)];
}

function clusterSql(table: StoredTable, { database }: SchemaOptions, cluster: string): string[] {
  const engine = `ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', ${table.version})`;
  const local = `${table.name}_local`;
  const shardBy = `cityHash64(${table.shardBy.join(', ')})`;
  const localName = `${database}.${local}${onCluster(cluster)}`;
  const name = `${database}.${table.name}${onCluster(cluster)}`;
  return [
    tableSql(table, localName, engine),
    ...addedSql(table, localName),
    // For a table made before. Of one server's, a start of Weir sees to that; here it finds the Distributed table alone.
    ...(table.ttl === undefined ? [] : [`ALTER TABLE ${localName} MODIFY TTL ${table.ttl}`]),
    `CREATE TABLE IF NOT EXISTS ${name} AS ${database}.${local}
ENGINE = Distributed(${quoted(cluster)}, ${database}, ${local}, ${shardBy})`,
    ...addedSql(table, name),
  ];
}

function addedSql({ addedColumns = [] }: StoredTable, name: string): string[] {
  return addedColumns.map((column) => `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${column}`);
}

function tableSql(table: StoredTable, name: string, engine: string): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${name}`,
    '(',
    table.columns.map((column) => `    ${column}`).join(',\n'),
    ')',
    `ENGINE = ${engine}`,
    ...(table.partitionBy === undefined ? [] : [`PARTITION BY ${table.partitionBy}`]),
    `ORDER BY (${table.orderBy.join(', ')})`,
    ...(table.ttl === undefined ? [] : [`TTL ${table.ttl}`]),
    ...(table.partitionBy === undefined ? [] : ['SETTINGS ttl_only_drop_parts = 1']),
  ].join('\n');
}

function viewSql(view: View, { database, cluster }: SchemaOptions): string {
  const name = `${view.database ?? database}.${view.name}`;
  return `CREATE OR REPLACE VIEW ${name}${onCluster(cluster)} AS\n${view.select.replaceAll('{database}', database)}`;
}

function onCluster(cluster: string | undefined): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoted(cluster)}`;
}

/** Cluster names may hold any character. */
function quoted(name: string): string {
  return `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
