/**
 * Traces whose spans are not a plain tree, as far as is known: two of them have one id, or something is not as it was left. For as long as the
 * span that raised the doubt may be held, nothing that is remembered of the trace is believed. Traces that share a hash share doubts: that costs
 * time, and changes no result.
 */
export class PathDoubts {
  readonly #capacity: number;
  readonly #mask: number;
  /** Number of the span that raised the last doubt, modulo 2^32. */
  readonly #last: Int32Array;

  #lastOfAll = Number.NEGATIVE_INFINITY;

  /** `capacity`: spans held at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    const traces = 2 ** Math.ceil(Math.log2(Math.max(1, capacity / 16)));
    this.#mask = traces - 1;
    this.#last = new Int32Array(traces).fill(-capacity);
  }

  raise(trace: number, span: number): void {
    this.#last[trace & this.#mask] = span;
    this.#lastOfAll = span;
  }

  has(trace: number, span: number): boolean {
    // Where nothing is in doubt nothing is looked up.
    return (
      span - this.#lastOfAll < this.#capacity &&
      (span - this.#last[trace & this.#mask]!) >>> 0 < this.#capacity
    );
  }
}
