/**
 * Example traces of rows: those of the smallest hashes, so that whichever order facts come in, the same traces stay. A hash is a
 * function of the trace alone: no trace takes two places. Many are examples for a while: ids are kept as words, and spelt when they are given out.
 */
import { grown } from './columns.ts';
import { SPAN } from './span-hash.ts';

/** Example traces a row keeps. */
export const EXAMPLES_MAX = 3;

/** Above every hash: the place is free. */
const FREE = 2 ** 32;
/** Words of a trace id. */
const WORDS = SPAN;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class Examples {
  /** EXAMPLES_MAX hashes a row, in order, and the trace id of each. */
  #hashes = new Float64Array(16 * EXAMPLES_MAX);
  #ids = new Int32Array(16 * EXAMPLES_MAX * WORDS);
  /** What rows gave out, for as long as it is so. */
  readonly #spelt: (readonly string[] | undefined)[] = [];

  /** Makes room for the next row. Returns the greatest hash it admits, as `add` does. */
  open(row: number): number {
    const end = (row + 1) * EXAMPLES_MAX;
    this.#hashes = grown(this.#hashes, end);
    this.#hashes.fill(FREE, row * EXAMPLES_MAX, end);
    this.#ids = grown(this.#ids, end * WORDS);
    this.#spelt.push(undefined);
    return FREE;
  }

  /** Whether a trace of this hash may be among the row's examples. */
  admits(row: number, hash: number): boolean {
    return hash <= this.#hashes[(row + 1) * EXAMPLES_MAX - 1]!;
  }

  /** Adds a trace whose hash the row admits: the first words of `ids`. Where hashes are equal, the ids decide. */
  add(row: number, hash: number, ids: Int32Array): number {
    const hashes = this.#hashes;
    const end = (row + 1) * EXAMPLES_MAX;
    const at = this.#placeOf(row, hash, ids);
    if (at < end) {
      hashes.copyWithin(at + 1, at, end - 1);
      this.#ids.copyWithin((at + 1) * WORDS, at * WORDS, (end - 1) * WORDS);
      hashes[at] = hash;
      for (let word = 0; word < WORDS; word++) this.#ids[at * WORDS + word] = ids[word]!;
      this.#spelt[row] = undefined;
    }
    return hashes[end - 1]!;
  }

  /** The row's traces, as they are now. */
  of(row: number): readonly string[] {
    return (this.#spelt[row] ??= this.#spell(row));
  }

  /** Where a trace belongs among the row's; behind them where it is one already, or comes after all. */
  #placeOf(row: number, hash: number, ids: Int32Array): number {
    const end = (row + 1) * EXAMPLES_MAX;
    let at = row * EXAMPLES_MAX;
    for (; at < end && this.#hashes[at]! <= hash; at++) {
      if (this.#hashes[at]! < hash) continue;
      const order = this.#compare(at, ids);
      if (order === 0) return end;
      if (order > 0) break;
    }
    return at;
  }

  #spell(row: number): readonly string[] {
    const spelt: string[] = [];
    for (let at = row * EXAMPLES_MAX; at < (row + 1) * EXAMPLES_MAX && this.#hashes[at]! < FREE; at++) {
      let id = '';
      for (let word = at * WORDS; word < (at + 1) * WORDS; word++) id += hexOf(this.#ids[word]!);
      spelt.push(id);
    }
    return spelt;
  }

  /** Whether the id at a place comes after another in the order of their texts (above 0), or before it; 0 where they are one. */
  #compare(at: number, ids: Int32Array): number {
    for (let word = 0; word < WORDS; word++) {
      const difference = (this.#ids[at * WORDS + word]! >>> 0) - (ids[word]! >>> 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

function hexOf(word: number): string {
  return HEX[word >>> 24]! + HEX[(word >>> 16) & 255]! + HEX[(word >>> 8) & 255]! + HEX[word & 255]!;
}
