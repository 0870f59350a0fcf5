/**
 * Many base-2 histograms side by side. A histogram's counts lie in one block of neighbouring buckets around the durations seen, so that
 * a count is an addition at a known place and no hashing: a sparse map of single buckets took three times as long where most spans
 * open a bucket of their own. A block begins with 8 buckets, one cache line, and at least doubles when a duration falls outside.
 */
import { grown } from './columns.ts';

const GRAIN_BITS = 3;
const BUCKETS_PER_GRAIN = 1 << GRAIN_BITS;

/** What a row's entry in `blocks` says: where its block starts, and its first grain of 8 buckets and how many there are. */
const START = 0;
const FIRST = 1;
const GRAINS = 2;

/** The buckets that hold something, and how much. */
export interface SparseHistogram {
  readonly buckets: number[];
  readonly units: number[];
}

export class Histograms {
  #blocks = new Int32Array(16 * 4);
  #units = new Float64Array(64 * BUCKETS_PER_GRAIN);
  #used = 0;

  /** Makes row `row` an empty histogram. */
  open(row: number): void {
    this.#blocks = grown(this.#blocks, (row + 1) * 4);
  }

  /** Makes room for a bucket, as `bucketOf` numbers it. */
  reserve(row: number, bucket: number): void {
    const at = row * 4;
    const grain = bucket >> GRAIN_BITS;
    const offset = grain - this.#blocks[at + FIRST]!;
    if (offset < 0 || offset >= this.#blocks[at + GRAINS]!) this.#widen(at, grain);
  }

  /** Adds units to a bucket that has room. */
  add(row: number, bucket: number, units: number): void {
    const at = row * 4;
    const cell = this.#blocks[at + START]! + bucket - this.#blocks[at + FIRST]! * BUCKETS_PER_GRAIN;
    this.#units[cell] = this.#units[cell]! + units;
  }

  /** The histogram of a row, smallest bucket first. */
  of(row: number): SparseHistogram {
    const at = row * 4;
    const start = this.#blocks[at + START]!;
    const first = this.#blocks[at + FIRST]! * BUCKETS_PER_GRAIN;
    const length = this.#blocks[at + GRAINS]! * BUCKETS_PER_GRAIN;
    const cells = this.#units;
    let held = 0;
    for (let cell = start; cell < start + length; cell++) if (cells[cell] !== 0) held++;
    // At their final length: arrays that grow leave three times their size behind.
    const buckets = new Array<number>(held);
    const units = new Array<number>(held);
    for (let offset = 0, at = 0; at < held; offset++) {
      const sum = cells[start + offset]!;
      if (sum === 0) continue;
      buckets[at] = first + offset;
      units[at++] = sum;
    }
    return { buckets, units };
  }

  /** Moves a block to one at least twice as long that holds `grain` too. */
  #widen(at: number, grain: number): void {
    const blocks = this.#blocks;
    const from = blocks[at + START]!;
    const oldFirst = blocks[at + FIRST]!;
    const grains = blocks[at + GRAINS]!;
    const end = oldFirst + grains;
    const first = grains === 0 ? grain : grain < oldFirst ? Math.min(grain, oldFirst - grains) : oldFirst;
    const newEnd = grains === 0 ? grain + 1 : grain >= end ? Math.max(grain + 1, end + grains) : end;
    const start = this.#used;
    this.#used += (newEnd - first) * BUCKETS_PER_GRAIN;
    this.#units = grown(this.#units, this.#used);
    const moved = start + (oldFirst - first) * BUCKETS_PER_GRAIN;
    if (grains > 0) this.#units.copyWithin(moved, from, from + grains * BUCKETS_PER_GRAIN);
    blocks[at + START] = start;
    blocks[at + FIRST] = first;
    blocks[at + GRAINS] = newEnd - first;
  }
}
