/**
 * Names as Jaeger's storage path writes them, so that the Monitor tab, the service list and the graph agree with the traces.
 * Source: jaeger v2.20.0, internal/jptrace/sanitizer. Attribute values pass here too: each id stands for a text of its own.
 */
import { Buffer } from 'node:buffer';
import { ATTRIBUTE_BYTES_MAX, NAME_BYTES_MAX } from '../limits.ts';
import type { Dictionary } from './dictionary.ts';

export const MISSING_SERVICE_NAME = 'missing-service-name';
export const SERVICE_NAME_WRONG_TYPE = 'service-name-wrong-type';
export const EMPTY_SERVICE_NAME = 'empty-service-name';
export const EMPTY_SPAN_NAME = 'empty-span-name';
export const INVALID_SPAN_NAME = 'invalid-span-name';
/** Jaeger has no name of its own here: it makes the service name a byte array, which its storages then read as '' or as base64. */
export const INVALID_SERVICE_NAME = 'invalid-service-name';

/** Bytes of a UTF-8 character after its first, at most. */
const CONTINUED_MAX = 3;

/** Where a text of at most `bytesMax` bytes ends, not inside a UTF-8 character. What is no UTF-8 is none afterwards. */
export function cutEnd(bytes: Uint8Array, start: number, end: number, bytesMax: number): number {
  if (end - start <= bytesMax) return end;
  const longest = start + bytesMax;
  for (let cut = longest; cut >= longest - CONTINUED_MAX; cut--)
    if ((bytes[cut]! & 0xc0) !== 0x80) return cut;
  return longest;
}

const UNKNOWN = 0;
const VALID = 1;
const INVALID = 2;

/** Interns names and values through the sanitising rules, remembering the verdict per distinct text. */
export class NameSanitizer {
  readonly #dictionary: Dictionary;
  #verdicts = new Uint8Array(1024);

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  service(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return this.#dictionary.internText(EMPTY_SERVICE_NAME);
    const id = this.#dictionary.intern(bytes, start, cutEnd(bytes, start, end, NAME_BYTES_MAX));
    return this.#isValid(id) ? id : this.#dictionary.internText(INVALID_SERVICE_NAME);
  }

  operation(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return this.#dictionary.internText(EMPTY_SPAN_NAME);
    const id = this.#dictionary.intern(bytes, start, cutEnd(bytes, start, end, NAME_BYTES_MAX));
    return this.#isValid(id) ? id : this.#dictionary.internText(INVALID_SPAN_NAME);
  }

  /** The id of an attribute's text; of its bytes in base64, as Jaeger keeps them, where they are not UTF-8. */
  attribute(bytes: Uint8Array, start: number, end: number): number {
    const id = this.#dictionary.intern(bytes, start, cutEnd(bytes, start, end, ATTRIBUTE_BYTES_MAX));
    return this.#isValid(id) ? id : this.attributeBytes(bytes, start, end);
  }

  attributeText(text: string): number {
    const bytes = Buffer.from(text.length > ATTRIBUTE_BYTES_MAX ? text.slice(0, ATTRIBUTE_BYTES_MAX) : text);
    return this.#dictionary.intern(bytes, 0, cutEnd(bytes, 0, bytes.length, ATTRIBUTE_BYTES_MAX));
  }

  /** The id of a byte array's text: base64. */
  attributeBytes(bytes: Uint8Array, start: number, end: number): number {
    const kept = bytes.subarray(start, Math.min(end, start + ATTRIBUTE_BYTES_MAX));
    return this.attributeText(Buffer.from(kept).toString('base64'));
  }

  /** Forget the verdicts: the dictionary was cleared. */
  clear(): void {
    this.#verdicts.fill(UNKNOWN);
  }

  #isValid(id: number): boolean {
    const verdict = id < this.#verdicts.length ? this.#verdicts[id]! : UNKNOWN;
    return verdict === VALID || (verdict === UNKNOWN && this.#judge(id));
  }

  #judge(id: number): boolean {
    if (id >= this.#verdicts.length) {
      const wider = new Uint8Array(id * 2);
      wider.set(this.#verdicts);
      this.#verdicts = wider;
    }
    const isValid = this.#dictionary.validText(id) !== undefined;
    this.#verdicts[id] = isValid ? VALID : INVALID;
    return isValid;
  }
}
