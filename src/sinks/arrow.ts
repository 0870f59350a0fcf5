/**
 * Rows as an Arrow IPC stream, and back: the columns of a table and those of its slots go in, the bytes ClickHouse reads as
 * `FORMAT ArrowStream` come out, a record batch of some thousand rows at a time, whichever flushes they are of. Answers come back as typed arrays. Nothing is nullable.
 */
import assert from 'node:assert/strict';
import {
  type Data,
  Field,
  List,
  RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  type Utf8,
  type Vector,
  makeData,
} from 'apache-arrow';
import type { ColumnData, Rows } from '../../operators/rows.ts';
import { ENCODERS, uint64, utf8, type Whole } from './arrow-columns.ts';
import type { ColumnPart, ListColumn, NumberColumn, TextColumn } from './store-reader.ts';
import type { Table } from './table.ts';

/** Rows, and the part of their key they share. `hi` becomes their version. */
export interface StampedRows {
  readonly rows: Rows;
  readonly topic: string;
  readonly generation: number;
  readonly partition: number;
  readonly hi: number;
}

export interface EncodedRows {
  readonly names: readonly string[];
  /** The bytes, made as they are asked for: those of all rows at once took more memory than the rows. */
  readonly chunks: Generator<Uint8Array, void, void>;
}

/** Rows of a record batch: enough that its head costs nothing, and so few that what is made on the way is gone before more is. */
const BATCH_ROWS = 2048;
/** Of a part, the rows from one to another. Its columns may be made as they are asked for, which is done once. */
interface Run extends StampedRows {
  readonly slot: Float64Array;
  readonly columns: Rows['columns'];
  readonly from: number;
  readonly to: number;
}

export function encodeRows(table: Table, parts: readonly StampedRows[]): EncodedRows {
  return { names: [...Object.keys(table.columns), ...STAMPS], chunks: encodeBatches(table, parts) };
}

function* encodeBatches(table: Table, parts: readonly StampedRows[]): Generator<Uint8Array, void, void> {
  let isFirst = true;
  for (const runs of batchesOf(parts)) {
    const stream = RecordBatchStreamWriter.writeAll([recordBatchOf(table, runs)]).toUint8Array(true);
    yield stream.subarray(isFirst ? 0 : messageBytes(stream), stream.length - END.length);
    isFirst = false;
  }
  if (!isFirst) yield END;
}

/** What ends a stream: a message of no length. */
const END = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Length of the message a stream begins with, its schema: a mark, the length of what follows, and that. */
function messageBytes(stream: Uint8Array): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
}

function* batchesOf(parts: readonly StampedRows[]): Generator<readonly Run[], void, void> {
  let runs: Run[] = [];
  let room = BATCH_ROWS;
  for (const part of parts) {
    const { slot, columns, length } = part.rows;
    for (let from = 0; from < length;) {
      const to = Math.min(length, from + room);
      runs.push({ ...part, slot, columns, from, to });
      room -= to - from;
      from = to;
      if (room > 0) continue;
      yield runs;
      runs = [];
      room = BATCH_ROWS;
    }
  }
  if (runs.length > 0) yield runs;
}

/** Columns that rows are stamped with. */
const STAMPS = ['topic', 'generation', 'partition', 'slot', 'version'] as const;

function recordBatchOf(table: Table, runs: readonly Run[]): RecordBatch {
  const length = runs.reduce((rows, { from, to }) => rows + to - from, 0);
  const own = Object.entries(table.columns).map(([name, type]): [string, Data] => {
    const columns = runs.map((run) => columnOf(table, run, name));
    return [name, ENCODERS[type](joined(columns) as never)];
  });
  const stamps: Readonly<Record<(typeof STAMPS)[number], Data>> = {
    topic: utf8(perRow(runs, ({ topic }) => topic)),
    generation: uint64(perRow(runs, ({ generation }) => generation)),
    partition: uint64(perRow(runs, ({ partition }) => partition)),
    slot: uint64(joined(runs.map(({ slot, from, to }) => slot.subarray(from, to))) as Whole),
    version: uint64(perRow(runs, ({ hi }) => hi)),
  };
  const columns = [...own, ...STAMPS.map((name): [string, Data] => [name, stamps[name]])];
  const schema = new Schema(columns.map(([name, { type }]) => new Field(name, type, false)));
  const children = columns.map(([, data]) => data);
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
}

/** The parts of an Arrow stream as they arrive. */
export async function* decodeParts(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ColumnPart> {
  const textsOf = new WeakMap<Vector, readonly string[]>();
  for await (const batch of await RecordBatchReader.from(stream)) {
    // An answer without rows comes as a placeholder that lacks its lists.
    if (batch.numRows === 0) continue;
    const numbers: Record<string, NumberColumn> = {};
    const texts: Record<string, TextColumn> = {};
    const lists: Record<string, ListColumn> = {};
    for (const [at, { name }] of batch.schema.fields.entries()) {
      const data = batch.data.children[at]!;
      const { dictionary } = data;
      if (dictionary !== undefined) {
        let words = textsOf.get(dictionary);
        if (words === undefined) textsOf.set(dictionary, (words = wordsOf(dictionary)));
        texts[name] = { indexes: numbersOf(name, data) as Int32Array, texts: words };
      } else if (data.type instanceof List)
        lists[name] = {
          offsets: data.valueOffsets as Int32Array,
          values: numbersOf(name, data.children[0]!),
        };
      else numbers[name] = numbersOf(name, data);
    }
    yield { length: batch.numRows, numbers, texts, lists };
  }
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** The texts of a dictionary. Arrow itself would leave out a byte order mark that one begins with, and two names would be one. */
function wordsOf(dictionary: Vector): readonly string[] {
  return (dictionary as Vector<Utf8>).data.flatMap(({ length, valueOffsets, values }) =>
    Array.from({ length }, (_, at) =>
      DECODER.decode(values.subarray(valueOffsets[at], valueOffsets[at + 1])),
    ),
  );
}

function numbersOf(name: string, data: Data): NumberColumn {
  const values = data.values as unknown;
  const isNumbers =
    ArrayBuffer.isView(values) && !(values instanceof BigUint64Array || values instanceof BigInt64Array);
  assert(isNumbers && data.nullCount === 0, `BUG: column ${name} holds no numbers of at most 64 bits`);
  return values as NumberColumn;
}

function columnOf(table: Table, { rows, slot, columns, from, to }: Run, name: string): ColumnData {
  const column: ColumnData | undefined = columns[name];
  assert(column !== undefined, `BUG: rows of ${table.name} lack column ${name}`);
  assert(
    column.length === rows.length && slot.length === rows.length,
    `BUG: ${table.name}.${name} is ragged`,
  );
  return column instanceof Float64Array ? column.subarray(from, to) : column.slice(from, to);
}

/** Columns one after another. `concat` joins arrays many times faster than `flat` does. */
function joined(columns: readonly ColumnData[]): ColumnData {
  if (columns.length === 1) return columns[0]!;
  if (!columns.every((column) => column instanceof Float64Array))
    return ([] as unknown[]).concat(...columns.map(arrayOf)) as ColumnData;
  const all = new Float64Array(columns.reduce((length, column) => length + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}

function arrayOf(column: ColumnData): readonly unknown[] {
  return column instanceof Float64Array ? [...column] : column;
}

function perRow<T extends string | number>(runs: readonly Run[], value: (run: Run) => T): readonly T[] {
  const columns = runs.map((run) => new Array<T>(run.to - run.from).fill(value(run)));
  return columns.length === 1 ? columns[0]! : ([] as T[]).concat(...columns);
}
