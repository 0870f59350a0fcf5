/**
 * A bounded pull reader over the UTF-8 bytes of one JSON document: the caller asks for what it expects, in document order, and
 * skips the rest. No object per value, no string per text, no recursion, whatever the nesting. Accepts exactly what RFC 8259
 * does (a lone surrogate escape reads as U+FFFD) and throws DecodeError for everything else.
 *
 * Members:  if (json.objectStart()) do switch (json.field(FIELDS)) { ... default: json.skip(); } while (json.objectNext());
 * Elements: if (json.arrayStart()) do ... while (json.arrayNext());
 */
import { DEPTH_MAX } from '../../limits.ts';
import { DecodeError } from '../decode-error.ts';
import { numberEnd } from './decimal.ts';
import { escapeEnd, unescape } from './json-escapes.ts';
import { type JsonFields, NO_FIELD } from './json-fields.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const TRUE = [0x74, 0x72, 0x75, 0x65];
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65];
const NULL = [0x6e, 0x75, 0x6c, 0x6c];

/** 1 for the bytes that end a plain run of a string: the quote, the backslash and control characters. */
const STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE || byte === BACKSLASH || byte < 0x20 ? 1 : 0,
);

export class JsonReader {
  /** The next byte to read. A caller may note it before a value and set it back later. */
  at = 0;
  /** The text read last is `text[textStart, textEnd)`: in the document itself, or unescaped in a scratch until the next text. */
  text: Uint8Array = new Uint8Array(0);
  textStart = 0;
  textEnd = 0;
  bytes: Uint8Array = this.text;
  #end = 0;
  #isEscaped = false;
  #scratch = new Uint8Array(256);
  /** The closing brackets `skip` waits for. */
  readonly #closers = new Uint8Array(DEPTH_MAX);

  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.#end = bytes.length;
  }

  /** The first byte of the next token. */
  peek(): number {
    const { bytes } = this;
    const end = this.#end;
    let { at } = this;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 0x20) {
        this.at = at;
        return byte;
      }
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) throw unexpected(byte, at);
    }
    throw new DecodeError('truncated', `JSON ends at byte ${end} inside a value`);
  }

  /** Only blanks may follow. */
  finish(): void {
    for (; this.at < this.#end; this.at++) {
      const byte = this.bytes[this.at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) throw unexpected(byte, this.at);
    }
  }

  /** Enters an object; false where it has no members. `null` is an object without members. */
  objectStart(): boolean {
    return this.#start(OPEN_OBJECT, CLOSE_OBJECT);
  }

  objectNext(): boolean {
    return this.#next(CLOSE_OBJECT);
  }

  /** Enters an array; false where it has no elements. `null` is an array without elements. */
  arrayStart(): boolean {
    return this.#start(OPEN_ARRAY, CLOSE_ARRAY);
  }

  arrayNext(): boolean {
    return this.#next(CLOSE_ARRAY);
  }

  /** Reads a member's key up to its value, and says which of the fields it names, if any. */
  field<Name extends string>(fields: JsonFields<Name>): Name | typeof NO_FIELD {
    if (this.peek() !== QUOTE) throw unexpected(this.bytes[this.at]!, this.at);
    this.#string();
    const name = fields.named(this.text, this.textStart, this.textEnd);
    this.#take(COLON);
    return name;
  }

  /** Consumes `null`, if that is what comes next. */
  isNull(): boolean {
    if (this.peek() !== LOWER_N) return false;
    this.at = this.#literalEnd(NULL, this.at);
    return true;
  }

  /** Reads a string, or `null` as an empty one. */
  string(): void {
    if (this.peek() === QUOTE) this.#string();
    else if (this.isNull()) this.textEnd = this.textStart;
    else throw unexpected(this.bytes[this.at]!, this.at);
  }

  /** Reads the characters of a string or a number, or `null` as none; true for a string. */
  scalar(): boolean {
    const first = this.peek();
    if (first === QUOTE || first === LOWER_N) {
      this.string();
      return first === QUOTE;
    }
    this.text = this.bytes;
    this.textStart = this.at;
    this.textEnd = this.at = numberEnd(this.bytes, this.at, this.#end);
    return false;
  }

  /** Reads a boolean; `null` is false. */
  boolean(): boolean {
    const first = this.peek();
    if (first === LOWER_T) this.at = this.#literalEnd(TRUE, this.at);
    else if (first === LOWER_F) this.at = this.#literalEnd(FALSE, this.at);
    else if (!this.isNull()) throw unexpected(first, this.at);
    return first === LOWER_T;
  }

  /** Skips one value of any kind, checking its grammar. */
  skip(): void {
    const closers = this.#closers;
    let depth = 0;
    for (;;) {
      const first = this.peek();
      if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
        if (depth === DEPTH_MAX)
          throw new DecodeError('too_deep', `JSON nests deeper than ${DEPTH_MAX} at byte ${this.at}`);
        // Both closing brackets are two after their opening ones.
        closers[depth++] = first + 2;
        this.at++;
        if (this.peek() !== first + 2) {
          if (first === OPEN_OBJECT) this.#skipKey();
          continue;
        }
      } else this.at = this.#scalarEnd(first, this.at);
      while (depth > 0) {
        const next = this.peek();
        const closer = closers[depth - 1]!;
        if (next === COMMA) {
          this.at++;
          if (closer === CLOSE_OBJECT) this.#skipKey();
          break;
        }
        if (next !== closer) throw unexpected(next, this.at);
        this.at++;
        depth--;
      }
      if (depth === 0) return;
    }
  }

  #start(opener: number, closer: number): boolean {
    if (this.peek() !== opener) {
      if (this.isNull()) return false;
      throw unexpected(this.bytes[this.at]!, this.at);
    }
    this.at++;
    if (this.peek() !== closer) return true;
    this.at++;
    return false;
  }

  #next(closer: number): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== closer) throw unexpected(byte, this.at);
    this.at++;
    return byte === COMMA;
  }

  #take(wanted: number): void {
    const byte = this.peek();
    if (byte !== wanted) throw unexpected(byte, this.at);
    this.at++;
  }

  #skipKey(): void {
    if (this.peek() !== QUOTE) throw unexpected(this.bytes[this.at]!, this.at);
    this.at = this.#stringEnd(this.at + 1) + 1;
    this.#take(COLON);
  }

  #string(): void {
    const start = this.at + 1;
    const end = this.#stringEnd(start);
    this.at = end + 1;
    if (!this.#isEscaped) {
      this.text = this.bytes;
      this.textStart = start;
      this.textEnd = end;
      return;
    }
    // Text never grows by being unescaped.
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array((end - start) * 2);
    this.text = this.#scratch;
    this.textStart = 0;
    this.textEnd = unescape(this.bytes, start, end, this.#scratch);
  }

  /** Where the string that starts at `at` (after its quote) has its closing quote. */
  #stringEnd(at: number): number {
    const { bytes } = this;
    const end = this.#end;
    this.#isEscaped = false;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (STOPS[byte] === 0) continue;
      if (byte === QUOTE) return at;
      if (byte !== BACKSLASH) throw unexpected(byte, at);
      this.#isEscaped = true;
      at = escapeEnd(bytes, at, end) - 1;
    }
    throw new DecodeError('truncated', `JSON ends at byte ${end} inside a string`);
  }

  #scalarEnd(first: number, at: number): number {
    switch (first) {
      case QUOTE:
        return this.#stringEnd(at + 1) + 1;
      case LOWER_T:
        return this.#literalEnd(TRUE, at);
      case LOWER_F:
        return this.#literalEnd(FALSE, at);
      case LOWER_N:
        return this.#literalEnd(NULL, at);
      default:
        return numberEnd(this.bytes, at, this.#end);
    }
  }

  #literalEnd(literal: readonly number[], at: number): number {
    for (const byte of literal) {
      if (at >= this.#end) throw new DecodeError('truncated', `JSON ends at byte ${at} inside a literal`);
      if (this.bytes[at] !== byte) throw unexpected(this.bytes[at]!, at);
      at++;
    }
    return at;
  }
}

function unexpected(byte: number, at: number): DecodeError {
  return new DecodeError(
    'malformed',
    `unexpected byte 0x${byte.toString(16).padStart(2, '0')} at ${at} in JSON`,
  );
}
