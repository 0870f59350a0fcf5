/** How the API and the CLI ask the store: read-only, bounded in time and rows, with bound parameters. */
export interface StoreReader {
  /**
   * Runs one SELECT and gives its rows as JSON has them: 64-bit integers and wider are strings, NaN is null, a Map is an object,
   * DateTime is `2026-09-21 14:13:00` (UTC). Values come in as `{name:Type}` in the text and `name` in `params`, never by concatenation.
   * Throws SinkError; `retryable` tells a store that is away from a query that is wrong. An aborted signal ends the query.
   */
  query<Row>(sql: string, params: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Row[]>;
  /**
   * Runs one SELECT whose answer may be millions of rows, and gives it in parts, as columns: a value is never an object or a text of its
   * own. The text names no FORMAT. Columns are numbers of at most 64 bits (cast UInt64 to Float64), LowCardinality texts or arrays of numbers.
   */
  columns(
    sql: string,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): AsyncIterable<ColumnPart>;
  /** Resolves when the store answers a query. Throws SinkError. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Values of a query's parameters, of which one says for which tenant it is. */
export type TenantParams = Readonly<Record<string, unknown>> & { readonly tenant: string };

/** The reader as those see it who answer for a tenant: nothing can be asked without naming one. */
export interface TenantReader {
  query<Row>(sql: string, params: TenantParams, signal?: AbortSignal): Promise<Row[]>;
  columns(sql: string, params: TenantParams, signal?: AbortSignal): AsyncIterable<ColumnPart>;
}

/** Consecutive rows of an answer, by column name. A part stays as it is for as long as it is held. */
export interface ColumnPart {
  readonly length: number;
  readonly numbers: Readonly<Record<string, NumberColumn>>;
  readonly texts: Readonly<Record<string, TextColumn>>;
  readonly lists: Readonly<Record<string, ListColumn>>;
}

export type NumberColumn = Float64Array | Uint32Array | Int32Array | Int16Array | Uint8Array;

/** Row i is `texts[indexes[i]]`. */
export interface TextColumn {
  readonly indexes: Int32Array;
  readonly texts: readonly string[];
}

/** Row i is `values[offsets[i] .. offsets[i + 1])`. */
export interface ListColumn {
  readonly offsets: Int32Array;
  readonly values: NumberColumn;
}
