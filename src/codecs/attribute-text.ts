/**
 * Attribute values as text, the same from every encoding: strings as they are, `true` and `false`, integers in decimal, doubles as
 * JavaScript prints them, bytes in base64, no value as the empty text, arrays and maps as compact JSON in the order they came in.
 * Nested text is built flat, and no further than an attribute is kept: a huge value costs no more than a long one.
 */
import { ATTRIBUTE_BYTES_MAX, DEPTH_MAX } from '../limits.ts';
import { DecodeError } from './decode-error.ts';

export class NestedText {
  #text = '';
  /** One character per array or map still open, the one that closes it. */
  #closers = '';
  #needsComma = false;

  /** The text so far. */
  get text(): string {
    return this.#text;
  }

  /** Whether what follows would be cut away: the caller may stop. */
  get isFull(): boolean {
    return this.#text.length >= ATTRIBUTE_BYTES_MAX;
  }

  reset(): void {
    this.#text = '';
    this.#closers = '';
    this.#needsComma = false;
  }

  openArray(): void {
    this.#open('[', ']');
  }

  openMap(): void {
    this.#open('{', '}');
  }

  /** Closes the array or map opened last. */
  close(): void {
    this.#text += this.#closers.at(-1) ?? '';
    this.#closers = this.#closers.slice(0, -1);
    this.#needsComma = true;
  }

  key(text: string): void {
    this.#value(JSON.stringify(text));
    this.#text += ':';
    this.#needsComma = false;
  }

  /** A string, or bytes in base64. */
  string(text: string): void {
    this.#value(JSON.stringify(text));
  }

  boolean(value: boolean): void {
    this.#value(String(value));
  }

  /** An integer, in decimal. */
  integer(decimal: string): void {
    this.#value(decimal);
  }

  /** JSON has no NaN and no infinities: they are strings. */
  double(value: number): void {
    this.#value(Number.isFinite(value) ? String(value) : `"${value}"`);
  }

  null(): void {
    this.#value('null');
  }

  #open(opener: string, closer: string): void {
    if (this.#closers.length === DEPTH_MAX)
      throw new DecodeError('too_deep', `an attribute value nests deeper than ${DEPTH_MAX}`);
    this.#value(opener);
    this.#closers += closer;
    this.#needsComma = false;
  }

  #value(text: string): void {
    this.#text += this.#needsComma ? `,${text}` : text;
    this.#needsComma = true;
  }
}
