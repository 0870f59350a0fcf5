/**
 * Many base-2 histograms side by side. A histogram's counts lie in one block of whole octaves (32 buckets each) around the durations
 * seen, so that a count is an addition at a known place and no hashing: a sparse map of single buckets took three times as long where
 * most spans open a bucket of their own.
 */
import { grown } from './columns.ts';

const BUCKETS_PER_OCTAVE = 32;

/** What a row's entry in `blocks` says: where its block starts, the octave of its first bucket, and its octaves. */
const START = 0;
const FIRST = 1;
const OCTAVES = 2;

/** The buckets that hold something, and how much. */
export interface SparseHistogram {
  readonly buckets: number[];
  readonly units: number[];
}

export class Histograms {
  #blocks = new Int32Array(16 * 4);
  #units = new Float64Array(64 * BUCKETS_PER_OCTAVE);
  #used = 0;

  /** Makes row `row` an empty histogram. */
  open(row: number): void {
    this.#blocks = grown(this.#blocks, (row + 1) * 4);
  }

  /** Makes room for a bucket, as `bucketOf` numbers it. */
  reserve(row: number, bucket: number): void {
    const at = row * 4;
    const octave = bucket >> 5;
    const offset = octave - this.#blocks[at + FIRST]!;
    if (offset < 0 || offset >= this.#blocks[at + OCTAVES]!) this.#widen(at, octave);
  }

  /** Adds units to a bucket that has room. */
  add(row: number, bucket: number, units: number): void {
    const at = row * 4;
    const cell = this.#blocks[at + START]! + bucket - this.#blocks[at + FIRST]! * BUCKETS_PER_OCTAVE;
    this.#units[cell] = this.#units[cell]! + units;
  }

  /** The histogram of a row, smallest bucket first. */
  of(row: number): SparseHistogram {
    const at = row * 4;
    const start = this.#blocks[at + START]!;
    const first = this.#blocks[at + FIRST]! * BUCKETS_PER_OCTAVE;
    const length = this.#blocks[at + OCTAVES]! * BUCKETS_PER_OCTAVE;
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

  /** Moves a block to a longer one that holds `octave` too. */
  #widen(at: number, octave: number): void {
    const blocks = this.#blocks;
    const octaves = blocks[at + OCTAVES]!;
    const first = octaves === 0 ? octave : Math.min(octave, blocks[at + FIRST]!);
    const last = octaves === 0 ? octave : Math.max(octave, blocks[at + FIRST]! + octaves - 1);
    const start = this.#used;
    this.#used += (last - first + 1) * BUCKETS_PER_OCTAVE;
    this.#units = grown(this.#units, this.#used);
    const moved = start + (blocks[at + FIRST]! - first) * BUCKETS_PER_OCTAVE;
    const from = blocks[at + START]!;
    this.#units.copyWithin(moved, from, from + octaves * BUCKETS_PER_OCTAVE);
    blocks[at + START] = start;
    blocks[at + FIRST] = first;
    blocks[at + OCTAVES] = last - first + 1;
  }
}
