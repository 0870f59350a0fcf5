/**
 * Hash chains over a ring of places. A bucket holds the newest entries of its chain, in half a cache line; an entry that is pushed
 * out is kept beside the place that pushed it, so that a walk goes on from there: it never waits for each link in turn. Nothing is ever deleted: an entry
 * carries two bits of the lap it was written in, and a chain ends where the lap is no longer that of its place. It carries bits of
 * the hash too, its tag, so that a walk seldom looks at a span it does not seek; a bucket knows the tags it pushed out, so that a walk seldom
 * leaves it in vain.
 */

import { lineColumn } from './columns.ts';

/** Words of a bucket: half a cache line. */
const WORDS = 8;
/** Its entries, which few buckets outgrow. Behind them lies a word with a bit for the tag, modulo 32, of each that was pushed out. */
const WAYS = 7;
/** Of a walk, instead of the entries seen: once it has left the bucket, and once it has ended. */
const BEYOND = WAYS + 1;
const ENDED = WAYS + 2;

/** Where the buckets of a ring's chains lie. */
export interface Buckets {
  readonly words: Int32Array;
  readonly count: number;
  /** Words before the first, and from one to the next. */
  readonly start: number;
  readonly stride: number;
}

export function makeBuckets(count: number, words: Int32Array = lineColumn(count * WORDS)): Buckets {
  return { words, count, start: 0, stride: WORDS };
}

/** Buckets of two chains, those of one hash beside each other: one look into memory for both. */
export function makeBucketPairs(
  count: number,
  words: Int32Array = lineColumn(count * 2 * WORDS),
): readonly [Buckets, Buckets] {
  return [
    { words, count, start: 0, stride: 2 * WORDS },
    { words, count, start: WORDS, stride: 2 * WORDS },
  ];
}

/** Bits of an entry that say its place. */
export function placeBitsOf(capacity: number): number {
  return Math.ceil(Math.log2(capacity + 1));
}

export class Chains {
  readonly #buckets: Int32Array;
  readonly #start: number;
  readonly #stride: number;
  /** Per place, the entry its own pushed out of the bucket: WAYS before it in the chain. */
  readonly #pushedOut: Int32Array;
  /** What maps a hash's 32 bits to a bucket's number. */
  readonly #scale: number;
  readonly #placeBits: number;
  readonly #placeMask: number;
  readonly #capacity: number;
  /** Place of the newest span, and the ring's lap, modulo 4. */
  #cursor = -1;
  #lap = 0;
  /** The walk: its tag, the age of its last entry, entries seen, and the last of them. */
  #tag = 0;
  #age = -1;
  #seen = 0;
  readonly #last = new Int32Array(WAYS);
  /** Which of the last leads on. */
  #way = 0;
  #bucket = 0;
  /** Keeps the compiler from leaving out reads whose results nobody uses. */
  touched = 0;

  /** `capacity`: places of the ring. `pushedOut`: as many zeros. */
  constructor(
    capacity: number,
    { words, count, start, stride }: Buckets,
    pushedOut: Int32Array = new Int32Array(capacity),
  ) {
    this.#buckets = words;
    this.#start = start;
    this.#stride = stride;
    this.#pushedOut = pushedOut;
    this.#scale = count / 2 ** 32;
    this.#placeBits = placeBitsOf(capacity);
    this.#placeMask = 2 ** this.#placeBits - 1;
    this.#capacity = capacity;
  }

  /** The ring's lap, modulo 4. */
  get lap(): number {
    return this.#lap;
  }

  /** Tells where the newest span lies, in every chain: at each, or at one of each lap and the newest of all. */
  advance(cursor: number): void {
    if (cursor <= this.#cursor) this.#lap = (this.#lap + 1) & 3;
    this.#cursor = cursor;
  }

  /**
   * Reads the buckets of the hashes that come next, so that they are in the cache when they are asked for: the processor fetches them side
   * by side here, one by one there. Without it this took more than half of a span's time in the neighbourhood.
   */
  touch(hashes: Int32Array, count: number): void {
    const buckets = this.#buckets;
    const scale = this.#scale;
    const stride = this.#stride;
    let sum = 0;
    // As #bucketOf has it, which as a call here made decode and RED 8 % slower.
    for (let at = 0; at < count; at++) sum ^= buckets[(((hashes[at]! >>> 0) * scale) | 0) * stride]!;
    this.touched = sum;
  }

  /**
   * Adds a span, younger than all of its chain so far, and returns whether the chain may hold another of this hash: a quick no for nearly
   * all that it does not hold.
   */
  add(hash: number, place: number): boolean {
    const buckets = this.#buckets;
    const at = this.#bucketOf(hash);
    const shift = this.#placeBits + 2;
    const tag = hash << shift;
    let pushed = tag | (this.#lapOf(place) << this.#placeBits) | (place + 1);
    let hasOther = false;
    for (let way = at; way < at + WAYS; way++) {
      const entry = buckets[way]!;
      buckets[way] = pushed;
      if ((entry ^ tag) >>> shift === 0 && entry !== 0) hasOther = true;
      pushed = entry;
    }
    this.#pushedOut[place] = pushed;
    if (pushed === 0) return hasOther;
    // Where one is dead, so is what was pushed out before it.
    const tags = this.#isLive(pushed) ? buckets[at + WAYS]! | (1 << (pushed >>> shift)) : 0;
    buckets[at + WAYS] = tags;
    return hasOther || ((tags >>> (tag >>> shift)) & 1) !== 0;
  }

  /** Starts a walk, the one walk at a time: the newest place that may be of this hash, or -1. */
  first(hash: number): number {
    this.#tag = hash << (this.#placeBits + 2);
    this.#bucket = this.#bucketOf(hash);
    this.#seen = 0;
    this.#age = -1;
    return this.next();
  }

  /** The next one of the walk, or -1. */
  next(): number {
    if (this.#seen >= BEYOND) return this.#nextPushedOut();
    const buckets = this.#buckets;
    const tag = this.#tag;
    const shift = this.#placeBits + 2;
    const end = this.#bucket + WAYS;
    for (let at = this.#bucket + this.#seen; at < end; at++) {
      const entry = buckets[at]!;
      if ((entry ^ tag) >>> shift !== 0) continue;
      this.#seen = at + 1 - this.#bucket;
      return this.#matched(entry);
    }
    const mayGoOn = ((buckets[end]! >>> (tag >>> shift)) & 1) !== 0 && this.#isLive(buckets[end - 1]!);
    return mayGoOn ? this.#leaveBucket() : this.#end();
  }

  /** The place of an entry with the walk's tag, where the walk has not ended before it. */
  #matched(entry: number): number {
    if (!this.#isLive(entry)) return this.#end();
    const place = (entry & this.#placeMask) - 1;
    const age = this.#ageOf(place);
    // Only an entry four laps old can be younger than one before it.
    if (age <= this.#age) return this.#end();
    this.#age = age;
    return place;
  }

  /** Goes on beyond the bucket. Ages rise with every step there, or a chain could lead back into itself. */
  #leaveBucket(): number {
    const last = this.#last;
    for (let way = 0; way < WAYS; way++) last[way] = this.#buckets[this.#bucket + way]!;
    this.#seen = BEYOND;
    this.#way = 0;
    this.#age = Math.max(this.#age, this.#ageOf((last[WAYS - 1]! & this.#placeMask) - 1));
    return this.#nextPushedOut();
  }

  #nextPushedOut(): number {
    const last = this.#last;
    while (this.#seen !== ENDED) {
      const way = this.#way;
      this.#way = way + 1 === WAYS ? 0 : way + 1;
      const entry = this.#pushedOut[(last[way]! & this.#placeMask) - 1]!;
      if (!this.#isLive(entry)) return this.#end();
      const place = (entry & this.#placeMask) - 1;
      const age = this.#ageOf(place);
      if (age <= this.#age) return this.#end();
      this.#age = age;
      last[way] = entry;
      if ((entry ^ this.#tag) >>> (this.#placeBits + 2) === 0) return place;
    }
    return -1;
  }

  #end(): number {
    this.#seen = ENDED;
    return -1;
  }

  /** Whether an entry is of the lap in which its place was last written. */
  #isLive(entry: number): boolean {
    const place = (entry & this.#placeMask) - 1;
    return place >= 0 && ((entry >>> this.#placeBits) & 3) === this.#lapOf(place);
  }

  /** The lap, modulo 4, in which a place was last written. */
  #lapOf(place: number): number {
    return place <= this.#cursor ? this.#lap : (this.#lap + 3) & 3;
  }

  #ageOf(place: number): number {
    const age = this.#cursor - place;
    return age < 0 ? age + this.#capacity : age;
  }

  /** Where the bucket of a hash begins: its high bits choose, and an entry keeps low ones. */
  #bucketOf(hash: number): number {
    return (((hash >>> 0) * this.#scale) | 0) * this.#stride + this.#start;
  }
}
