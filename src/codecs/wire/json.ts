/**
 * A bounded pull reader over the UTF-8 bytes of one JSON document: the caller asks for what it expects, in document order, and
 * skips the rest. No object per value, no string per text, no recursion, whatever the nesting. Accepts exactly what RFC 8259
 * does (a lone surrogate escape reads as U+FFFD) and throws DecodeError for everything else.
 *
 * Members:  if (json.objectStart()) do switch (json.field(FIELDS)) { ... default: json.skip(); } while (json.objectNext());
 * Elements: if (json.arrayStart()) do ... while (json.arrayNext());
 */
import { latin1, numberEnd } from './decimal.ts';
import { unescape } from './json-escapes.ts';
import type { JsonFields, NO_FIELD } from './json-fields.ts';
import * as scan from './json-scan.ts';

const ENUMERATION_BYTES_MAX = 64;

export class JsonReader {
  /** The next byte to read. A caller may note it before a value and set it back later. */
  at = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** The text read last is `text[textStart, textEnd)`: in the document itself, or unescaped in a scratch until the next text. */
  text: Uint8Array = this.bytes;
  textStart = 0;
  textEnd = 0;
  #end = 0;
  #scratch = new Uint8Array(256);

  open(bytes: Uint8Array): void {
    this.bytes = this.text = bytes;
    this.textStart = this.textEnd = 0;
    this.at = 0;
    this.#end = bytes.length;
  }

  /** The first byte of the next token, which then is at `at`. */
  peek(): number {
    const { bytes, at } = this;
    if (at < this.#end) {
      const byte = bytes[at]!;
      if (byte > 0x20) return byte;
    }
    return bytes[(this.at = scan.blanksEnd(bytes, at, this.#end))]!;
  }

  /** Only blanks may follow. */
  finish(): void {
    scan.checkBlank(this.bytes, this.at, this.#end);
  }

  /** Enters an object; false where it has no members. `null` is an object without members. */
  objectStart(): boolean {
    return this.#start(scan.OPEN_OBJECT);
  }

  objectNext(): boolean {
    return this.#next(scan.CLOSE_OBJECT);
  }

  /** Enters an array; false where it has no elements. `null` is an array without elements. */
  arrayStart(): boolean {
    return this.#start(scan.OPEN_ARRAY);
  }

  arrayNext(): boolean {
    return this.#next(scan.CLOSE_ARRAY);
  }

  /** Reads a member's key up to its value, and says which of the fields it names, if any. */
  field<Name extends string>(fields: JsonFields<Name>): Name | typeof NO_FIELD {
    const guess = fields.last?.next;
    if (guess !== undefined) {
      const { member } = guess;
      const { bytes, at } = this;
      const { length } = member;
      if (at + length < this.#end) {
        let matched = 0;
        while (matched < length && member[matched] === bytes[at + matched]) matched++;
        if (matched === length) {
          this.at = at + length;
          fields.last = guess;
          return guess.name;
        }
      }
    }
    this.key();
    return fields.named(this.text, this.textStart, this.textEnd);
  }

  /** Reads a member's key up to its value: it is the reader's text. */
  key(): void {
    if (this.peek() !== scan.QUOTE) throw this.#unexpected();
    this.#string();
    if (this.peek() !== scan.COLON) throw this.#unexpected();
    this.at++;
  }

  /** Consumes `null`, if that is what comes next. */
  isNull(): boolean {
    if (this.peek() !== scan.LOWER_N) return false;
    this.at = scan.literalEnd(scan.NULL, this.bytes, this.at, this.#end);
    return true;
  }

  /** Reads a string, or `null` as an empty one. */
  string(): void {
    if (this.peek() === scan.QUOTE) this.#string();
    else if (this.isNull()) this.clearText();
    else throw this.#unexpected();
  }

  /** Reads the characters of a string or a number, or `null` as none. */
  scalar(): void {
    const first = this.peek();
    if (first === scan.QUOTE || first === scan.LOWER_N) {
      this.string();
      return;
    }
    this.text = this.bytes;
    this.textStart = this.at;
    this.textEnd = this.at = numberEnd(this.bytes, this.at, this.#end);
  }

  /** Reads a boolean; `null` is false. */
  boolean(): boolean {
    const first = this.peek();
    if (first === scan.LOWER_T) this.at = scan.literalEnd(scan.TRUE, this.bytes, this.at, this.#end);
    else if (first === scan.LOWER_F) this.at = scan.literalEnd(scan.FALSE, this.bytes, this.at, this.#end);
    else if (!this.isNull()) throw this.#unexpected();
    return first === scan.LOWER_T;
  }

  /** Reads an enumeration: a number, or one of `names` by its position. What is neither, or unknown, is 0. */
  enumeration(names: readonly string[]): number {
    this.scalar();
    if (this.textEnd - this.textStart === 1) {
      const digit = this.text[this.textStart]! - 0x30;
      return digit > 0 && digit < names.length ? digit : 0;
    }
    if (this.textEnd - this.textStart > ENUMERATION_BYTES_MAX) return 0;
    const word = latin1(this.text, this.textStart, this.textEnd);
    const value = /^\d/.test(word) ? Number(word) : names.indexOf(word);
    return value > 0 && value < names.length && Number.isInteger(value) ? value : 0;
  }

  /** Makes the text read last an empty one. */
  clearText(): void {
    this.textEnd = this.textStart;
  }

  /** Whether the text read last is `wanted`. */
  isText(wanted: Uint8Array): boolean {
    const { text, textStart } = this;
    if (this.textEnd - textStart !== wanted.length) return false;
    for (let i = 0; i < wanted.length; i++) if (text[textStart + i] !== wanted[i]) return false;
    return true;
  }

  /** Skips one value of any kind, checking its grammar. */
  skip(): void {
    this.at = scan.valueEnd(this.bytes, this.at, this.#end);
  }

  #start(opener: number): boolean {
    if (this.peek() !== opener) {
      if (this.isNull()) return false;
      throw this.#unexpected();
    }
    this.at++;
    // Both closing brackets are two after their opening ones.
    if (this.peek() !== opener + 2) return true;
    this.at++;
    return false;
  }

  #next(closer: number): boolean {
    const byte = this.peek();
    if (byte !== scan.COMMA && byte !== closer) throw this.#unexpected();
    this.at++;
    return byte === scan.COMMA;
  }

  #string(): void {
    const start = this.at + 1;
    const quote = scan.quoteAt(this.bytes, start, this.#end);
    if (quote >= 0) {
      this.at = quote + 1;
      this.text = this.bytes;
      this.textStart = start;
      this.textEnd = quote;
      return;
    }
    const end = -quote;
    this.at = end + 1;
    // Text never grows by being unescaped.
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array((end - start) * 2);
    this.text = this.#scratch;
    this.textStart = 0;
    this.textEnd = unescape(this.bytes, start, end, this.#scratch);
  }

  #unexpected(): Error {
    return scan.unexpected(this.bytes[this.at]!, this.at);
  }
}
