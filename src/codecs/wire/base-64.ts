/** Reads base64 of both alphabets, with padding or without. Anything else is a DecodeError. */
import { DecodeError } from '../decode-error.ts';

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;
const INVALID = 64;
const VALUES = new Uint8Array(256).fill(INVALID);
for (const [value, letter] of ALPHABET.entries()) VALUES[letter] = value;
VALUES['-'.charCodeAt(0)] = 62;
VALUES['_'.charCodeAt(0)] = 63;

/** Writes the bytes `text[start, end)` stands for to the beginning of `into`, as many as fit, and returns how many they are in all. */
export function decodeBase64(text: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let stop = end;
  while (stop > start && end - stop < 2 && text[stop - 1] === PADDING) stop--;
  if ((stop !== end && (end - start) % 4 !== 0) || (stop - start) % 4 === 1) throw notBase64();
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  for (let at = start; at < stop; at++) {
    const value = VALUES[text[at]!]!;
    if (value === INVALID) throw notBase64();
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      if (length < into.length) into[length] = (bits >> bitCount) & 0xff;
      length++;
    }
  }
  return length;
}

function notBase64(): DecodeError {
  return new DecodeError('malformed', 'not base64');
}
