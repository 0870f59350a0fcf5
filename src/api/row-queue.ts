/** Rows of parts of an answer, in the order they came: the oldest is looked at, then taken off. A part lives while one of its rows is held. */
import { NumberQueue } from './number-queue.ts';
import type { MetricColumns } from './sliding-series.ts';

export class RowQueue {
  readonly #rows = new NumberQueue();
  readonly #windows = new NumberQueue();
  /** The parts of the rows held, each with how many of them it has left. */
  readonly #parts: { readonly columns: MetricColumns; rows: number }[] = [];

  get length(): number {
    return this.#rows.length;
  }

  get columns(): MetricColumns {
    return this.#parts[0]!.columns;
  }

  get row(): number {
    return this.#rows.at(0);
  }

  get window(): number {
    return this.#windows.at(0);
  }

  push(columns: MetricColumns, row: number, window: number): void {
    const newest = this.#parts.at(-1);
    if (newest?.columns === columns) newest.rows++;
    else this.#parts.push({ columns, rows: 1 });
    this.#rows.push(row);
    this.#windows.push(window);
  }

  shift(): void {
    this.#rows.shift();
    this.#windows.shift();
    if (--this.#parts[0]!.rows === 0) this.#parts.shift();
  }
}
