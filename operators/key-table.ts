/**
 * An open-addressing table from keys of a fixed number of 32-bit words to small integers. Set the words of `key`, then `find` or
 * `add`. Placement is seeded, so nobody can craft keys that collide; the seed changes no result.
 */
import { grown } from './columns.ts';

export class KeyTable {
  /** The key of the next `find` or `add`. */
  readonly key: Int32Array;
  size = 0;
  readonly #words: number;
  readonly #seed: number;
  #mask: number;
  /** Per slot: 1 + the number of its entry, 0 where free. */
  #slots: Int32Array;
  /** An entry's key, and behind it its value: what is looked at together lies together. */
  #entries: Int32Array;
  #slot = 0;

  constructor(words: number, seed: number, capacity = 1024) {
    this.#words = words;
    this.#seed = seed;
    this.#mask = capacity * 2 - 1;
    this.key = new Int32Array(words);
    this.#slots = new Int32Array(capacity * 2);
    this.#entries = new Int32Array(capacity * (words + 1));
  }

  /** The value of `key`, or -1. Remembers where it belongs, for an `add` right after. */
  find(): number {
    const words = this.#words;
    const key = this.key;
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = this.#place(key, 0);
    for (;;) {
      const entry = slots[slot]! - 1;
      if (entry < 0) {
        this.#slot = slot;
        return -1;
      }
      let at = entry * (words + 1);
      let word = 0;
      while (word < words && entries[at] === key[word]) {
        at++;
        word++;
      }
      if (word === words) return entries[at]!;
      slot = (slot + 1) & mask;
    }
  }

  /** Adds `key`, which the last call, a `find`, did not find. */
  add(value: number): void {
    const at = this.size * (this.#words + 1);
    this.#entries = grown(this.#entries, at + this.#words + 1);
    this.#entries.set(this.key, at);
    this.#entries[at + this.#words] = value;
    this.#slots[this.#slot] = ++this.size;
    if (this.size * 2 > this.#slots.length) this.#rehash();
  }

  clear(): void {
    if (this.size === 0) return;
    this.size = 0;
    this.#slots.fill(0);
  }

  #place(keys: Int32Array, from: number): number {
    let hash = this.#seed;
    for (let word = from, end = from + this.#words; word < end; word++) {
      hash = Math.imul(hash ^ keys[word]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca77);
    return (hash ^ (hash >>> 13)) & this.#mask;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    this.#mask = slots.length - 1;
    for (let entry = 0; entry < this.size; entry++) {
      let slot = this.#place(this.#entries, entry * (this.#words + 1));
      while (slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}
