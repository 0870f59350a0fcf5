/** Spans of jaeger.api_v2, a message each: their fields into rows of the columns. */
import {
  HIT_ENDS,
  IDS,
  IS_READ,
  MESSAGES,
  NAME,
  NAME_END,
  NAME_START,
  PROCESSES,
  REFERENCES,
} from '../layout.ts';
import { addKeyed, ATTRIBUTES_MAX, hitCount, mayHold, truncateHits, VALUE_BYTES_MAX } from './attribute.ts';
import { clearTimes, readDuration, readStart, settleTimes } from './jaeger-times.ts';
import { intern } from './text-table.ts';
import { contentAt, skip, tag, tagEnd } from './wire.ts';

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
/** Two bytes before the ids of a SpanRef that has both and no type: it names a parent, where it is of the same trace. */
const PARENT_BYTES: usize = 28;
const PARENT_TRACE: u32 = 0x100a;
const PARENT_SPAN: u32 = 0x0812;
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

/** Where the trace id lies, and its length. */
let traceAt: usize = 0;
let traceBytes: usize = 0;

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
  traceAt = traceBytes = 0;
  v128.store(row << 5, i64x2.splat(0), IDS);
  v128.store(row << 5, i64x2.splat(0), IDS + 16);
  clearTimes();
  store<u32>(row << 2, 0, NAME_START);
  store<u32>(row << 4, 0, PROCESSES + 4);
  store<u32>(row << 3, 0, REFERENCES);
}

/** Reads the field `[start, end)`; false where it is not the kernel's. Two processes are not, nor are two references. */
function readField(field: u32, start: usize, end: usize, row: u32): bool {
  switch (field) {
    case TAG:
      return readTag(start, end, row);
    case TRACE_ID:
      traceAt = start;
      traceBytes = end - start;
      return readTraceId(row << 5);
    case SPAN_ID:
      storeId((row << 5) + 16, start);
      return end - start == 8;
    case OPERATION:
      store<u32>(row << 2, <u32>start, NAME_START);
      store<u32>(row << 2, <u32>end, NAME_END);
      return true;
    case REFERENCE:
      if (load<u32>(row << 3, REFERENCES) != 0) return false;
      store<u32>(row << 3, <u32>start, REFERENCES);
      store<u32>(row << 3, <u32>end, REFERENCES + 4);
      return true;
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

/** Numbers the texts of a row, and finds its parent where its reference is as nearly all are. */
function settle(row: u32): void {
  const name = load<u32>(row << 2, NAME_START);
  if (name != 0) store<u32>(row << 2, intern(name, load<u32>(row << 2, NAME_END)), NAME);
  const process = load<u32>(row << 4, PROCESSES + 4);
  if (process != 0) store<u32>(row << 4, intern(process, load<u32>(row << 4, PROCESSES + 8)), PROCESSES);
  const reference = load<u32>(row << 3, REFERENCES);
  if (!isParent(reference, load<u32>(row << 3, REFERENCES + 4))) return;
  storeId((row << 5) + 24, reference + 20);
  store<u32>(row << 3, 0, REFERENCES);
}

/** Whether what follows a key is a short text, perhaps behind its type. */
function isShortValue(at: usize, end: usize): bool {
  let head: u32 = load<u16>(at);
  if ((head & SHORT) == SHORT_TYPE) {
    at += 2;
    head = load<u16>(at);
  }
  return (head & SHORT) == SHORT_TEXT && at + 2 + (head >> 8) == end;
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

/** Of 16 bytes, or 8 as older tracers write them. */
function readTraceId(word: u32): bool {
  if (traceBytes == 16) {
    storeId(word, traceAt);
    storeId(word + 8, traceAt + 8);
    return true;
  }
  if (traceBytes != 8) return false;
  store<u64>(word, 0, IDS);
  storeId(word + 8, traceAt);
  return true;
}

/** Eight bytes become two big-endian words. */
function storeId(word: u32, at: usize): void {
  store<u64>(word, rotr<u64>(bswap<u64>(load<u64>(at)), 32), IDS);
}

/** Whether a reference is as nearly all are: the ids of a span in the same trace, and no more. */
function isParent(start: usize, end: usize): bool {
  return (
    end - start == PARENT_BYTES &&
    traceBytes == 16 &&
    load<u16>(start) == PARENT_TRACE &&
    load<u16>(start + 18) == PARENT_SPAN &&
    load<u64>(start + 2) == load<u64>(traceAt) &&
    load<u64>(start + 10) == load<u64>(traceAt + 8)
  );
}
