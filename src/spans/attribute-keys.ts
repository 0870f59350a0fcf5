/**
 * The attribute keys some operator reads: codecs extract these and skip every other attribute by its length.
 * A key's column is its position in `keys`.
 */
export class AttributeKeys {
  readonly keys: readonly string[];
  readonly #bytes: readonly Uint8Array[];
  /** Columns by key length in bytes: most attributes are dismissed by their length alone. */
  readonly #columnsByLength: (readonly number[] | undefined)[] = [];
  readonly #columns: ReadonlyMap<string, number>;

  constructor(keys: Iterable<string>) {
    this.keys = [...new Set(keys)];
    this.#bytes = this.keys.map((key) => new TextEncoder().encode(key));
    this.#columns = new Map(this.keys.map((key, column) => [key, column]));
    for (const [column, { length }] of this.#bytes.entries())
      this.#columnsByLength[length] = [...(this.#columnsByLength[length] ?? []), column];
  }

  /** The column of a key, or -1 where nobody asked for it. */
  column(key: string): number {
    return this.#columns.get(key) ?? -1;
  }

  /** The column of the key in `bytes[start, end)`, or -1. */
  columnOf(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.#columnsByLength[end - start];
    if (candidates === undefined) return -1;
    for (const column of candidates) {
      const key = this.#bytes[column]!;
      let at = 0;
      while (at < key.length && key[at] === bytes[start + at]) at++;
      if (at === key.length) return column;
    }
    return -1;
  }
}
