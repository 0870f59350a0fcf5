/**
 * The field names a JSON object may have, found by their bytes: no string is made for a key. Each name is known in lowerCamel and
 * in snake_case, as protobuf's JSON readers accept both.
 */

export const NO_FIELD = '';

/** One spelling of a field. */
export interface Field<Name extends string = string> {
  readonly name: Name;
  readonly key: Uint8Array;
  /** The key as compact JSON spells it, from quote to colon. */
  readonly member: Uint8Array;
  /** The field that came after this one when last seen. */
  next: Field<Name> | undefined;
}

export class JsonFields<Name extends string> {
  /** Fields by their key's length and first and last byte, which nearly always leave one candidate. */
  readonly #buckets: (readonly Field<Name>[] | undefined)[] = new Array<undefined>(256).fill(undefined);
  /** The field found last. Producers write members in one order: which one comes next is guessed from the objects before. */
  last: Field<Name> | undefined;

  constructor(names: readonly Name[]) {
    for (const name of names)
      for (const spelling of new Set([
        name,
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ])) {
        const key = new TextEncoder().encode(spelling);
        const member = new TextEncoder().encode(`${JSON.stringify(spelling)}:`);
        const bucket = bucketOf(key, 0, key.length);
        this.#buckets[bucket] = [...(this.#buckets[bucket] ?? []), { name, key, member, next: undefined }];
      }
  }

  /** The name `bytes[start, end)` spells, or NO_FIELD. */
  named(bytes: Uint8Array, start: number, end: number): Name | typeof NO_FIELD {
    const candidates = start === end ? undefined : this.#buckets[bucketOf(bytes, start, end)];
    if (candidates === undefined) return NO_FIELD;
    for (const candidate of candidates) {
      const { key } = candidate;
      if (key.length !== end - start) continue;
      let at = 0;
      while (at < key.length && key[at] === bytes[start + at]) at++;
      if (at < key.length) continue;
      if (this.last !== undefined) this.last.next = candidate;
      this.last = candidate;
      return candidate.name;
    }
    return NO_FIELD;
  }
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  return ((end - start) * 37 + bytes[start]! * 5 + bytes[end - 1]! * 11) & 255;
}
