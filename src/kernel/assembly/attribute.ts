/** Attributes of a span: those whose key is wanted become hits, all others are stepped over. */
import {
  HIT_COUNT,
  HITS,
  HITS_MAX,
  COUNTS,
  KEY_BYTES,
  KEY_FILTER,
  KEY_HEADS,
  KEY_LENGTHS,
  KEY_NEXT,
  KEY_STARTS,
  OVERSIZED,
  ROW_BITS,
} from '../layout.ts';
import { intern, isEqual } from './text-table.ts';
import { contentAt, lengthEnd, skip, tag, tagEnd } from './wire.ts';

const KEY: u32 = 0x0a;
const VALUE: u32 = 0x12;
/** SPAN_ATTRIBUTES_MAX, SPAN_ATTRIBUTE_BYTES_MAX. */
export const ATTRIBUTES_MAX: u32 = 128;
export const VALUE_BYTES_MAX: usize = 4096;

let hits: u32 = 0;

export function prepareHits(): void {
  hits = 0;
}

export function publishHits(): void {
  store<u32>(COUNTS + HIT_COUNT * 4, hits);
}

/** Hits so far, and taking back those from a number on. */
export function hitCount(): u32 {
  return hits;
}

export function truncateHits(count: u32): void {
  hits = count;
}

/** Whether `[start, end)` may be a wanted key: AttributeKeys.mayHold. */
export function mayHold(start: usize, end: usize): bool {
  const length = end - start;
  if (length - 1 >= 127) return true;
  return ((load<u32>(length << 2, KEY_FILTER) >> load<u8>(end - 1)) & 1) != 0;
}

/** Reads the attribute `[start, end)` of a row; false where it is not the kernel's. */
export function readAttribute(start: usize, end: usize, row: u32): bool {
  const keyStart = start + 2;
  const keyEnd = keyStart + load<u8>(start + 1);
  if (
    load<u8>(start) == KEY &&
    load<u8>(start + 1) < 0x80 &&
    keyEnd + 2 <= end &&
    load<u8>(keyEnd) == VALUE
  ) {
    if (lengthEnd(keyEnd + 1, end) == end) return addHit(keyStart, keyEnd, contentAt, end, row);
  }
  return readKeyValue(start, end, row);
}

/** The same where key and value stand in another order, or beside other things: of fields that occur twice the last holds. */
function readKeyValue(start: usize, end: usize, row: u32): bool {
  let keyStart: usize = 0;
  let keyEnd: usize = 0;
  let valueStart: usize = 0;
  let valueEnd: usize = 0;
  for (let at = start; at < end;) {
    at = tagEnd(at, end);
    if (at == 0) return false;
    at = skip(at, end);
    if (at == 0) return false;
    if (tag == KEY) {
      keyStart = contentAt;
      keyEnd = at;
    } else if (tag == VALUE) {
      valueStart = contentAt;
      valueEnd = at;
    }
  }
  return addHit(keyStart, keyEnd, valueStart, valueEnd, row);
}

function addHit(keyStart: usize, keyEnd: usize, start: usize, end: usize, row: u32): bool {
  if (end - start > VALUE_BYTES_MAX && !measure(start, end, row)) return false;
  return addKeyed(keyStart, keyEnd, start, end, row);
}

/** Adds a hit with the value, or whatever else says it, in `[start, end)`, where somebody wants the key. False where there is no room. */
export function addKeyed(keyStart: usize, keyEnd: usize, start: usize, end: usize, row: u32): bool {
  if (!mayHold(keyStart, keyEnd)) return true;
  const column = columnOf(keyStart, keyEnd - keyStart);
  if (column < 0) return true;
  if (hits == HITS_MAX) return false;
  const hit = hits++ << 4;
  store<u32>(hit, (column << ROW_BITS) | row, HITS);
  store<u32>(hit, intern(start, end), HITS + 4);
  store<u32>(hit, <u32>start, HITS + 8);
  store<u32>(hit, <u32>end, HITS + 12);
  return true;
}

/** Marks the row of a value that is too long. A value that is not one length and its content is not the kernel's. */
function measure(start: usize, end: usize, row: u32): bool {
  const kind: u32 = load<u8>(start);
  if (kind != 0x0a && kind != 0x2a && kind != 0x32 && kind != 0x3a) return false;
  if (lengthEnd(start + 1, end) != end) return false;
  if (end - contentAt > VALUE_BYTES_MAX) store<u8>(row, 1, OVERSIZED);
  return true;
}

/** The column of a key, or -1. */
function columnOf(start: usize, length: usize): i32 {
  const chain: usize = length < <usize>KEY_LENGTHS ? length : KEY_LENGTHS - 1;
  let column: i32 = load<i32>(chain << 2, KEY_HEADS) - 1;
  while (column >= 0) {
    const known: usize = load<u32>(column << 2, KEY_STARTS);
    if (load<u32>(column << 2, KEY_STARTS + 4) - known == length && isEqual(start, KEY_BYTES + known, length))
      return column;
    column = load<i32>(column << 2, KEY_NEXT) - 1;
  }
  return -1;
}
