/**
 * JSON's tokens over bytes, as pure functions from where one starts to where it ends. Each throws DecodeError where the bytes before
 * `end` are not what it scans for; none recurses.
 */
import { DEPTH_MAX } from '../../limits.ts';
import { DecodeError } from '../decode-error.ts';
import { numberEnd } from './decimal.ts';
import { escapeEnd } from './json-escapes.ts';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;
export const TRUE = new TextEncoder().encode('true');
export const FALSE = new TextEncoder().encode('false');
export const NULL = new TextEncoder().encode('null');
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** 1 for the bytes that end a plain run of a string: the quote, the backslash and control characters. */
const STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE || byte === BACKSLASH || byte < SPACE ? 1 : 0,
);
/** The closing brackets `valueEnd` waits for: it calls nobody who scans, so one stack serves all. */
const closers = new Uint8Array(DEPTH_MAX);

/** Where the next token starts. */
export function blanksEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > SPACE) return at;
    if (!isBlank(byte)) throw unexpected(byte, at);
  }
  throw new DecodeError('truncated', `JSON ends at byte ${end} inside a value`);
}

/** Throws where anything but blanks follows. */
export function checkBlank(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) if (!isBlank(bytes[at]!)) throw unexpected(bytes[at]!, at);
}

/** Where the string whose quote is just before `start` has its closing quote; the negative of that where it has escapes. */
export function quoteAt(bytes: Uint8Array, start: number, end: number): number {
  let sign = 1;
  let at = start;
  for (;;) {
    while (at < end && STOPS[bytes[at]!] === 0) at++;
    if (at >= end) break;
    const byte = bytes[at]!;
    if (byte === QUOTE) return at * sign;
    if (byte !== BACKSLASH) throw unexpected(byte, at);
    sign = -1;
    at = escapeEnd(bytes, at, end);
  }
  throw new DecodeError('truncated', `JSON ends at byte ${end} inside a string`);
}

export function literalEnd(literal: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (const byte of literal) {
    if (at >= end) throw new DecodeError('truncated', `JSON ends at byte ${end} inside a literal`);
    if (bytes[at] !== byte) throw unexpected(bytes[at]!, at);
    at++;
  }
  return at;
}

/** Where the value of any kind that starts at `start`, blanks before it included, ends. */
export function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    let byte = at < end ? bytes[at]! : 0;
    if (byte <= SPACE) byte = bytes[(at = blanksEnd(bytes, at, end))]!;
    if (byte === QUOTE) {
      const quote = quoteAt(bytes, at + 1, end);
      at = (quote < 0 ? -quote : quote) + 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (depth === DEPTH_MAX)
        throw new DecodeError('too_deep', `JSON nests deeper than ${DEPTH_MAX} at byte ${at}`);
      // Both closing brackets are two after their opening ones.
      closers[depth++] = byte + 2;
      at = blanksEnd(bytes, at + 1, end);
      if (bytes[at] !== byte + 2) {
        if (byte === OPEN_OBJECT) at = keyEnd(bytes, at, end);
        continue;
      }
    } else at = plainEnd(byte, bytes, at, end);
    for (;;) {
      if (depth === 0) return at;
      byte = at < end ? bytes[at]! : 0;
      if (byte <= SPACE) byte = bytes[(at = blanksEnd(bytes, at, end))]!;
      at++;
      if (byte === COMMA) break;
      if (byte !== closers[--depth]) throw unexpected(byte, at - 1);
    }
    if (closers[depth - 1] === CLOSE_OBJECT) at = keyEnd(bytes, blanksEnd(bytes, at, end), end);
  }
}

export function unexpected(byte: number, at: number): DecodeError {
  return new DecodeError(
    'malformed',
    `unexpected byte 0x${byte.toString(16).padStart(2, '0')} at ${at} in JSON`,
  );
}

/** Where the value of the member whose key starts at `at` may start. */
function keyEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== QUOTE) throw unexpected(bytes[at]!, at);
  const quote = quoteAt(bytes, at + 1, end);
  const colon = blanksEnd(bytes, (quote < 0 ? -quote : quote) + 1, end);
  if (bytes[colon] !== COLON) throw unexpected(bytes[colon]!, colon);
  return colon + 1;
}

function plainEnd(first: number, bytes: Uint8Array, at: number, end: number): number {
  switch (first) {
    case LOWER_T:
      return literalEnd(TRUE, bytes, at, end);
    case LOWER_F:
      return literalEnd(FALSE, bytes, at, end);
    case LOWER_N:
      return literalEnd(NULL, bytes, at, end);
    default:
      return numberEnd(bytes, at, end);
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
