/**
 * A quantile over the windows in range, in milliseconds: the midpoint of the bucket at rank ceil(q * n) of their merged histogram, clamped
 * to their smallest and largest duration; NaN where there is none. The rank's bucket is kept from point to point and walked to its new
 * place, since neighbouring points share most of their windows.
 */
import { BUCKETS_PER_OCTAVE, ZERO_BUCKET } from '../sinks/histogram-sql.ts';
import { WEIGHT_ONE } from '../spans/span-batch.ts';
import { RowQueue } from './row-queue.ts';
import { SlidingMin } from './number-queue.ts';
import type { MetricColumns, SlidingFold } from './sliding-series.ts';

/** Buckets of all durations up to 2^64 us, and that of zero. */
const BUCKETS = 64 * BUCKETS_PER_OCTAVE - ZERO_BUCKET;

/** The middle of each bucket, that of zero first. */
export const MIDDLES_US: Readonly<Float64Array> = Float64Array.from({ length: BUCKETS }, (_, at) => {
  const bucket = at + ZERO_BUCKET;
  if (bucket === ZERO_BUCKET) return 0;
  return (2 ** (bucket / BUCKETS_PER_OCTAVE) + 2 ** ((bucket + 1) / BUCKETS_PER_OCTAVE)) / 2;
});

/** Quantiles are taken to six decimals, as the views take them, so that a rank is never off by one. */
const QUANTILE_STEPS = 1_000_000;

/** Cells that the series of one answer hold together. */
export interface CellBudget {
  held: number;
}

export function latencyQuantile(quantile: number, budget: CellBudget): SlidingFold {
  return new QuantileFold(quantile, budget);
}

class QuantileFold implements SlidingFold {
  readonly #quantile: number;
  readonly #budget: CellBudget;
  readonly #units = new Float64Array(BUCKETS);
  #total = 0;
  #rows = 0;
  /** The rank's bucket at the last point, and the units below it. */
  #at = 0;
  #below = 0;
  readonly #min = new SlidingMin();
  readonly #negativeMax = new SlidingMin();
  /** Rows that will leave: they are read again where they came from, which costs less than keeping a copy. */
  readonly #leaving = new RowQueue();

  constructor(quantile: number, budget: CellBudget) {
    this.#quantile = quantile;
    this.#budget = budget;
  }

  add(columns: MetricColumns, row: number, window: number, leaves: boolean): void {
    this.#rows++;
    this.#min.add(window, columns.minUs[row]!);
    this.#negativeMax.add(window, -columns.maxUs[row]!);
    this.#count(columns, row, 1);
    if (!leaves) return;
    this.#leaving.push(columns, row, window);
    this.#budget.held += cellsOf(columns, row);
  }

  evict(first: number): void {
    const leaving = this.#leaving;
    while (leaving.length > 0 && leaving.window < first) {
      const { columns, row } = leaving;
      this.#rows--;
      this.#count(columns, row, -1);
      this.#budget.held -= cellsOf(columns, row);
      leaving.shift();
    }
    this.#min.evict(first);
    this.#negativeMax.evict(first);
    if (this.#rows === 0) this.#clear();
  }

  value(): number {
    if (this.#rows === 0) return Number.NaN;
    const middleUs = MIDDLES_US[this.#bucketAtRank()]!;
    return Math.min(Math.max(middleUs, this.#min.value), -this.#negativeMax.value) / 1000;
  }

  /** Adds a row's cells, or takes them back. */
  #count({ buckets, units }: MetricColumns, row: number, sign: 1 | -1): void {
    const counted = this.#units;
    const at = this.#at;
    const to = buckets.offsets[row + 1]!;
    let total = 0;
    let below = 0;
    for (let cell = buckets.offsets[row]!; cell < to; cell++) {
      const bucket = buckets.values[cell]! - ZERO_BUCKET;
      const cellUnits = units.values[cell]!;
      counted[bucket]! += sign * cellUnits;
      total += cellUnits;
      if (bucket < at) below += cellUnits;
    }
    this.#total += sign * total;
    this.#below += sign * below;
  }

  #bucketAtRank(): number {
    const rank = rankOf(this.#quantile, this.#total);
    while (this.#below + this.#units[this.#at]! < rank && this.#at < BUCKETS - 1)
      this.#below += this.#units[this.#at++]!;
    while (this.#below >= rank && this.#at > 0) this.#below -= this.#units[--this.#at]!;
    return this.#at;
  }

  /** Leaves no rounding behind from sums beyond 2^53. */
  #clear(): void {
    if (this.#total !== 0 || this.#below !== 0) this.#units.fill(0);
    this.#total = 0;
    this.#below = 0;
    this.#at = 0;
  }
}

function cellsOf({ buckets }: MetricColumns, row: number): number {
  return buckets.offsets[row + 1]! - buckets.offsets[row]!;
}

/** ceil(q * calls) in units, within those there are. */
function rankOf(quantile: number, total: number): number {
  const steps = Math.round(quantile * QUANTILE_STEPS);
  const calls = Math.ceil(((total / WEIGHT_ONE) * steps) / QUANTILE_STEPS);
  return Math.min(Math.max(calls * WEIGHT_ONE, 1), total);
}
