/** Bytes that grow: varints, doubles, words and runs of bytes, one after the other. */

const INITIAL_BYTES = 1024;
const VARINT_BYTES_MAX = 10;

export class ByteWriter {
  /** Bytes written. */
  length = 0;
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);

  /** All that was written; valid until more is. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Two bytes, low first, over what stands at `at`. */
  setUint16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  /** Leaves room, and returns where. */
  skip(bytes: number): number {
    this.#reserve(bytes);
    this.length += bytes;
    return this.length - bytes;
  }

  /** A whole number that is not negative. */
  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[this.length++] = rest;
  }

  /** A number that `isSigned`, as a zigzag varint. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    const at = this.skip(8);
    this.#view.setFloat64(at, value);
  }

  words(words: Int32Array, from: number, count: number): void {
    const at = this.skip(count * 4);
    for (let word = 0; word < count; word++) this.#view.setInt32(at + word * 4, words[from + word]!);
  }

  run(bytes: Uint8Array): void {
    const at = this.skip(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + bytes));
    wider.set(this.#bytes);
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

/** Whether a number is whole, and exact as a zigzag varint. */
export function isSigned(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 52;
}
