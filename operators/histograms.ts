/**
 * Many base-2 histograms side by side. A histogram's counts lie in one block of neighbouring buckets around the durations seen, so that
 * a count is an addition at a known place and no hashing: a sparse map of single buckets took three times as long where most spans
 * open a bucket of their own. Counts of the unit take 2 bytes and blocks that were outgrown are used again: most of the time here is
 * waiting for memory, and with 4 bytes decode + RED + dependencies took 8 % longer.
 */
import { grown, roomLike } from './columns.ts';

const GRAIN_BITS = 4;
/** Buckets of the smallest block: half a cache line. */
const BUCKETS_PER_GRAIN = 1 << GRAIN_BITS;

/** What a row's entry in `blocks` says: where its block starts, its first grain, and how many there are. */
const START = 0;
const FIRST = 1;
const GRAINS = 2;

/** A cell that has reached this begins anew at the next addition, and what it held is added beside it. */
const CELL_MAX = 2 ** 16 - 1;

/** Additions that wait at most. */
const WAITING_MAX = 2048;

/** The buckets that hold something, and how much. */
export interface SparseHistogram {
  readonly buckets: number[];
  readonly units: number[];
}

export class Histograms {
  readonly #unit: number;
  #blocks = new Int32Array(16 * 4);
  /** Times the unit was added, per bucket. */
  #cells: Uint16Array;
  /** What was added in other amounts than the unit, or has outgrown its cell, per bucket; empty until there is any. */
  #others = new Float64Array(0);
  #used = 0;
  /** Starts of the blocks that were outgrown, by their grains. */
  readonly #free = new Map<number, number[]>();
  /** What waits to be added: the cells it goes to, how much, and how many there are. */
  readonly #places = new Int32Array(WAITING_MAX);
  readonly #units = new Float64Array(WAITING_MAX);
  #waiting = 0;
  /** Keeps the compiler from leaving out reads whose results nobody uses. */
  touched = 0;

  /**
   * `unit`: the amount that nearly every addition adds. Any other, or a full cell, costs 8 bytes a bucket, in all histograms. `like`: others that
   * took as much room as these will.
   */
  constructor(unit: number, like?: Histograms) {
    this.#unit = unit;
    this.#cells = new Uint16Array(roomLike(like && like.#used, 64 * BUCKETS_PER_GRAIN));
  }

  /** Makes row `row` an empty histogram. */
  open(row: number): void {
    this.#blocks = grown(this.#blocks, (row + 1) * 4);
  }

  /** Adds units to a bucket, as `bucketOf` numbers it. They wait for others, or for somebody who asks. */
  add(row: number, bucket: number, units: number): void {
    const at = row * 4;
    const grain = bucket >> GRAIN_BITS;
    const offset = grain - this.#blocks[at + FIRST]!;
    if (offset < 0 || offset >= this.#blocks[at + GRAINS]!) this.#widen(at, grain);
    if (this.#waiting === WAITING_MAX) this.#count();
    const blocks = this.#blocks;
    const waiting = this.#waiting++;
    this.#places[waiting] = blocks[at + START]! + bucket - (blocks[at + FIRST]! << GRAIN_BITS);
    this.#units[waiting] = units;
  }

  /** Adds what waits, after a loop that only reads its cells, so that the processor fetches many side by side. */
  #count(): void {
    const cells = this.#cells;
    const places = this.#places;
    const length = this.#waiting;
    this.#waiting = 0;
    let sum = 0;
    for (let one = 0; one < length; one++) sum ^= cells[places[one]!]!;
    this.touched = sum;
    const unit = this.#unit;
    for (let one = 0; one < length; one++) {
      const cell = places[one]!;
      const count = cells[cell]!;
      if (this.#units[one] === unit && count < CELL_MAX) cells[cell] = count + 1;
      else this.#addBeside(cell, this.#units[one]!);
    }
  }

  /** The histogram of a row, smallest bucket first. */
  of(row: number): SparseHistogram {
    if (this.#waiting > 0) this.#count();
    const at = row * 4;
    const start = this.#blocks[at + START]!;
    const first = this.#blocks[at + FIRST]! * BUCKETS_PER_GRAIN;
    const end = start + this.#blocks[at + GRAINS]! * BUCKETS_PER_GRAIN;
    const cells = this.#cells;
    const others = this.#others;
    let held = 0;
    for (let cell = start; cell < end; cell++) if (holds(cells, others, cell)) held++;
    // At their final length: arrays that grow leave three times their size behind.
    const buckets = new Array<number>(held);
    const units = new Array<number>(held);
    const unit = this.#unit;
    for (let cell = start, at = 0; at < held; cell++) {
      if (!holds(cells, others, cell)) continue;
      buckets[at] = first + cell - start;
      units[at++] = cells[cell]! * unit + (others.length === 0 ? 0 : others[cell]!);
    }
    return { buckets, units };
  }

  #addBeside(cell: number, units: number): void {
    this.#others = grown(this.#others, this.#cells.length);
    this.#others[cell] = this.#others[cell]! + units;
    if (units !== this.#unit) return;
    this.#others[cell] += this.#cells[cell]! * units;
    this.#cells[cell] = 0;
  }

  /** Moves a row's block to a longer one that holds `grain` too, with room on the side it grew. What waits is added first: its cells may move. */
  #widen(at: number, grain: number): void {
    if (this.#waiting > 0) this.#count();
    const blocks = this.#blocks;
    const from = blocks[at + START]!;
    const oldFirst = blocks[at + FIRST]!;
    const oldGrains = blocks[at + GRAINS]!;
    const isEmpty = oldGrains === 0;
    const isBelow = !isEmpty && grain < oldFirst;
    const end = isEmpty ? grain + 1 : Math.max(oldFirst + oldGrains, grain + 1);
    const grains = blockOf(isEmpty ? 1 : end - Math.min(oldFirst, grain));
    const first = isEmpty ? grain : isBelow ? end - grains : oldFirst;
    const start = this.#allot(grains);
    if (!isEmpty) {
      const length = oldGrains * BUCKETS_PER_GRAIN;
      const to = start + (oldFirst - first) * BUCKETS_PER_GRAIN;
      move(this.#cells, from, to, length);
      if (this.#others.length > 0) move(this.#others, from, to, length);
      listOf(this.#free, oldGrains).push(from);
    }
    blocks[at + START] = start;
    blocks[at + FIRST] = first;
    blocks[at + GRAINS] = grains;
  }

  /** Where a block of zeros starts. */
  #allot(grains: number): number {
    const free = this.#free.get(grains)?.pop();
    if (free !== undefined) return free;
    const start = this.#used;
    this.#used += grains * BUCKETS_PER_GRAIN;
    this.#cells = grown(this.#cells, this.#used);
    if (this.#others.length > 0) this.#others = grown(this.#others, this.#cells.length);
    return start;
  }
}

function holds(cells: Uint16Array, others: Float64Array, cell: number): boolean {
  return cells[cell] !== 0 || (cell < others.length && others[cell] !== 0);
}

/** The shortest block of so many grains: 1, 2, 3, 4, 6, 8, 12, 16, ... */
function blockOf(grains: number): number {
  const power = 2 ** Math.ceil(Math.log2(grains));
  return power >= 4 && grains <= power * 0.75 ? power * 0.75 : power;
}

/** Moves cells, leaving zeros. */
function move(cells: Uint16Array | Float64Array, from: number, to: number, length: number): void {
  cells.copyWithin(to, from, from + length);
  cells.fill(0, from, from + length);
}

function listOf(lists: Map<number, number[]>, key: number): number[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}
