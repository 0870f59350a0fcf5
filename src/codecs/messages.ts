/** Values of messages that came together. */

/** What an array of them is too: null where a message has none. */
export interface Messages extends Iterable<Uint8Array | null> {
  readonly length: number;
  at(index: number): Uint8Array | null | undefined;
}

/** Messages that lie in few buffers, each in one: a view of one is made when it is asked for. Many that follow each other are copied as a whole. */
export class Slices implements Messages {
  #length = 0;
  /** By message, where it starts and ends in its buffer; it starts at -1 where it is null. */
  #bounds = new Int32Array(0);
  readonly #buffers: Uint8Array[] = [];
  /** By buffer, the first message in it. */
  readonly #firsts: number[] = [];
  #newest: Uint8Array | undefined;
  /** The number of the buffer asked for last. */
  #asked = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds the message in `[start, end)` of a buffer: the one named last, or another. */
  add(buffer: Uint8Array, start: number, end: number): void {
    if (buffer !== this.#newest) {
      this.#newest = buffer;
      this.#buffers.push(buffer);
      this.#firsts.push(this.#length);
    }
    const at = this.#length++ * 2;
    if (at === this.#bounds.length) this.#grow();
    this.#bounds[at] = start;
    this.#bounds[at + 1] = end;
  }

  at(index: number): Uint8Array | null | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    const start = this.#bounds[index * 2]!;
    if (start < 0) return null;
    return this.#buffers[this.#bufferOf(index)]!.subarray(start, this.#bounds[index * 2 + 1]);
  }

  *[Symbol.iterator](): Generator<Uint8Array | null, void, void> {
    for (let index = 0; index < this.#length; index++) yield this.at(index)!;
  }

  /**
   * Copies messages from `first` on, at most `count`, to the start of `into`, with what lies between them, and writes to `bounds` where each starts
   * and ends, moved by `base`; a null one is empty there. Returns how many: those of one buffer, as far as they fit.
   */
  copy(first: number, count: number, into: Uint8Array, bounds: Int32Array, base: number): number {
    const of = this.#bounds;
    const buffer = this.#bufferOf(first);
    const end = Math.min(first + count, this.#firsts[buffer + 1] ?? this.#length);
    let start = -1;
    let stop = -1;
    let next = first;
    for (; next < end; next++) {
      const from = of[next * 2]!;
      const to = of[next * 2 + 1]!;
      if (start < 0) start = stop = from;
      if (from >= 0 && to - start > into.length) break;
      if (from >= 0) stop = to;
      bounds[(next - first) * 2] = base + (from < 0 ? stop : from) - start;
      bounds[(next - first) * 2 + 1] = base + stop - start;
    }
    if (stop > start) into.set(this.#buffers[buffer]!.subarray(start, stop));
    return next - first;
  }

  /** The number of the buffer in which a message lies: mostly that of the one asked for before. */
  #bufferOf(index: number): number {
    const firsts = this.#firsts;
    while (this.#asked > 0 && firsts[this.#asked]! > index) this.#asked--;
    while (this.#asked + 1 < firsts.length && firsts[this.#asked + 1]! <= index) this.#asked++;
    return this.#asked;
  }

  #grow(): void {
    const wider = new Int32Array(Math.max(128, this.#bounds.length * 4));
    wider.set(this.#bounds);
    this.#bounds = wider;
  }
}
