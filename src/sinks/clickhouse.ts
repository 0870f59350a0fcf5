/**
 * The RowSink over ClickHouse: flushes go in, one ArrowStream insert a table goes out (of rows of very many days, several), then the progress
 * rows. Sending rows again is harmless: a row's highest version wins, and equal versions are equal rows. Throws SinkError and nothing else.
 */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ClickHouseClient } from '@clickhouse/client';
import { failpoint } from '../failpoints.ts';
import { type StampedRows, encodeRows } from './arrow.ts';
import { type StoreOptions, openClient, request } from './clickhouse-client.ts';
import { cutByDays } from './days.ts';
import { NEWEST_PROGRESS_FIRST, PROGRESS_TABLE } from './schema.ts';
import type { PartitionFlush, Progress, RowSink } from './sink.ts';
import type { Table } from './table.ts';

export interface ClickHouseSink extends RowSink {
  close(): Promise<void>;
}

/** `tables` are those of all jobs; rows of any other name are not this sink's. */
export function openSink(options: StoreOptions, tables: readonly Table[]): ClickHouseSink {
  // Reading a long backlog, one insert may hold windows of many days, and each day is a partition. `cutByDays` sets the limit.
  const client = openClient(options, { max_partitions_per_insert_block: '0' });
  const { database } = options;
  const store = { client, database };
  return {
    writeRows: async (flushes) => {
      const inserts = tables.map((table) => insertRows(client, `${database}.${table.name}`, table, flushes));
      const failed = (await Promise.allSettled(inserts)).find((insert) => insert.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    writeProgress: (flushes) => insertProgress(client, `${database}.${PROGRESS_TABLE}`, flushes),
    readProgress: (topic, partition) => newestProgress(store, topic, partition),
    newestVersion: (topic, generation, partition) =>
      newestVersion(store, tables, { topic, generation, partition }),
    close: () => client.close(),
  };
}

async function insertRows(
  client: ClickHouseClient,
  name: string,
  table: Table,
  flushes: readonly PartitionFlush[],
): Promise<void> {
  const parts = flushes.flatMap(({ rows, ...flush }) =>
    rows
      .filter((part) => part.name === table.name && part.length > 0)
      .map((part): StampedRows => ({ ...flush, rows: part })),
  );
  if (parts.length === 0) return;
  for (const insert of cutByDays(table, parts)) await insertParts(client, name, table, insert);
}

async function insertParts(
  client: ClickHouseClient,
  name: string,
  table: Table,
  parts: StampedRows[],
): Promise<void> {
  const { names, chunks } = encodeRows(table, parts);
  failpoint('rows.inserting');
  await request(`insert into ${name}`, async () => {
    const { stream } = await client.exec({
      query: `INSERT INTO ${name} (${names.join(', ')}) FORMAT ArrowStream`,
      values: Readable.from(chunks, { objectMode: false }),
    });
    await text(stream);
  }).finally(() => {
    // The client's idle socket holds on to the body it sent, and that to what it encodes, until the next insert.
    parts.length = 0;
  });
  failpoint('rows.inserted');
}

async function insertProgress(
  client: ClickHouseClient,
  table: string,
  flushes: readonly PartitionFlush[],
): Promise<void> {
  const values = flushes.map((flush) => ({
    topic: flush.topic,
    generation: flush.generation,
    partition: flush.partition,
    origin: flush.origin,
    hi: flush.hi,
    watermark_ms: Number.isNaN(flush.watermarkMs) ? null : clamped(flush.watermarkMs),
    fingerprint: flush.fingerprint,
    stub_marks: flush.stubMarks ?? '',
  }));
  if (values.length === 0) return;
  await request(`insert into ${table}`, () =>
    client.insert({ table, values, format: 'JSONEachRow', columns: COLUMNS }),
  );
}

/** Record timestamps are any 64 bits; what no calendar holds would fail every insert. */
function clamped(timeMs: number): number {
  return Math.trunc(Math.min(Math.max(timeMs, 0), DATE_MS_MAX));
}

/** The year 2299, where DateTime64 ends. */
const DATE_MS_MAX = Date.UTC(2299, 11, 31);

/** `written_at` is the server's clock. */
const COLUMNS: [string, ...string[]] = [
  'topic',
  'generation',
  'partition',
  'origin',
  'hi',
  'watermark_ms',
  'fingerprint',
  'stub_marks',
];

async function newestProgress(store: Store, topic: string, partition: number): Promise<Progress | undefined> {
  const table = `${store.database}.${PROGRESS_TABLE}`;
  const [row] = await read<StoredProgress>(store, table, {
    query: `SELECT generation, origin, hi, fingerprint, stub_marks FROM ${table}
WHERE topic = {topic:String} AND partition = {partition:UInt32} ORDER BY ${NEWEST_PROGRESS_FIRST} LIMIT 1`,
    query_params: { topic, partition },
  });
  if (row === undefined) return undefined;
  const { generation, origin, hi, fingerprint, stub_marks: stubMarks } = row;
  return {
    generation: Number(generation),
    origin: Number(origin),
    hi: Number(hi),
    fingerprint,
    ...(stubMarks === '' ? {} : { stubMarks }),
  };
}

type StoredProgress = Readonly<Record<'generation' | 'origin' | 'hi' | 'fingerprint' | 'stub_marks', string>>;

async function newestVersion(
  store: Store,
  tables: readonly Table[],
  key: { readonly topic: string; readonly generation: number; readonly partition: number },
): Promise<number> {
  const versions = tables.map(async ({ name }) => {
    const table = `${store.database}.${name}`;
    const rows = await read<{ readonly newest: string }>(store, table, {
      query: `SELECT max(version) AS newest FROM ${table}
WHERE topic = {topic:String} AND generation = {generation:UInt64} AND partition = {partition:UInt32}`,
      query_params: key,
    });
    return Number(rows[0]!.newest);
  });
  return Math.max(0, ...(await Promise.all(versions)));
}

interface Store {
  readonly client: ClickHouseClient;
  readonly database: string;
}

interface Question {
  readonly query: string;
  readonly query_params: Record<string, unknown>;
}

function read<Row>({ client }: Store, table: string, question: Question): Promise<Row[]> {
  return request(`read ${table}`, async () =>
    (await client.query({ ...question, format: 'JSONEachRow' })).json<Row>(),
  );
}
