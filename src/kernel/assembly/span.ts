/** A span: its fields into a row of the columns. */
import {
  COUNTS,
  DURATION_US,
  END_US,
  IDS,
  KIND,
  LINK_COUNT,
  LINKS,
  NAME,
  NAME_END,
  NAME_START,
  OVERSIZED,
  REVERSED,
  SPOTS_MAX,
  START_US,
  STATUS,
  TRACESTATE_COUNT,
  TRACESTATES,
} from '../layout.ts';
import { mayHold, readAttribute } from './attribute.ts';
import { intern } from './text-table.ts';
import { contentAt, lengthEnd, low, skip, tag, tagEnd, varintEnd } from './wire.ts';

const KIND_MAX: u32 = 5;
const STATUS_CODE_MAX: u32 = 2;
const STATUS_CODE: u32 = 0x18;
/** SPAN_ATTRIBUTES_MAX. */
const ATTRIBUTES_MAX: u32 = 128;

let tracestates: u32 = 0;
let links: u32 = 0;

export function prepareSpots(): void {
  tracestates = links = 0;
}

export function publishSpots(): void {
  store<u32>(COUNTS + TRACESTATE_COUNT * 4, tracestates);
  store<u32>(COUNTS + LINK_COUNT * 4, links);
}

/** Reads the span `[at, end)` into a row; false where it is not the kernel's. */
export function readSpan(at: usize, end: usize, row: u32, wantsLinks: bool): bool {
  const ids = row << 5;
  clearRow(row);
  let startNs: u64 = 0;
  let endNs: u64 = 0;
  let nameStart: usize = 0;
  let nameEnd: usize = 0;
  let attributes: u32 = 0;
  while (at < end) {
    const first: u32 = load<u8>(at);
    if (first == 0x4a) {
      attributes++;
      at = attributeEnd(at + 1, end, row);
      if (at == 0) return false;
      continue;
    }
    switch (first) {
      case 0x0a:
      case 0x12:
      case 0x22:
        at = readId(first, at + 1, end, ids);
        break;
      case 0x2a:
        at = lengthEnd(at + 1, end);
        nameStart = contentAt;
        nameEnd = at;
        break;
      case 0x30:
        at = varintEnd(at + 1, end);
        store<u8>(row, low <= KIND_MAX ? low : 0, KIND);
        break;
      case 0x39:
        startNs = load<u64>(at + 1);
        at = at + 9 <= end ? at + 9 : 0;
        break;
      case 0x41:
        endNs = load<u64>(at + 1);
        at = at + 9 <= end ? at + 9 : 0;
        break;
      default:
        at = readOther(at, end, row, wantsLinks);
    }
    if (at == 0) return false;
  }
  if (attributes > ATTRIBUTES_MAX) store<u8>(row, 1, OVERSIZED);
  setName(row, nameStart, nameEnd);
  setTimes(row, startNs, endNs);
  return true;
}

/** Reads the attribute whose length stands at `at`. */
function attributeEnd(at: usize, end: usize, row: u32): usize {
  const length: usize = load<u8>(at);
  let start = at + 1;
  let stop = start + length;
  if (length < 0x80) {
    if (stop > end) return 0;
    // Nearly all attributes are short, begin with their key, and are nobody's.
    if (load<u8>(start) == 0x0a) {
      const keyEnd = start + 2 + load<u8>(start + 1);
      if (keyEnd <= stop && !mayHold(start + 2, keyEnd)) return stop;
    }
  } else {
    stop = lengthEnd(at, end);
    if (stop == 0) return 0;
    start = contentAt;
  }
  return readAttribute(start, stop, row) ? stop : 0;
}

function clearRow(row: u32): void {
  v128.store(row << 5, i64x2.splat(0), IDS);
  v128.store(row << 5, i64x2.splat(0), IDS + 16);
  store<u8>(row, 0, KIND);
  store<u8>(row, 0, STATUS);
  store<u8>(row, 0, OVERSIZED);
}

function setName(row: u32, start: usize, end: usize): void {
  store<u32>(row << 2, intern(start, end), NAME);
  store<u32>(row << 2, <u32>start, NAME_START);
  store<u32>(row << 2, <u32>end, NAME_END);
}

/** Ids become big-endian words; one of no bytes is zero. */
function readId(first: u32, at: usize, end: usize, ids: u32): usize {
  const stop = lengthEnd(at, end);
  if (stop == 0) return 0;
  const length = stop - contentAt;
  if (first == 0x0a) {
    if (length != 16 && length != 0) return 0;
    const id = length == 0 ? i64x2.splat(0) : v128.load(contentAt);
    v128.store(ids, inWords(id), IDS);
    return stop;
  }
  if (length != 8 && length != 0) return 0;
  const id = length == 0 ? i64x2.splat(0) : v128.load64_zero(contentAt);
  store<u64>(ids + (first == 0x12 ? 16 : 24), i64x2.extract_lane(inWords(id), 0), IDS);
  return stop;
}

function inWords(id: v128): v128 {
  return i8x16.shuffle(id, id, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Status, tracestate, links, and what nobody asks for. */
function readOther(at: usize, end: usize, row: u32, wantsLinks: bool): usize {
  const content = tagEnd(at, end);
  if (content == 0) return 0;
  const stop = skip(content, end);
  if (stop == 0) return 0;
  if (tag == 0x7a) return readStatus(contentAt, stop, row) ? stop : 0;
  if (tag == 0x1a) {
    if (tracestates == SPOTS_MAX) return 0;
    storeSpot(TRACESTATES + (tracestates++ << 4), row, contentAt, stop);
  } else if (tag == 0x6a && wantsLinks) {
    if (links == SPOTS_MAX) return 0;
    storeSpot(LINKS + (links++ << 4), row, content, end);
  }
  return stop;
}

function storeSpot(spot: usize, row: u32, start: usize, end: usize): void {
  store<u32>(spot, row);
  store<u32>(spot, <u32>start, 4);
  store<u32>(spot, <u32>end, 8);
}

function readStatus(at: usize, end: usize, row: u32): bool {
  while (at < end) {
    at = tagEnd(at, end);
    if (at == 0) return false;
    at = skip(at, end);
    if (at == 0) return false;
    if (tag == STATUS_CODE) store<u8>(row, low <= STATUS_CODE_MAX ? low : 0, STATUS);
  }
  return true;
}

/** As SpanWriter.setTimes does, in the same steps: beyond the year 2255 doubles round, and must round alike. */
function setTimes(row: u32, startNs: u64, endNs: u64): void {
  const column = row << 3;
  const high = <f64>(<u32>(startNs >> 32));
  const rest = high * 296 + <f64>(<u32>startNs);
  const thousands = Math.floor(rest / 1000);
  const ns = rest - thousands * 1000;
  const startUs = high * 4_294_967 + thousands;
  store<f64>(column, startUs, START_US);
  if (endNs <= startNs) {
    store<f64>(column, ns == 999 ? startUs + 1 : startUs, END_US);
    store<f64>(column, 0, DURATION_US);
    store<u8>(row, endNs != startNs ? 1 : 0, REVERSED);
    return;
  }
  const endHigh = <f64>(<u32>(endNs >> 32));
  const endRest = endHigh * 296 + <f64>(<u32>endNs);
  const endThousands = Math.floor(endRest / 1000);
  const endUs = endHigh * 4_294_967 + endThousands;
  store<f64>(column, endUs, END_US);
  store<f64>(column, endUs - startUs - (endRest - endThousands * 1000 < ns ? 1 : 0), DURATION_US);
  store<u8>(row, 0, REVERSED);
}
