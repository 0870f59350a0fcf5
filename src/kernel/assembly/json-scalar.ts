/** Ids, times and enumerations in JSON, as producers write them. What reads one returns where it ends; 0 where it is not the kernel's. */
import { IDS } from '../layout.ts';
import { UNKNOWN } from '../members.ts';
import { QUOTE, quoteAt, ZERO } from './json.ts';
import { memberNamed } from './json-member.ts';

/** Any number of so many digits fits 64 bits. */
const DIGITS_MAX: usize = 19;

/** The time read last, ns. */
export let time: u64 = 0;
/** The value of the enumeration read last. */
export let value: u32 = 0;

/** Reads an id of 32 hexadecimal digits into the row's words at `word`; one of no digits leaves them zero. */
export function traceIdEnd(at: usize, word: u32): usize {
  if (load<u8>(at) != QUOTE) return 0;
  if (load<u8>(at + 1) == QUOTE) return at + 2;
  const high = v128.load(at + 1);
  const low = v128.load(at + 17);
  if (load<u8>(at + 33) != QUOTE || !areHex(high) || !areHex(low)) return 0;
  const id = i8x16.narrow_i16x8_u(pairs(high), pairs(low));
  v128.store(word, i8x16.shuffle(id, id, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12), IDS);
  return at + 34;
}

/** The same of 16 digits. */
export function spanIdEnd(at: usize, word: u32): usize {
  if (load<u8>(at) != QUOTE) return 0;
  if (load<u8>(at + 1) == QUOTE) return at + 2;
  const digits = v128.load(at + 1);
  if (load<u8>(at + 17) != QUOTE || !areHex(digits)) return 0;
  const id = i8x16.narrow_i16x8_u(pairs(digits), pairs(digits));
  store<u64>(word, rotr<u64>(bswap<u64>(<u64>i64x2.extract_lane(id, 0)), 32), IDS);
  return at + 18;
}

function areHex(bytes: v128): bool {
  return i8x16.all_true(v128.or(areDecimal(bytes), areLetters(bytes)));
}

function areDecimal(bytes: v128): v128 {
  return i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(10));
}

function areLetters(bytes: v128): v128 {
  return i8x16.lt_u(i8x16.sub(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(6));
}

/** Eight numbers below 256, each of two digits: the first is the lower byte of its lane. */
function pairs(digits: v128): v128 {
  const nibbles = i8x16.add(
    v128.and(digits, i8x16.splat(0x0f)),
    v128.and(areLetters(digits), i8x16.splat(9)),
  );
  return v128.and(v128.or(i16x8.shl(nibbles, 4), i16x8.shr_u(nibbles, 8)), i16x8.splat(0xff));
}

/** Reads a time: a string of digits, as which 64 bits are written, or a number of digits alone. */
export function timeEnd(at: usize): usize {
  if (load<u8>(at) != QUOTE) {
    const stop = decimalEnd(at);
    return load<u8>(at) == ZERO && stop > at + 1 ? 0 : stop;
  }
  const first = load<u64>(at + 1);
  const second = load<u64>(at + 9);
  if (load<u8>(at + 20) == QUOTE && areDigits(first) && areDigits(second)) {
    // All times from 2001 to 2286 have 19 digits.
    const hundreds = <u32>load<u8>(at + 17) - ZERO;
    const tens = <u32>load<u8>(at + 18) - ZERO;
    const ones = <u32>load<u8>(at + 19) - ZERO;
    if (hundreds > 9 || tens > 9 || ones > 9) return 0;
    time =
      (eightDigits(first) * 100_000_000 + eightDigits(second)) * 1000 + (hundreds * 100 + tens * 10 + ones);
    return at + 21;
  }
  at = decimalEnd(at + 1);
  return load<u8>(at) == QUOTE ? at + 1 : 0;
}

/** Reads digits, of which there must be some. Without any it returns 0, where no quote lies. */
function decimalEnd(at: usize): usize {
  const start = at;
  time = 0;
  while (true) {
    const digit = <u32>load<u8>(at) - ZERO;
    if (digit > 9) return at > start ? at : 0;
    if (at - start == DIGITS_MAX) return 0;
    time = time * 10 + digit;
    at++;
  }
}

function areDigits(word: u64): bool {
  const beyond = word + 0x0606060606060606;
  return ((word & 0xf0f0f0f0f0f0f0f0) | ((beyond & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333;
}

/** Neighbours are added up: digits to pairs, these to fours, these to the number. */
function eightDigits(word: u64): u64 {
  word = ((word & 0x0f0f0f0f0f0f0f0f) * 2561) >> 8;
  word = ((word & 0x00ff00ff00ff00ff) * 6553601) >> 16;
  return ((word & 0x0000ffff0000ffff) * 42949672960001) >> 32;
}

/** Reads an enumeration: a digit, or one of the names of `names`. A digit beyond `max` is a later version's, and 0 to this one. */
export function enumerationEnd(at: usize, max: u32, names: u32): usize {
  const digit = <u32>load<u8>(at) - ZERO;
  if (digit <= 9) {
    value = digit <= max ? digit : 0;
    return at + 1;
  }
  if (load<u8>(at) != QUOTE) return 0;
  const quote = quoteAt(at + 1);
  if (quote == 0) return 0;
  const known = memberNamed(at, quote + 1, names);
  value = known - names - 1;
  return known != UNKNOWN ? quote + 1 : 0;
}
