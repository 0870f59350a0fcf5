/** Rows cut by day: a day is a partition of its table, and what one insert makes of thousands no store takes in time or memory. */
import { type ColumnData, type Rows, rowsWhenAsked } from '../../operators/rows.ts';
import type { StampedRows } from './arrow.ts';
import { secondsOf } from './arrow-columns.ts';
import { columnOf } from './row-columns.ts';
import type { Table } from './table.ts';

/** Days of one insert. Some tenths of a second's work. */
export const DAYS_MAX = 100;

/** What to insert, one after another: all at once mostly, and as it is. */
export function* cutByDays(table: Table, parts: StampedRows[]): Generator<StampedRows[], void, void> {
  const days = new Set<number>();
  for (const { rows } of parts) addDays(days, timesOf(table, rows));
  if (days.size <= DAYS_MAX) return yield parts;
  const sorted = [...days].sort((a, b) => a - b);
  const insertOf = new Map(sorted.map((day, at) => [day, Math.floor(at / DAYS_MAX)]));
  const inserts = Array.from({ length: Math.ceil(sorted.length / DAYS_MAX) }, (): StampedRows[] => []);
  for (const part of parts)
    for (const [insert, places] of placesOf(timesOf(table, part.rows), insertOf))
      inserts[insert]!.push({ ...part, rows: rowsAt(part.rows, places) });
  yield* inserts;
}

function timesOf(table: Table, rows: Rows): ColumnData {
  return rows.times ?? columnOf(rows, table.time);
}

function dayOf(time: ColumnData[number]): number {
  return Math.floor(secondsOf(time as number) / 86_400);
}

/** Neighbours are mostly of one day. */
function addDays(days: Set<number>, times: ColumnData): void {
  let last = -1;
  for (const time of times) {
    const day = dayOf(time);
    if (day !== last) days.add((last = day));
  }
}

/** Which rows go into which insert. */
function placesOf(times: ColumnData, insertOf: ReadonlyMap<number, number>): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (let row = 0; row < times.length; row++) {
    const insert = insertOf.get(dayOf(times[row]!))!;
    const known = places.get(insert);
    if (known === undefined) places.set(insert, [row]);
    else known.push(row);
  }
  return places;
}

function rowsAt(rows: Rows, places: readonly number[]): Rows {
  return rowsWhenAsked(
    rows.name,
    places.length,
    () => columnAt(rows.slot, places) as Float64Array,
    () =>
      Object.fromEntries(
        Object.entries(rows.columns).map(([name, column]) => [name, columnAt(column, places)]),
      ),
  );
}

function columnAt(column: ColumnData, places: readonly number[]): ColumnData {
  if (column instanceof Float64Array) return Float64Array.from(places, (row) => column[row]!);
  return places.map((row) => column[row]) as unknown as ColumnData;
}
