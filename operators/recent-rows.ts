/**
 * Rows of the keys met lately, each where a cheap hash says. A key that is not there, because another took its place, has to be looked for where all
 * are; nobody gains by making keys that meet. With it RED finds a row in about half the time that a look into a `KeyTable` takes.
 */
import { lineColumn } from './columns.ts';

/** Words of a place: the key, and one more than its row; half a cache line. */
const KEY_WORDS = 4;
const ROW = 4;
const PLACE_BITS = 3;

const BITS_MIN = 10;
/** 2 MiB. */
const BITS_MAX = 16;

export class RecentRows {
  #bits = BITS_MIN;
  #words = placesOf(BITS_MIN);
  /** Where the key belongs that was asked for last. */
  #at = 0;
  #isEmpty = true;

  /** The row of a key of four words, or -1. */
  find(first: number, second: number, third: number, fourth: number): number {
    const words = this.#words;
    const mixed = Math.imul(first ^ (second << 8), 0x9e3779b1) >>> (32 - this.#bits);
    const at = ((mixed ^ third ^ fourth) << PLACE_BITS) & (words.length - 1);
    this.#at = at;
    return words[at] === first &&
      words[at + 1] === second &&
      words[at + 2] === third &&
      words[at + 3] === fourth
      ? words[at + ROW]! - 1
      : -1;
  }

  /** Remembers the row of `key`, which was asked for last; there are so many keys in all. */
  add(key: Int32Array, row: number, keys: number): void {
    this.#isEmpty = false;
    for (let word = 0; word < KEY_WORDS; word++) this.#words[this.#at + word] = key[word]!;
    this.#words[this.#at + ROW] = row + 1;
    if (keys * 4 > 1 << this.#bits && this.#bits < BITS_MAX) this.#words = placesOf(++this.#bits);
  }

  clear(): void {
    if (!this.#isEmpty) this.#words.fill(0);
    this.#isEmpty = true;
  }
}

function placesOf(bits: number): Int32Array {
  return lineColumn(1 << (bits + PLACE_BITS));
}
