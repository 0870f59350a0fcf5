/**
 * The attribute keys some operator reads: codecs extract these and skip every other attribute by its length.
 * A key's column is its position in `keys`.
 */

/** Most attributes are dismissed by their length and last byte alone. */
const FILTER_LENGTHS = 128;

export class AttributeKeys {
  readonly keys: readonly string[];
  readonly #bytes: readonly Uint8Array[];
  readonly #columnsByLength: (readonly number[] | undefined)[] = [];
  readonly #columns: ReadonlyMap<string, number>;
  /** By key length, one bit for each last byte (modulo 32) a wanted key of that length has. */
  readonly #filter = new Int32Array(FILTER_LENGTHS);

  constructor(keys: Iterable<string>) {
    this.keys = [...new Set(keys)];
    this.#bytes = this.keys.map((key) => new TextEncoder().encode(key));
    this.#columns = new Map(this.keys.map((key, column) => [key, column]));
    for (const [column, key] of this.#bytes.entries()) {
      const { length } = key;
      this.#columnsByLength[length] = [...(this.#columnsByLength[length] ?? []), column];
      if (length > 0 && length < FILTER_LENGTHS) this.#filter[length]! |= 1 << key[length - 1]!;
    }
  }

  /** The column of a key, or -1 where nobody asked for it. */
  column(key: string): number {
    return this.#columns.get(key) ?? -1;
  }

  /** The column of the key in `bytes[start, end)`, or -1. */
  columnOf(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > 0 && length < FILTER_LENGTHS && (this.#filter[length]! & (1 << bytes[end - 1]!)) === 0)
      return -1;
    return this.#search(bytes, start, length);
  }

  #search(bytes: Uint8Array, start: number, length: number): number {
    const candidates = this.#columnsByLength[length];
    if (candidates === undefined) return -1;
    for (const column of candidates) {
      const key = this.#bytes[column]!;
      let at = 0;
      while (at < length && key[at] === bytes[start + at]) at++;
      if (at === length) return column;
    }
    return -1;
  }
}
