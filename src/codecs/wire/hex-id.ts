/** Ids from hexadecimal digits of either case, as big-endian 32-bit words. */
import { DecodeError } from '../decode-error.ts';
import type { JsonReader } from './json.ts';

const INVALID = 0xff;
const DIGITS = new Uint8Array(256).fill(INVALID);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

const ZERO = 0x30;
const padded = new Uint8Array(32);

/** Reads a string of hexadecimal digits as an id of `words` words from `into[at]` on; an empty one is zero. */
export function readHexId(json: JsonReader, into: Int32Array, at: number, words: number): void {
  json.string();
  const { text, textStart, textEnd } = json;
  if (textEnd - textStart === words * 8) readHexWords(text, textStart, into, at, at + words);
  else if (textStart === textEnd) into.fill(0, at, at + words);
  else throw new DecodeError('bad_id', `an id of ${textEnd - textStart} digits instead of ${words * 8}`);
}

/** Reads an id of which leading zeros may be left out, as Zipkin's producers do. */
export function readPaddedHexId(json: JsonReader, into: Int32Array, at: number, words: number): void {
  json.string();
  const { text, textStart, textEnd } = json;
  if (textEnd - textStart === words * 8) {
    readHexWords(text, textStart, into, at, at + words);
    return;
  }
  if (textEnd - textStart > words * 8)
    throw new DecodeError('bad_id', `an id of ${textEnd - textStart} digits, not ${words * 8}`);
  padded.fill(ZERO);
  padded.set(text.subarray(textStart, textEnd), words * 8 - (textEnd - textStart));
  readHexWords(padded, 0, into, at, at + words);
}

/** Reads eight digits a word. */
export function readHexWords(
  text: Uint8Array,
  start: number,
  into: Int32Array,
  firstWord: number,
  endWord: number,
): void {
  let digit = start;
  let seen = 0;
  for (let word = firstWord; word < endWord; word++) {
    let bits = 0;
    for (const stop = digit + 8; digit < stop; digit++) {
      const nibble = DIGITS[text[digit]!]!;
      seen |= nibble;
      bits = (bits << 4) | nibble;
    }
    into[word] = bits;
  }
  if (seen > 0xf) throw new DecodeError('bad_id', 'an id has other characters than hexadecimal digits');
}
