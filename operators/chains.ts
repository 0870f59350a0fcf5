/**
 * Hash chains over a ring of places: per bucket the newest place, per place the one before it in its chain. Nothing is ever deleted: an entry
 * carries two bits of the lap it was written in, and a chain ends where the lap is no longer that of its place. It carries bits of
 * the hash too, so that a walk seldom looks at a span it does not seek.
 */
export class Chains {
  readonly #newest: Int32Array;
  readonly #before: Int32Array;
  readonly #bucketMask: number;
  readonly #placeBits: number;
  readonly #placeMask: number;
  readonly #capacity: number;
  /** Place of the newest span, and the ring's lap, modulo 4. */
  #cursor = -1;
  #lap = 0;
  /** Keeps the compiler from leaving out reads whose results nobody uses. */
  touched = 0;

  /** `buckets` is a power of two. */
  constructor(capacity: number, buckets: number) {
    this.#newest = new Int32Array(buckets);
    this.#before = new Int32Array(capacity);
    this.#bucketMask = buckets - 1;
    this.#placeBits = Math.ceil(Math.log2(capacity + 1));
    this.#placeMask = 2 ** this.#placeBits - 1;
    this.#capacity = capacity;
  }

  /** Tells where the newest span lies: in every chain, once for each span of the ring. */
  advance(cursor: number): void {
    if (cursor <= this.#cursor) this.#lap = (this.#lap + 1) & 3;
    this.#cursor = cursor;
  }

  /**
   * Reads the buckets of the hashes that come next, then the first link of each chain, so that they are in the cache when they are asked
   * for: the processor fetches them side by side here, one by one there. Without it this took more than half of a span's time in the
   * neighbourhood.
   */
  touch(hashes: Int32Array, length: number): void {
    const newest = this.#newest;
    const before = this.#before;
    const bucketMask = this.#bucketMask;
    const placeMask = this.#placeMask;
    let sum = 0;
    for (let at = 0; at < length; at++) sum ^= newest[hashes[at]! & bucketMask]!;
    for (let at = 0; at < length; at++) {
      const place = (newest[hashes[at]! & bucketMask]! & placeMask) - 1;
      if (place >= 0) sum ^= before[place]!;
    }
    this.touched = sum;
  }

  /** Adds a span: younger than all of its chain so far. */
  add(hash: number, place: number): void {
    const bucket = hash & this.#bucketMask;
    this.#before[place] = this.#newest[bucket]!;
    this.#newest[bucket] = this.#tagOf(hash) | (this.#lapOf(place) << this.#placeBits) | (place + 1);
  }

  /** The newest place of a chain that may be of this hash, or -1. */
  first(hash: number): number {
    return this.#seek(this.#newest[hash & this.#bucketMask]!, hash, -1);
  }

  /** The next one after `place`, or -1. */
  next(place: number, hash: number): number {
    return this.#seek(this.#before[place]!, hash, this.#ageOf(place));
  }

  /** Forgets every chain. */
  clear(): void {
    this.#newest.fill(0);
  }

  #seek(from: number, hash: number, ageOfLast: number): number {
    const tag = this.#tagOf(hash);
    let age = ageOfLast;
    for (let entry = from; ;) {
      const place = (entry & this.#placeMask) - 1;
      if (place < 0) return -1;
      if (((entry >>> this.#placeBits) & 3) !== this.#lapOf(place)) return -1;
      const its = this.#ageOf(place);
      // Only an entry four laps old can be younger than the one that led to it.
      if (its <= age) return -1;
      if ((entry ^ tag) >>> (this.#placeBits + 2) === 0) return place;
      age = its;
      entry = this.#before[place]!;
    }
  }

  /** The lap, modulo 4, in which a place was last written. */
  #lapOf(place: number): number {
    return place <= this.#cursor ? this.#lap : (this.#lap + 3) & 3;
  }

  #ageOf(place: number): number {
    const age = this.#cursor - place;
    return age < 0 ? age + this.#capacity : age;
  }

  /** Bits of the hash beyond those that chose the bucket, where an entry keeps them. */
  #tagOf(hash: number): number {
    return (hash >>> this.#placeBits) << (this.#placeBits + 2);
  }
}

/** About as many buckets as spans: with a tag in each entry, more of them cost more in cache than they save in walking. */
export function bucketsFor(spansMax: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, spansMax)));
}
