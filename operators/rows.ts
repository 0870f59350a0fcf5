/**
 * Rows as operators emit them: columns of one table, or of one set of counters. Windows are their start in Unix ms.
 * Integers beyond 2^53 are bigints.
 */

/** One column, in the JS shape its type asks for (see COLUMN_TYPES in src/sinks/table.ts). */
export type ColumnData =
  | readonly string[]
  | readonly bigint[]
  | readonly number[]
  | Float64Array
  | readonly (readonly number[])[]
  | readonly (readonly bigint[])[]
  | readonly (readonly string[])[];

/** The slots and the columns may be made as they are asked for: whoever reads them often asks once. */
export interface Rows {
  /** Table (`red_v1`) or counter set (`span_metrics`) these rows belong to. */
  readonly name: string;
  readonly length: number;
  /** First offset of each row's slot. Empty for counters. */
  readonly slot: Float64Array;
  readonly columns: Readonly<Record<string, ColumnData>>;
  /** The column of the table's time alone, where it can be made without the others. */
  readonly times?: Float64Array | undefined;
}

/** Rows whose slots and columns are made each time they are asked for. */
export function rowsWhenAsked(
  name: string,
  length: number,
  slots: () => Float64Array,
  columns: () => Rows['columns'],
  times?: () => Float64Array,
): Rows {
  return {
    name,
    length,
    get slot() {
      return slots();
    },
    get columns() {
      return columns();
    },
    get times() {
      return times?.();
    },
  };
}
