/**
 * One series of an answer: its rows come in, in the order of their windows, and each grid point's value goes out, over the windows that
 * point covers. Rows enter and leave a fold as the range slides, so a point costs what has changed and not what it covers.
 */
import type { ListColumn, NumberColumn } from '../sinks/store-reader.ts';
import type { Grid } from './metrics-grid.ts';

/** Rows of `red_v1` as the store gives them. The last three are there for latencies. */
export interface MetricColumns {
  /** Start of the window, Unix seconds. */
  readonly windowS: NumberColumn;
  readonly calls: NumberColumn;
  readonly errors: NumberColumn;
  readonly minUs: NumberColumn;
  readonly maxUs: NumberColumn;
  readonly buckets: ListColumn;
  readonly units: ListColumn;
}

/** What is known of the windows in range. Sums are of weight units: exact while a range holds fewer than 2^33 calls. */
export interface SlidingFold {
  /** Takes in a row. One that no later point leaves behind need not be kept for `evict`. */
  add(columns: MetricColumns, row: number, window: number, leaves: boolean): void;
  /** Lets go of windows before `first`. */
  evict(first: number): void;
  value(coveredS: number): number;
}

export class SlidingSeries {
  readonly #grid: Grid;
  readonly #fold: SlidingFold;
  readonly #values: Float64Array;
  readonly #leavesBefore: number;
  #point = 0;

  constructor(grid: Grid, fold: SlidingFold) {
    this.#grid = grid;
    this.#fold = fold;
    this.#values = new Float64Array(grid.points);
    this.#leavesBefore = grid.firstWindows[grid.points - 1]!;
  }

  /** Windows of one series never go backwards. */
  add(columns: MetricColumns, row: number): void {
    const window = Math.floor((columns.windowS[row]! * 1000) / this.#grid.windowMs);
    this.#emitUntil(window);
    this.#fold.add(columns, row, window, window < this.#leavesBefore);
  }

  /** The values of all points, once the last row has been added. */
  finish(): Float64Array {
    this.#emitUntil(Number.POSITIVE_INFINITY);
    return this.#values;
  }

  /** Emits the points that do not reach `window`. */
  #emitUntil(window: number): void {
    const { points, firstWindows, lastWindows, windowMs } = this.#grid;
    while (this.#point < points && lastWindows[this.#point]! < window) {
      const first = firstWindows[this.#point]!;
      this.#fold.evict(first);
      const coveredS = ((lastWindows[this.#point]! - first + 1) * windowMs) / 1000;
      this.#values[this.#point++] = this.#fold.value(coveredS);
    }
  }
}
