/** Arrow's columns, each made from one of ours. Nothing is nullable. */
import assert from 'node:assert/strict';
import {
  type Data,
  type DataType,
  Field,
  FixedSizeBinary,
  Int16,
  List,
  Uint32,
  Uint64,
  Utf8,
  makeData,
} from 'apache-arrow';
import type { ColumnType } from './table.ts';

export type Whole = readonly (number | bigint)[] | Float64Array;

export const ENCODERS: Readonly<Record<ColumnType, (values: never) => Data>> = {
  text: utf8,
  string: utf8,
  time: seconds,
  u64: uint64,
  u128: uint128,
  i16s: (values: readonly (readonly number[])[]) => list(values, int16(flatNumbers(values))),
  u64s: (values: readonly Whole[]) => list(values, uint64(flatNumbers(values))),
  strings: (values: readonly (readonly string[])[]) => list(values, utf8(flatTexts(values))),
};

/** Where texts are encoded before they are copied at their length: what they may take is three times what they mostly do. */
const scratch = Buffer.allocUnsafeSlow(2 ** 21);

/** Texts of a column met lately, each where a cheap hash says, and where its bytes are. */
const KNOWN_BITS = 10;
const known = new Array<string>(2 ** KNOWN_BITS).fill('');
const knownFrom = new Int32Array(2 ** KNOWN_BITS);
const knownTo = new Int32Array(2 ** KNOWN_BITS);

/** Most columns say the same few texts again and again, and to copy one takes 40 ns where to encode it takes 90 to 170. */
export function utf8(values: readonly string[]): Data<Utf8> {
  const valueOffsets = new Int32Array(values.length + 1);
  let chars = 0;
  for (const value of values) chars += value.length;
  // A UTF-16 code unit takes at most three bytes.
  const bytes = chars * 3 <= scratch.length ? scratch : Buffer.allocUnsafe(chars * 3);
  // Nothing is known of these bytes yet but the text that takes none.
  known.fill('');
  knownTo.set(knownFrom);
  let end = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const at = placeOf(value);
    if (known[at] === value) {
      const from = knownFrom[at]!;
      const to = knownTo[at]!;
      bytes.copyWithin(end, from, to);
      end += to - from;
    } else {
      known[at] = value;
      knownFrom[at] = end;
      knownTo[at] = end += bytes.write(value, end);
    }
    valueOffsets[row + 1] = end;
  }
  return makeData({
    type: new Utf8(),
    length: values.length,
    nullCount: 0,
    valueOffsets,
    data: new Uint8Array(bytes.subarray(0, end)),
  });
}

/** By the characters that differ most: those at the end, and one amid. */
function placeOf(text: string): number {
  const { length } = text;
  if (length < 2) return length;
  const last = (text.charCodeAt(length - 1) << 16) ^ (text.charCodeAt(length - 2) << 8);
  return Math.imul(last ^ text.charCodeAt(length >> 1) ^ length, 0x9e3779b1) >>> (32 - KNOWN_BITS);
}

/** DateTime holds 1970 to 2106; a window outside sits at the nearest end of it. */
export function secondsOf(timeMs: number): number {
  return Math.min(Math.max(Math.floor(timeMs / 1000), 0), 0xffff_ffff);
}

function seconds(values: readonly number[] | Float64Array): Data<Uint32> {
  const data = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row++) data[row] = secondsOf(values[row]!);
  return makeData({ type: new Uint32(), length: data.length, nullCount: 0, data });
}

/** The largest double below 2^64. */
const UINT64_MAX = 2 ** 64 - 2 ** 11;

export function uint64(values: Whole): Data<Uint64> {
  const data = new BigUint64Array(values.length);
  const words = new Uint32Array(data.buffer);
  // Apart, so that the loop over what is much knows how it lies.
  if (values instanceof Float64Array)
    for (let row = 0; row < values.length; row++) setWhole(words, row * 2, values[row]!);
  else
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (typeof value === 'bigint') data[row] = value;
      else setWhole(words, row * 2, value);
    }
  return makeData({ type: new Uint64(), length: values.length, nullCount: 0, data });
}

/** Durations and weights come from whoever sends spans: what is larger than 64 bits hold is written as the most they hold. */
function setWhole(words: Uint32Array, at: number, value: number): void {
  if (value < 0 || !Number.isInteger(value)) assert.fail(`BUG: ${value} is no whole number`);
  const held = Math.min(value, UINT64_MAX);
  words[at] = held >>> 0;
  words[at + 1] = (held / 0x1_0000_0000) >>> 0;
}

/** Little-endian, as ClickHouse keeps it. */
function uint128(values: readonly bigint[]): Data<FixedSizeBinary> {
  const words = new BigUint64Array(values.length * 2);
  for (const [row, value] of values.entries()) {
    words[row * 2] = value;
    words[row * 2 + 1] = value >> 64n;
  }
  const data = new Uint8Array(words.buffer);
  return makeData({ type: new FixedSizeBinary(16), length: values.length, nullCount: 0, data });
}

function int16(values: Whole): Data<Int16> {
  const data = new Int16Array(values as readonly number[]);
  return makeData({ type: new Int16(), length: values.length, nullCount: 0, data });
}

function list<D extends DataType>(values: readonly { readonly length: number }[], child: Data<D>): Data {
  const valueOffsets = new Int32Array(values.length + 1);
  for (let row = 0; row < values.length; row++)
    valueOffsets[row + 1] = valueOffsets[row]! + values[row]!.length;
  const type = new List(new Field('item', child.type, false));
  return makeData({ type, length: values.length, nullCount: 0, valueOffsets, child });
}

/** `flat`, several times faster. */
function flatTexts(lists: readonly (readonly string[])[]): readonly string[] {
  const flat = new Array<string>(lists.reduce((length, list) => length + list.length, 0));
  let at = 0;
  for (const list of lists) for (const text of list) flat[at++] = text;
  return flat;
}

/** `flat`, several times faster: histograms are most of what is written. */
function flatNumbers(values: readonly Whole[]): Whole {
  if (values.some((row) => typeof row[0] === 'bigint')) return values.flatMap((row) => [...row]);
  const flat = new Float64Array(values.reduce((length, row) => length + row.length, 0));
  let at = 0;
  for (const row of values) for (const value of row) flat[at++] = value as number;
  return flat;
}
