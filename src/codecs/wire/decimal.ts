/**
 * Numbers from their decimal digits, over bytes: 64-bit integers exact as two 32-bit halves (with or without a fraction or an
 * exponent, as long as the value is whole), doubles as JavaScript reads them. Digits that are no such number are a DecodeError.
 */
import { DecodeError } from '../decode-error.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const TWO_32 = 0x1_0000_0000;
/** An integer spelled with a point or an exponent is at most this long: 20 digits, and room for zeros. */
const SPELLED_BYTES_MAX = 64;

/** A whole number of magnitude `high * 2^32 + low` and its sign. */
export class Integer64 {
  isNegative = false;
  high = 0;
  low = 0;

  set(high: number, low: number): void {
    this.isNegative = false;
    this.high = high;
    this.low = low;
  }

  /** Reads `bytes[start, end)`; no digits at all read as zero. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.set(0, 0);
    if (start === end) return;
    let at = start;
    if (bytes[at] === MINUS) {
      this.isNegative = true;
      at++;
    }
    if (at === end) throw notANumber(bytes, start, end);
    let high = 0;
    let low = 0;
    while (at < end) {
      // Six digits a step: 2^32 * 10^6 is still exact in a double.
      let chunk = 0;
      let scale = 1;
      for (const stop = Math.min(at + 6, end); at < stop; at++) {
        const digit = bytes[at]! - ZERO;
        if (digit < 0 || digit > 9) {
          this.#readSpelled(bytes, start, end);
          return;
        }
        chunk = chunk * 10 + digit;
        scale *= 10;
      }
      const lowWide = low * scale + chunk;
      const carry = Math.floor(lowWide / TWO_32);
      low = lowWide - carry * TWO_32;
      high = high * scale + carry;
      if (high >= TWO_32) throw new DecodeError('malformed', 'an integer does not fit 64 bits');
    }
    this.high = high;
    this.low = low;
  }

  /** Throws where the value does not fit a signed 64-bit integer. */
  checkSigned(): void {
    if (this.high < 0x8000_0000 || (this.isNegative && this.high === 0x8000_0000 && this.low === 0)) return;
    throw new DecodeError('malformed', 'an integer does not fit 64 bits');
  }

  /** Throws where the value is negative. */
  checkUnsigned(): void {
    if (this.isNegative && (this.high !== 0 || this.low !== 0))
      throw new DecodeError('malformed', 'a negative number where none may be');
  }

  /** As a double: exact up to 2^53. */
  get value(): number {
    const magnitude = this.high * TWO_32 + this.low;
    return this.isNegative ? -magnitude : magnitude;
  }

  /** The decimal digits, with a sign where negative. */
  text(): string {
    const isExact = this.high < 0x20_0000;
    const magnitude = isExact ? this.high * TWO_32 + this.low : (BigInt(this.high) << 32n) | BigInt(this.low);
    return this.isNegative && magnitude !== 0 ? `-${magnitude}` : String(magnitude);
  }

  #readSpelled(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > SPELLED_BYTES_MAX) throw notANumber(bytes, start, end);
    const parts = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(latin1(bytes, start, end));
    if (parts === null) throw notANumber(bytes, start, end);
    const fraction = parts[2] ?? '';
    const exponent = Number(parts[3] ?? 0) - fraction.length;
    const digits = `${parts[1]!}${fraction}`;
    let value = BigInt(digits);
    if (value !== 0n) {
      if (Math.abs(exponent) > SPELLED_BYTES_MAX) throw notANumber(bytes, start, end);
      const power = 10n ** BigInt(Math.abs(exponent));
      if (exponent < 0 && value % power !== 0n) throw notANumber(bytes, start, end);
      value = exponent < 0 ? value / power : value * power;
    }
    if (value >> 64n !== 0n) throw new DecodeError('malformed', 'an integer does not fit 64 bits');
    this.high = Number(value >> 32n);
    this.low = Number(value & 0xffff_ffffn);
  }
}

/** A double: a JSON number, or one of the three words protobuf's JSON has for what JSON cannot say. No bytes are zero. */
export function readDouble(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const first = bytes[start]!;
  if (first !== MINUS && (first < ZERO || first > 0x39)) {
    const word = latin1(bytes, start, Math.min(end, start + 9));
    if (word === 'NaN' || word === 'Infinity') return Number(word);
    throw notANumber(bytes, start, end);
  }
  if (end - start === 9 && latin1(bytes, start, end) === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (numberEnd(bytes, start, end) !== end) throw notANumber(bytes, start, end);
  return Number(latin1(bytes, start, end));
}

/** Where the JSON number that starts at `at` ends. */
export function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  const start = at;
  if (bytes[at] === MINUS) at++;
  const integerAt = at;
  at = digitsEnd(bytes, at, end);
  if (bytes[integerAt] === ZERO && at > integerAt + 1) throw notANumber(bytes, start, end);
  if (at < end && bytes[at] === POINT) at = digitsEnd(bytes, at + 1, end);
  if (at < end && (bytes[at]! | 0x20) === LOWER_E) {
    at++;
    if (at < end && (bytes[at] === PLUS || bytes[at] === MINUS)) at++;
    at = digitsEnd(bytes, at, end);
  }
  return at;
}

/** The bytes as a string of one character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function digitsEnd(bytes: Uint8Array, at: number, end: number): number {
  const start = at;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= 0x39) at++;
  if (at > start) return at;
  if (at >= end) throw new DecodeError('truncated', `JSON ends at byte ${end} inside a number`);
  throw notANumber(bytes, start, end);
}

function notANumber(bytes: Uint8Array, start: number, end: number): DecodeError {
  return new DecodeError(
    'malformed',
    `not a number: ${JSON.stringify(latin1(bytes, start, Math.min(end, start + 24)))}`,
  );
}
