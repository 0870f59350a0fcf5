/** How the API and the CLI ask the store: read-only, bounded in time and rows, with bound parameters. */
import type { SinkError } from './sink-error.ts';

export interface StoreReader {
  /**
   * Runs one SELECT and gives its rows as JSON has them: 64-bit integers and wider are strings, NaN is null, a Map is an object,
   * DateTime is `2026-09-21 14:13:00` (UTC). Values come in as `{name:Type}` in the text and `name` in `params`, never by concatenation.
   * Throws {@link SinkError}; `retryable` tells a store that is away from a query that is wrong.
   */
  query<Row>(sql: string, params: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /** Resolves when the store answers a query. Throws {@link SinkError}. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
