/** Record times of the spans held, one in so many: for the metric that says how long the neighbourhood is. */

/** Spans to a time kept. */
const STRIDE = 1024;

export class RecordTimes {
  readonly #timesMs: Float64Array;

  constructor(spansMax: number) {
    this.#timesMs = new Float64Array(Math.ceil(spansMax / STRIDE) + 1);
  }

  /** Notes the record times of the rows from `from` to before `to`; before the first so many spans were read. */
  add(read: number, recordMs: Float64Array, from: number, to: number): void {
    for (let number = Math.ceil(read / STRIDE) * STRIDE; number < read + to - from; number += STRIDE)
      this.#timesMs[(number / STRIDE) % this.#timesMs.length] = recordMs[from + number - read]!;
  }

  /** Seconds between the oldest and the newest record of the last `held` of `read` spans; NaN where records have no time. */
  seconds(read: number, held: number): number {
    const strides = this.#timesMs.length;
    const newest = Math.floor((read - 1) / STRIDE);
    const oldest = Math.max(Math.ceil((read - held) / STRIDE), newest - strides + 1);
    if (oldest >= newest) return 0;
    return (this.#timesMs[newest % strides]! - this.#timesMs[oldest % strides]!) / 1000;
  }
}
