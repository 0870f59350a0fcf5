/**
 * Attribute values as the text a dictionary keeps: strings as they are, `true` and `false`, integers in decimal, doubles as
 * JavaScript prints them, bytes in base64, arrays and key-value lists as compact JSON (keys in the order they came, bytes and
 * doubles JSON cannot say as strings, an empty value as null). Every codec writes values through this one, so that they agree.
 * Writing stops at ATTRIBUTE_BYTES_MAX: no value costs more than that.
 */
import { ATTRIBUTE_BYTES_MAX } from '../limits.ts';
import type { Dictionary } from '../spans/dictionary.ts';
import { cutEnd } from '../spans/sanitize.ts';
import type { Integer64 } from './wire/decimal.ts';
import { encodeBase64 } from './wire/base-64.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Interns a text value, cut to its bound. */
export function internText(dictionary: Dictionary, bytes: Uint8Array, start: number, end: number): number {
  return dictionary.intern(bytes, start, cutEnd(bytes, start, end, ATTRIBUTE_BYTES_MAX));
}

export class ValueText {
  /** One byte more than is kept, to tell whether the cut falls inside a character. */
  readonly #bytes = new Uint8Array(ATTRIBUTE_BYTES_MAX + 1);
  #length = 0;

  /** What is written from here on is lost. */
  get isFull(): boolean {
    return this.#length === this.#bytes.length;
  }

  clear(): void {
    this.#length = 0;
  }

  intern(dictionary: Dictionary): number {
    return internText(dictionary, this.#bytes, 0, this.#length);
  }

  /** Writes ASCII text as it is. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.#put(text.charCodeAt(i));
  }

  boolean(value: boolean): void {
    this.ascii(value ? 'true' : 'false');
  }

  /** Writes a signed integer. */
  integer({ isNegative, high, low }: Pick<Integer64, 'isNegative' | 'high' | 'low'>): void {
    const isSafe = high < 0x20_0000;
    const magnitude = isSafe ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
    if (isNegative && (high !== 0 || low !== 0)) this.#put(0x2d);
    this.ascii(magnitude.toString());
  }

  double(value: number): void {
    this.ascii(String(value));
  }

  base64(bytes: Uint8Array, start: number, end: number): void {
    this.ascii(encodeBase64(bytes, start, end, ATTRIBUTE_BYTES_MAX + 1));
  }

  /** Writes a double inside an array or a list. */
  nestedDouble(value: number): void {
    this.ascii(Number.isFinite(value) ? String(value) : `"${String(value)}"`);
  }

  /** Writes bytes inside an array or a list. */
  nestedBase64(bytes: Uint8Array, start: number, end: number): void {
    this.#put(QUOTE);
    this.base64(bytes, start, end);
    this.#put(QUOTE);
  }

  /** Writes a text inside an array or a list, quoted and escaped as JSON.stringify does. */
  nestedText(bytes: Uint8Array, start: number, end: number): void {
    this.#put(QUOTE);
    for (let at = start; at < end && !this.isFull; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) this.#put(byte);
      else this.ascii(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
    }
    this.#put(QUOTE);
  }

  #put(byte: number): void {
    if (this.#length < this.#bytes.length) this.#bytes[this.#length++] = byte;
  }
}
