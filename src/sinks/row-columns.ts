/** Reading operators' rows by column name. A column that is missing is a job that fits its operator badly: a bug. */
import assert from 'node:assert/strict';
import type { ColumnData, Rows } from '../../operators/rows.ts';

export function columnOf(rows: Rows, name: string): ColumnData {
  const column = rows.columns[name];
  assert(column !== undefined, `BUG: rows ${rows.name} have no column ${name}`);
  return column;
}

export function textAt(rows: Rows, name: string, row: number): string {
  return columnOf(rows, name)[row] as string;
}

export function wholeAt(rows: Rows, name: string, row: number): bigint {
  return BigInt(columnOf(rows, name)[row] as number | bigint);
}

/** A column of whole numbers. */
export type WholeColumn = Float64Array | readonly (number | bigint)[];

export function wholesOf(rows: Rows, name: string): WholeColumn {
  return columnOf(rows, name) as WholeColumn;
}
