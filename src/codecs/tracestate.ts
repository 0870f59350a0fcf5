/**
 * Sampling weights: from the threshold in a W3C tracestate (`ot=th:8`), or from a probability. A weight is the adjusted count in
 * units of 1 / WEIGHT_ONE, rounded once to the nearest unit and capped, so that sums of weights are exact. What is malformed says
 * nothing: such a span weighs WEIGHT_ONE.
 */
import { WEIGHT_MAX } from '../limits.ts';
import { WEIGHT_ONE } from '../spans/span-batch.ts';

/** Thresholds and probabilities in use at one time are few: one per sampling rule. */
const REMEMBERED = 16;
const UNITS_MAX = BigInt(WEIGHT_MAX) * BigInt(WEIGHT_ONE);
const THRESHOLD_DIGITS = 14;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const COLON = 0x3a;
const EQUALS = 0x3d;
const SPACE = 0x20;
const TAB = 0x09;

const thresholdHigh = new Int32Array(REMEMBERED).fill(-1);
const thresholdLow = new Int32Array(REMEMBERED);
const thresholdWeight = new Float64Array(REMEMBERED);
const probabilityWeights = new Map<number, number>();

/** The weight the tracestate in `bytes[start, end)` gives. */
export function weightOfTracestate(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const comma = indexOf(bytes, COMMA, at, end);
    while (at < comma && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
    // Keys are unique in a tracestate, so the first member of the name is the only one.
    if (comma - at >= 3 && bytes[at] === 0x6f && bytes[at + 1] === 0x74 && bytes[at + 2] === EQUALS)
      return weightOfMember(bytes, at + 3, trimmedEnd(bytes, at, comma));
    at = comma + 1;
  }
  return WEIGHT_ONE;
}

/** The weight of a span that was sampled with probability `p`. */
export function weightOfProbability(p: number): number {
  if (!(p > 0 && p < 1)) return WEIGHT_ONE;
  const known = probabilityWeights.get(p);
  if (known !== undefined) return known;
  if (probabilityWeights.size >= REMEMBERED) probabilityWeights.clear();
  const [numerator, shift] = fractionOf(p);
  const weight = quotient(1n << BigInt(20 + shift), numerator);
  probabilityWeights.set(p, weight);
  return weight;
}

/** `ot` values are `key:value` pairs between semicolons. */
function weightOfMember(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const semicolon = indexOf(bytes, SEMICOLON, at, end);
    if (semicolon - at >= 3 && bytes[at] === 0x74 && bytes[at + 1] === 0x68 && bytes[at + 2] === COLON)
      return weightOfThreshold(bytes, at + 3, semicolon);
    at = semicolon + 1;
  }
  return WEIGHT_ONE;
}

/** `th` is a 56-bit threshold in 1 to 14 lower-case hex digits, trailing zeros left out. */
function weightOfThreshold(bytes: Uint8Array, start: number, end: number): number {
  const digits = end - start;
  if (digits < 1 || digits > THRESHOLD_DIGITS) return WEIGHT_ONE;
  let high = 0;
  let low = 0;
  for (let digit = 0; digit < THRESHOLD_DIGITS; digit++) {
    const value = digit < digits ? hexValue(bytes[start + digit]!) : 0;
    if (value < 0) return WEIGHT_ONE;
    if (digit < 7) high = high * 16 + value;
    else low = low * 16 + value;
  }
  if (high === 0 && low === 0) return WEIGHT_ONE;
  const slot = (high ^ low) & (REMEMBERED - 1);
  if (thresholdHigh[slot] === high && thresholdLow[slot] === low) return thresholdWeight[slot]!;
  const threshold = (BigInt(high) << 28n) | BigInt(low);
  thresholdHigh[slot] = high;
  thresholdLow[slot] = low;
  return (thresholdWeight[slot] = quotient(1n << 76n, (1n << 56n) - threshold));
}

/** The nearest integer to a quotient, ties up, and at most the largest weight. */
function quotient(dividend: bigint, divisor: bigint): number {
  const rounded = (2n * dividend + divisor) / (2n * divisor);
  return rounded > UNITS_MAX ? Number(UNITS_MAX) : Number(rounded);
}

/** A double in (0, 1) as a whole number over a power of two. */
function fractionOf(p: number): readonly [numerator: bigint, shift: number] {
  let numerator = p;
  let shift = 0;
  // Doubling is exact.
  for (; !Number.isInteger(numerator); shift++) numerator *= 2;
  return [BigInt(numerator), shift];
}

function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && (bytes[trimmed - 1] === SPACE || bytes[trimmed - 1] === TAB)) trimmed--;
  return trimmed;
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
