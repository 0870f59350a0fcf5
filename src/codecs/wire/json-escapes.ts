/** Escapes of JSON strings, over bytes: what is inside the quotes comes in, UTF-8 goes out. */
import { DecodeError } from '../decode-error.ts';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const REPLACEMENT = 0xfffd;

/** What the one-letter escapes stand for; 0 where there is no such escape. */
const LETTERS = new Uint8Array(256);
for (const [letter, text] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}))
  LETTERS[letter.charCodeAt(0)] = text.charCodeAt(0);

/** Where the escape that starts with the backslash at `at` ends. Throws where it is none. */
export function escapeEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) throw new DecodeError('truncated', `JSON ends at byte ${end} inside an escape`);
  const letter = bytes[at + 1]!;
  if (LETTERS[letter] !== 0) return at + 2;
  if (letter !== LOWER_U) throw new DecodeError('malformed', `no such JSON escape at byte ${at}`);
  if (at + 6 > end) throw new DecodeError('truncated', `JSON ends at byte ${end} inside an escape`);
  if (codeUnit(bytes, at) < 0)
    throw new DecodeError('malformed', `JSON escape without four digits at byte ${at}`);
  return at + 6;
}

/** Writes `bytes[start, end)`, whose escapes are well formed, unescaped from the beginning of `into`; returns its length. */
export function unescape(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let length = 0;
  for (let at = start; at < end;) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH) {
      into[length++] = byte;
      at++;
    } else if (bytes[at + 1] !== LOWER_U) {
      into[length++] = LETTERS[bytes[at + 1]!]!;
      at += 2;
    } else {
      let point = codeUnit(bytes, at);
      at += 6;
      if (point >= 0xd800 && point < 0xe000) {
        const low = point < 0xdc00 && bytes[at] === BACKSLASH && at < end ? codeUnit(bytes, at) : -1;
        if (low >= 0xdc00 && low < 0xe000) {
          point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        } else point = REPLACEMENT;
      }
      length = writePoint(point, into, length);
    }
  }
  return length;
}

/** The code unit of the `\uXXXX` at `at`, or -1 where that is not what stands there. */
function codeUnit(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] !== LOWER_U) return -1;
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const byte = bytes[i]!;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) unit = unit * 16 + (byte - 0x30);
    else if (lower >= 0x61 && lower <= 0x66) unit = unit * 16 + (lower - 0x57);
    else return -1;
  }
  return unit;
}

function writePoint(point: number, into: Uint8Array, at: number): number {
  if (point < 0x80) {
    into[at++] = point;
  } else if (point < 0x800) {
    into[at++] = 0xc0 | (point >> 6);
    into[at++] = 0x80 | (point & 0x3f);
  } else if (point < 0x10000) {
    into[at++] = 0xe0 | (point >> 12);
    into[at++] = 0x80 | ((point >> 6) & 0x3f);
    into[at++] = 0x80 | (point & 0x3f);
  } else {
    into[at++] = 0xf0 | (point >> 18);
    into[at++] = 0x80 | ((point >> 12) & 0x3f);
    into[at++] = 0x80 | ((point >> 6) & 0x3f);
    into[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}
