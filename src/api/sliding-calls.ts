/**
 * Call rates and error fractions over the windows in range. As with Prometheus' counters, a series is absent before its first call and 0
 * whenever it has had calls but none in range; a fraction of no calls is NaN.
 */
import { WEIGHT_ONE } from '../spans/span-batch.ts';
import { NumberQueue } from './number-queue.ts';
import type { MetricColumns, SlidingFold } from './sliding-series.ts';

export function callRate(): SlidingFold {
  return new CallsFold((sums, coveredS) => sums.calls / WEIGHT_ONE / coveredS, 0);
}

export function errorFraction(): SlidingFold {
  return new CallsFold((sums) => sums.errors / sums.calls, Number.NaN);
}

interface Sums {
  readonly calls: number;
  readonly errors: number;
}

class CallsFold implements SlidingFold {
  readonly #valueOf: (sums: Sums, coveredS: number) => number;
  /** The value of a range without calls, after the first one. */
  readonly #idle: number;
  readonly #windows = new NumberQueue();
  readonly #calls = new NumberQueue();
  readonly #errors = new NumberQueue();
  readonly #sums = { calls: 0, errors: 0 };
  #rows = 0;
  #hasBegun = false;

  constructor(valueOf: (sums: Sums, coveredS: number) => number, idle: number) {
    this.#valueOf = valueOf;
    this.#idle = idle;
  }

  add(columns: MetricColumns, row: number, window: number, leaves: boolean): void {
    const calls = columns.calls[row]!;
    const errors = columns.errors[row]!;
    this.#hasBegun = true;
    this.#rows++;
    this.#sums.calls += calls;
    this.#sums.errors += errors;
    if (!leaves) return;
    this.#windows.push(window);
    this.#calls.push(calls);
    this.#errors.push(errors);
  }

  evict(first: number): void {
    while (this.#windows.length > 0 && this.#windows.at(0) < first) {
      this.#windows.shift();
      this.#rows--;
      this.#sums.calls -= this.#calls.shift();
      this.#sums.errors -= this.#errors.shift();
    }
    if (this.#rows === 0) this.#sums.calls = this.#sums.errors = 0;
  }

  value(coveredS: number): number {
    if (!this.#hasBegun) return Number.NaN;
    return this.#rows === 0 ? this.#idle : this.#valueOf(this.#sums, coveredS);
  }
}
