/** Spans of jaeger.api_v2, a message each: their fields into rows of the columns. */
import { HIT_ENDS, IS_READ, MESSAGES, NAME, NAME_END, NAME_START, PROCESSES } from '../layout.ts';
import { addKeyed, ATTRIBUTES_MAX, hitCount, mayHold, truncateHits, VALUE_BYTES_MAX } from './attribute.ts';
import { addReference, clearIds, readSpanId, readTraceId, settleReference } from './jaeger-ids.ts';
import { clearTimes, readDuration, readStart, settleTimes } from './jaeger-times.ts';
import { intern } from './text-table.ts';
import { contentAt, shortVarintBytes, skip, tag, tagEnd } from './wire.ts';

/** Tags of a Span. */
const TRACE_ID: u32 = 0x0a;
const SPAN_ID: u32 = 0x12;
const OPERATION: u32 = 0x1a;
const REFERENCE: u32 = 0x22;
const START_TIME: u32 = 0x32;
const DURATION: u32 = 0x3a;
const TAG: u32 = 0x42;
const PROCESS: u32 = 0x52;
/** Of a KeyValue: its key, and the values that may be long. */
const KEY: u32 = 0x0a;
const TEXT: u32 = 0x1a;
const BINARY: u32 = 0x3a;
/** Four bytes, of a tag, its length, the key's tag and its length, where both lengths are of one byte. */
const SHORT_TAG: u32 = 0x000a0042;
const SHORT_TAG_MASK: u32 = 0x80ff80ff;
/** Two bytes, of the tag of anything with a length, and that in one byte. */
const SHORT_FIELD: u32 = 0x0002;
const SHORT_FIELD_MASK: u32 = 0x8087;
/** Two bytes, of a value's tag and its length, or its number, where that is of one byte. */
const SHORT: u32 = 0x80ff;
const SHORT_TYPE: u32 = 0x0010;
const SHORT_TEXT: u32 = 0x001a;
/** Of a value that is a varint, a boolean or an integer, the tag. */
const NUMBER: u32 = 0x20;
const NUMBER_MASK: u32 = 0xf7;
/** Of the fields that nearly all spans begin with: tags and lengths. */
const FULL_TRACE_ID: u32 = 0x100a;
const FULL_SPAN_ID: u32 = 0x0812;
const SHORT_REFERENCE: u32 = 0x1c22;
const SHORT_OPERATION: u32 = 0x001a;
const SHORT_FLAGS: u32 = 0x0028;
const SHORT_START: u32 = 0x0032;
const SHORT_DURATION: u32 = 0x003a;
/** From its start to behind its ids, and to behind its reference. */
const IDS_BYTES: usize = 28;
const REFERENCE_BYTES: usize = 30;

/** Reads so many messages, each into a row; one that is not the kernel's is marked so, and leaves no hits. */
export function readMessages(count: u32): void {
  for (let row: u32 = 0; row < count; row++) {
    const hits = hitCount();
    const at: usize = load<u32>(row << 3, MESSAGES);
    const end: usize = load<u32>(row << 3, MESSAGES + 4);
    const isRead = at < end && readSpan(at, end, row);
    if (!isRead) truncateHits(hits);
    store<u8>(row, <u8>isRead, IS_READ);
    store<u32>(row << 2, hitCount(), HIT_ENDS);
  }
}

function readSpan(at: usize, end: usize, row: u32): bool {
  clearRow(row);
  at = readHead(at, end, row);
  if (at == 0) return false;
  let tags: u32 = 0;
  while (at < end) {
    const head = load<u32>(at);
    if ((head & SHORT_TAG_MASK) == SHORT_TAG) {
      // Nearly all tags are short, begin with their key, and are nobody's.
      const stop = at + 2 + ((head >> 8) & 0xff);
      const keyEnd = at + 4 + (head >> 24);
      if (stop <= end && keyEnd <= stop && isShortValue(keyEnd, stop)) {
        tags++;
        if (mayHold(at + 4, keyEnd) && !addKeyed(at + 4, keyEnd, at + 2, stop, row)) return false;
        at = stop;
        continue;
      }
    }
    if ((head & SHORT_FIELD_MASK) == SHORT_FIELD && (head & 0xff) >= 8) {
      const start = at + 2;
      at = start + ((head >> 8) & 0xff);
      if (at > end || !readField(head & 0xff, start, at, row)) return false;
      if ((head & 0xff) == TAG) tags++;
      continue;
    }
    at = tagEnd(at, end);
    if (at == 0) return false;
    at = skip(at, end);
    const field = tag;
    if (at == 0 || !readField(field, contentAt, at, row)) return false;
    if (field == TAG) tags++;
  }
  if (tags > ATTRIBUTES_MAX || !settleTimes(row)) return false;
  settle(row);
  return true;
}

function clearRow(row: u32): void {
  clearIds(row);
  clearTimes();
  store<u32>(row << 2, 0, NAME_START);
  store<u32>(row << 4, 0, PROCESSES + 4);
}

/** Reads the fields that a span begins with where they stand in their order, as producers write them, and returns where the others begin. */
function readHead(at: usize, end: usize, row: u32): usize {
  if (at + IDS_BYTES > end || load<u16>(at) != FULL_TRACE_ID || load<u16>(at + 18) != FULL_SPAN_ID) return at;
  readTraceId(at + 2, at + 18, row);
  readSpanId(at + 20, row);
  at += IDS_BYTES;
  let head: u32 = load<u16>(at);
  let stop = at + 2 + (head >> 8);
  if ((head & SHORT) == SHORT_OPERATION && stop <= end) {
    store<u32>(row << 2, <u32>at + 2, NAME_START);
    store<u32>(row << 2, <u32>stop, NAME_END);
    at = stop;
    head = load<u16>(at);
  }
  stop = at + REFERENCE_BYTES;
  if (head == SHORT_REFERENCE && stop <= end) {
    addReference(at + 2, stop);
    at = stop;
    head = load<u16>(at);
  }
  if ((head & SHORT) == SHORT_FLAGS && at + 2 <= end) {
    at += 2;
    head = load<u16>(at);
  }
  stop = at + 2 + (head >> 8);
  if ((head & SHORT) == SHORT_START && stop <= end) {
    if (!readStart(at + 2, stop)) return 0;
    at = stop;
    head = load<u16>(at);
    stop = at + 2 + (head >> 8);
  }
  if ((head & SHORT) != SHORT_DURATION || stop > end) return at;
  return readDuration(at + 2, stop) ? stop : 0;
}

/** Reads the field `[start, end)`; false where it is not the kernel's. Two processes are not, nor are two references. */
function readField(field: u32, start: usize, end: usize, row: u32): bool {
  switch (field) {
    case TAG:
      return readTag(start, end, row);
    case TRACE_ID:
      return readTraceId(start, end, row);
    case SPAN_ID:
      readSpanId(start, row);
      return end - start == 8;
    case OPERATION:
      store<u32>(row << 2, <u32>start, NAME_START);
      store<u32>(row << 2, <u32>end, NAME_END);
      return true;
    case REFERENCE:
      return addReference(start, end);
    case PROCESS:
      if (load<u32>(row << 4, PROCESSES + 4) != 0) return false;
      store<u32>(row << 4, <u32>start, PROCESSES + 4);
      store<u32>(row << 4, <u32>end, PROCESSES + 8);
      return true;
    case START_TIME:
      return readStart(start, end);
    case DURATION:
      return readDuration(start, end);
    default:
      return true;
  }
}

/** Numbers the texts of a row, and finds its parent. */
function settle(row: u32): void {
  const name = load<u32>(row << 2, NAME_START);
  if (name != 0) store<u32>(row << 2, intern(name, load<u32>(row << 2, NAME_END)), NAME);
  const process = load<u32>(row << 4, PROCESSES + 4);
  if (process != 0) store<u32>(row << 4, intern(process, load<u32>(row << 4, PROCESSES + 8)), PROCESSES);
  settleReference(row);
}

/** Whether what follows a key is a short text, or one number, perhaps behind its type. */
function isShortValue(at: usize, end: usize): bool {
  let head: u32 = load<u16>(at);
  if ((head & SHORT) == SHORT_TYPE) {
    at += 2;
    head = load<u16>(at);
  }
  if ((head & SHORT) == SHORT_TEXT) return at + 2 + (head >> 8) == end;
  const bytes = shortVarintBytes(at + 1);
  // Of a longer one it is not known where it ends.
  return (head & NUMBER_MASK) == NUMBER && bytes <= 8 && at + 1 + bytes == end;
}

/** Checks a tag, and notes it where its key is wanted. One whose key is not what it begins with is nobody's, nor is one with a long value. */
function readTag(start: usize, end: usize, row: u32): bool {
  const keyStart = start + 2;
  if (keyStart > end || load<u8>(start) != KEY || load<u8>(start + 1) >= 0x80) return false;
  const keyEnd = keyStart + load<u8>(start + 1);
  if (keyEnd > end) return false;
  for (let at = keyEnd; at < end;) {
    at = tagEnd(at, end);
    if (at == 0) return false;
    at = skip(at, end);
    if (at == 0 || tag == KEY) return false;
    if ((tag == TEXT || tag == BINARY) && at - contentAt > VALUE_BYTES_MAX) return false;
  }
  return addKeyed(keyStart, keyEnd, start, end, row);
}
