/** Growing typed arrays, and sums of products that stay exact beyond 2^53. */

export type TypedColumn = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The column, at least `length` long: itself, or a copy twice its size. */
export function grown<C extends TypedColumn>(column: C, length: number): C {
  if (length <= column.length) return column;
  const wider = new (column.constructor as new (n: number) => C)(Math.max(column.length * 2, length));
  wider.set(column);
  return wider;
}

const LIMB = 2 ** 52;

/** Sums of non-negative whole numbers as two limbs, high * 2^52 + low: exact up to 2^105. */
export class WideSums {
  #low = new Float64Array(64);
  #high = new Float64Array(64);

  /** Makes room for sum number `at`, as zero. */
  zero(at: number): void {
    this.#low = grown(this.#low, at + 1);
    this.#high = grown(this.#high, at + 1);
    this.#low[at] = 0;
    this.#high[at] = 0;
  }

  /** Adds a * b to sum number `at`. */
  addProduct(at: number, a: number, b: number): void {
    const product = a * b;
    if (product > LIMB) return this.#addWide(at, BigInt(a) * BigInt(b));
    const sum = this.#low[at]! + product;
    if (sum < LIMB) {
      this.#low[at] = sum;
    } else {
      this.#low[at] = sum - LIMB;
      this.#high[at] = this.#high[at]! + 1;
    }
  }

  value(at: number): bigint {
    return (BigInt(this.#high[at]!) << 52n) + BigInt(this.#low[at]!);
  }

  #addWide(at: number, product: bigint): void {
    const sum = this.value(at) + product;
    this.#low[at] = Number(sum & 0xf_ffff_ffff_ffffn);
    this.#high[at] = Number(sum >> 52n);
  }
}
