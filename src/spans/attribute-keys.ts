/**
 * The attribute keys some operator reads: codecs extract these and skip every other attribute by its length.
 * A key's column is its position in `keys`.
 */

/** Keys shorter than this are dismissed by their length and last byte alone, most of the time. */
const FILTER_LENGTHS = 128;

export class AttributeKeys {
  readonly keys: readonly string[];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #columnsByLength: (readonly number[] | undefined)[] = [];
  /** By key length, one bit for each last byte (modulo 32) a wanted key of that length has. */
  readonly filter = new Int32Array(FILTER_LENGTHS);
  /** All keys, one after the other: key i is `[starts[i], starts[i + 1])`. */
  readonly #starts: Int32Array;
  readonly #keyBytes: DataView;
  #viewed: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#viewed.buffer);

  constructor(keys: Iterable<string>) {
    this.keys = [...new Set(keys)];
    this.#columns = new Map(this.keys.map((key, column) => [key, column]));
    const encoded = this.keys.map((key) => new TextEncoder().encode(key));
    this.#starts = new Int32Array(encoded.length + 1);
    for (const [column, { length }] of encoded.entries())
      this.#starts[column + 1] = this.#starts[column]! + length;
    const all = new Uint8Array(this.#starts.at(-1)!);
    this.#keyBytes = new DataView(all.buffer);
    for (const [column, key] of encoded.entries()) {
      all.set(key, this.#starts[column]);
      this.#columnsByLength[key.length] = [...(this.#columnsByLength[key.length] ?? []), column];
      if (key.length > 0 && key.length < FILTER_LENGTHS) this.filter[key.length]! |= 1 << key.at(-1)!;
    }
  }

  /** The column of a key, or -1 where nobody asked for it. */
  column(key: string): number {
    return this.#columns.get(key) ?? -1;
  }

  /** Whether `bytes[start, end)` may be a wanted key: a quick no for most that are not. */
  mayHold(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    return length <= 0 || length >= FILTER_LENGTHS || (this.filter[length]! & (1 << bytes[end - 1]!)) !== 0;
  }

  /** The column of the key in `bytes[start, end)`, or -1. */
  columnOf(bytes: Uint8Array, start: number, end: number): number {
    return this.mayHold(bytes, start, end) ? this.#search(bytes, start, end - start) : -1;
  }

  #search(bytes: Uint8Array, start: number, length: number): number {
    const candidates = this.#columnsByLength[length];
    if (candidates === undefined) return -1;
    if (bytes !== this.#viewed) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    for (const column of candidates) if (this.#equals(column, start, length)) return column;
    return -1;
  }

  /** Compares four bytes a step; the last step may overlap the one before. */
  #equals(column: number, start: number, length: number): boolean {
    const view = this.#view;
    const keys = this.#keyBytes;
    const key = this.#starts[column]!;
    if (length >= 4) {
      const last = length - 4;
      for (let i = 0; i < last; i += 4) if (keys.getInt32(key + i) !== view.getInt32(start + i)) return false;
      return keys.getInt32(key + last) === view.getInt32(start + last);
    }
    for (let i = 0; i < length; i++) if (keys.getInt8(key + i) !== view.getInt8(start + i)) return false;
    return true;
  }
}
