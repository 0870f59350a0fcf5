/**
 * The field names a JSON object may have, found by their bytes: no string is made for a key. Each name is known in lowerCamel and
 * in snake_case, as protobuf's JSON readers accept both.
 */

export const NO_FIELD = '';

interface Entry<Name> {
  readonly name: Name;
  readonly bytes: Uint8Array;
}

export class JsonFields<Name extends string> {
  /** Names by their length and first and last byte, which nearly always leave one candidate. */
  readonly #buckets: (readonly Entry<Name>[] | undefined)[] = new Array<undefined>(256).fill(undefined);

  constructor(names: readonly Name[]) {
    for (const name of names)
      for (const spelling of new Set([
        name,
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ])) {
        const bytes = new TextEncoder().encode(spelling);
        const bucket = bucketOf(bytes, 0, bytes.length);
        this.#buckets[bucket] = [...(this.#buckets[bucket] ?? []), { name, bytes }];
      }
  }

  /** The name `bytes[start, end)` spells, or NO_FIELD. */
  named(bytes: Uint8Array, start: number, end: number): Name | typeof NO_FIELD {
    if (start === end) return NO_FIELD;
    const candidates = this.#buckets[bucketOf(bytes, start, end)];
    if (candidates === undefined) return NO_FIELD;
    for (const candidate of candidates) {
      const spelling = candidate.bytes;
      if (spelling.length !== end - start) continue;
      let at = 0;
      while (at < spelling.length && spelling[at] === bytes[start + at]) at++;
      if (at === spelling.length) return candidate.name;
    }
    return NO_FIELD;
  }
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  return ((end - start) * 37 + bytes[start]! * 5 + bytes[end - 1]! * 11) & 255;
}
