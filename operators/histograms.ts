/**
 * Many base-2 histograms side by side. A histogram's counts lie in pages of one octave (32 buckets), made when first hit, so that a count is two array
 * reads and no hashing: a sparse map of single buckets took three times as long where most spans open a bucket of their own.
 */
import { grown } from './columns.ts';

const BUCKETS_PER_PAGE = 32;
/** Octaves of a 64-bit number of nanoseconds in microseconds, and the one below 1 us with the zero bucket. */
const PAGES_PER_ROW = 56;

/** The buckets that hold something, and how much. */
export interface SparseHistogram {
  readonly buckets: number[];
  readonly units: number[];
}

export class Histograms {
  /** Per row and octave, 1 + the number of its page; 0 where there is none. */
  #pageOf = new Int32Array(16 * PAGES_PER_ROW);
  #units = new Float64Array(64 * BUCKETS_PER_PAGE);
  #pages = 0;

  /** Makes row `row` an empty histogram. */
  open(row: number): void {
    this.#pageOf = grown(this.#pageOf, (row + 1) * PAGES_PER_ROW);
  }

  /** Adds units to a bucket as `bucketOf` numbers them. */
  add(row: number, bucket: number, units: number): void {
    const place = row * PAGES_PER_ROW + (bucket >> 5) + 1;
    let page = this.#pageOf[place]!;
    if (page === 0) {
      page = ++this.#pages;
      this.#pageOf[place] = page;
      this.#units = grown(this.#units, (page + 1) * BUCKETS_PER_PAGE);
    }
    const at = page * BUCKETS_PER_PAGE + (bucket & (BUCKETS_PER_PAGE - 1));
    this.#units[at] = this.#units[at]! + units;
  }

  /** The histogram of a row, smallest bucket first. */
  of(row: number): SparseHistogram {
    const buckets: number[] = [];
    const units: number[] = [];
    for (let octave = -1; octave < PAGES_PER_ROW - 1; octave++) {
      const page = this.#pageOf[row * PAGES_PER_ROW + octave + 1]!;
      if (page === 0) continue;
      for (let sub = 0; sub < BUCKETS_PER_PAGE; sub++) {
        const held = this.#units[page * BUCKETS_PER_PAGE + sub]!;
        if (held === 0) continue;
        buckets.push(octave * BUCKETS_PER_PAGE + sub);
        units.push(held);
      }
    }
    return { buckets, units };
  }
}
