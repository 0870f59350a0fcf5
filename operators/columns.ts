/** Growing typed arrays, searches in sorted ones, and sums of products that stay exact beyond 2^53. */

export type TypedColumn = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** The column, at least `length` long: itself, or a copy twice its size. */
export function grown<C extends TypedColumn>(column: C, length: number): C {
  if (length <= column.length) return column;
  const wider = new (column.constructor as new (n: number) => C)(Math.max(column.length * 2, length));
  wider.set(column);
  return wider;
}

/**
 * Room for what will probably be as much as its like was: a column that grows leaves as much garbage behind as it holds, and where the allocator
 * does as glibc's, room that is not used takes no memory.
 */
export function roomLike(used: number | undefined, least: number): number {
  return Math.max(least, Math.ceil((used ?? 0) * 1.125));
}

/** A column of one number of each item; `Float64Array.from` takes several times as long. */
export function numbersOf<Item>(items: readonly Item[], numberOf: (item: Item) => number): Float64Array {
  const numbers = new Float64Array(items.length);
  for (let at = 0; at < items.length; at++) numbers[at] = numberOf(items[at]!);
  return numbers;
}

const LINE_BYTES = 64;
/** What glibc's allocator keeps in front of a large block that begins a cache line. */
const HEADER_BYTES = 16;

/**
 * A column of zeros that begins a cache line, where the allocator does as glibc's: what takes a line, or half of one, then lies in one line and
 * not in two. It took 8 % of the time of decode and RED away. Elsewhere it is a column like any other.
 */
export function lineColumn(words: number): Int32Array {
  return new Int32Array(new ArrayBuffer(words * 4 + LINE_BYTES), LINE_BYTES - HEADER_BYTES, words);
}

const LIMB = 2 ** 52;

/**
 * Adds a * b, both whole and not negative, to the wide sum at `limbs[at]`: limbs[at + 1] * 2^52 + limbs[at]. Exact up to 2^105.
 */
export function addProduct(limbs: Float64Array, at: number, a: number, b: number): void {
  const product = a * b;
  const sum = limbs[at]! + product;
  if (product > LIMB) {
    setWide(limbs, at, wideSum(limbs, at) + BigInt(a) * BigInt(b));
  } else if (sum < LIMB) {
    limbs[at] = sum;
  } else {
    limbs[at] = sum - LIMB;
    limbs[at + 1] = limbs[at + 1]! + 1;
  }
}

/** The wide sum at `limbs[at]`. */
export function wideSum(limbs: Float64Array, at: number): bigint {
  return (BigInt(limbs[at + 1]!) << 52n) + BigInt(limbs[at]!);
}

/** Makes the wide sum at `limbs[at]` another. */
export function setWide(limbs: Float64Array, at: number, sum: bigint): void {
  limbs[at] = Number(sum & 0xf_ffff_ffff_ffffn);
  limbs[at + 1] = Number(sum >> 52n);
}

/** The first of the numbers `from` to `to` from which on `isReached` holds; `to` where there is none. */
export function firstReached(from: number, to: number, isReached: (at: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
