/**
 * Tables as data: a job declares its own, the sink adds the columns of the slot and makes the DDL.
 * Key of a stored row = the table's `key` columns + (topic, generation, partition, slot); value = what has happened to the slot's
 * owners in the prefix `version`. The highest version wins.
 */

/** Column types: the ClickHouse type, and the JS shape operators give. */
export const COLUMN_TYPES = {
  /** Repeated text: string[] */
  text: 'LowCardinality(String)',
  /** Distinct text: string[] */
  string: 'String',
  /** Unix ms, whole seconds: Float64Array or number[] */
  time: "DateTime('UTC')",
  /** Float64Array, number[] or bigint[] of whole numbers */
  u64: 'UInt64',
  /** bigint[] */
  u128: 'UInt128',
  /** number[][] */
  i16s: 'Array(Int16)',
  /** number[][] or bigint[][] */
  u64s: 'Array(UInt64)',
  /** string[][] */
  strings: 'Array(String)',
} as const;
export type ColumnType = keyof typeof COLUMN_TYPES;

export interface Table {
  /** Ends in `_v1`, counted up when its meaning changes. */
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns that identify a row within its slot, in sorting order. The first is `tenant`. */
  readonly key: readonly string[];
  /** The `time` column that partitions the table and that TTL looks at. */
  readonly time: string;
}

/** A public view: people and tools read these. */
export interface View {
  readonly name: string;
  /** Where it is made, unless in the database of the tables. */
  readonly database?: string;
  /** The SELECT behind it, over `{database}`. */
  readonly select: string;
  /** Columns that `weir replay` orders by. */
  readonly orderBy: readonly string[];
}
