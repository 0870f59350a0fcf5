/** A span: its fields into a row of the columns. */
import { IDS, KIND, OVERSIZED, STATUS } from '../layout.ts';
import { ATTRIBUTES_MAX, mayHold, readAttribute } from './attribute.ts';
import { addLink, addTracestate, clearRow, setName, setTimes } from './span-columns.ts';
import { contentAt, lengthEnd, low, skip, tag, tagEnd, varintEnd } from './wire.ts';

/** Two bytes: tag and length. */
const TRACE_ID: u32 = 0x100a;
const SPAN_ID: u32 = 0x0812;
const PARENT_ID: u32 = 0x0822;
const KIND_MAX: u32 = 5;
const STATUS_CODE_MAX: u32 = 2;
const STATUS_CODE: u32 = 0x18;
/** Two bytes: a status that says nothing, and the tag of flags. Nearly every span has both. */
const NO_STATUS: u32 = 0x007a;
const FLAGS: u32 = 0x0185;
/**
 * Four bytes, of tag, length, the key's tag and its length, where both lengths are of one byte. Nearly all attributes are short, begin with their key,
 * and are nobody's.
 */
const SHORT_ATTRIBUTE: u32 = 0x000a004a;
const SHORT_ATTRIBUTE_MASK: u32 = 0x80ff80ff;

/**
 * Reads the span `[at, end)` into a row; false where it is not the kernel's. A field that ends behind the span may be noticed after the last.
 * Attributes are stepped over in branches, since these are foreseen: of a function that says where such a one ends the compiler made a
 * selection, for which the next field has to wait, and the kernel took a third longer.
 */
export function readSpan(at: usize, end: usize, row: u32, wantsLinks: bool): bool {
  clearRow(row);
  let startNs: u64 = 0;
  let endNs: u64 = 0;
  let nameStart: usize = 0;
  let nameEnd: usize = 0;
  let attributes: u32 = 0;
  // Nearly every encoder writes fields by their number: these without a branch that has to be found among many.
  at = idsEnd(at, row);
  if ((load<u16>(at) & 0x80ff) == 0x2a) {
    nameStart = at + 2;
    at = nameEnd = nameStart + load<u8>(at, 1);
    if (at > end) return false;
  }
  if ((load<u16>(at) & 0x80ff) == 0x30) at = kindEnd(at + 1, end, row);
  if (load<u8>(at) == 0x39 && load<u8>(at, 9) == 0x41) {
    startNs = load<u64>(at, 1);
    endNs = load<u64>(at, 10);
    at += 18;
  }
  while (at < end) {
    const head = load<u32>(at);
    if ((head & SHORT_ATTRIBUTE_MASK) == SHORT_ATTRIBUTE) {
      const stop = at + 2 + ((head >> 8) & 0xff);
      const keyEnd = at + 4 + (head >> 24);
      if (stop <= end && keyEnd <= stop && !mayHold(at + 4, keyEnd)) {
        attributes++;
        at = stop;
        continue;
      }
    }
    switch (head & 0xff) {
      case 0x4a:
        attributes++;
        at = attributeEnd(at + 1, end, row);
        break;
      case 0x2a:
        at = lengthEnd(at + 1, end);
        nameStart = contentAt;
        nameEnd = at;
        break;
      case 0x39:
        startNs = load<u64>(at, 1);
        at += 9;
        break;
      case 0x41:
        endNs = load<u64>(at, 1);
        at += 9;
        break;
      default:
        at = otherEnd(head, at, end, row, wantsLinks);
    }
    if (at == 0) return false;
  }
  if (at != end) return false;
  if (attributes > ATTRIBUTES_MAX) store<u8>(row, 1, OVERSIZED);
  setName(row, nameStart, nameEnd);
  setTimes(row, startNs, endNs);
  return true;
}

/** Reads trace, span and parent id where they are the fields at `at`, and returns where the next one begins. */
function idsEnd(at: usize, row: u32): usize {
  if (load<u16>(at) != TRACE_ID || load<u16>(at, 18) != SPAN_ID) return at;
  storeTraceId(row << 5, at + 2);
  storeSpanId((row << 5) + 16, at + 20);
  at += 28;
  if (load<u16>(at) != PARENT_ID) return at;
  storeSpanId((row << 5) + 24, at + 2);
  return at + 10;
}

/** Reads the attribute whose length stands at `at`. */
function attributeEnd(at: usize, end: usize, row: u32): usize {
  const stop = lengthEnd(at, end);
  return stop != 0 && readAttribute(contentAt, stop, row) ? stop : 0;
}

/** Ids become big-endian words. */
function storeTraceId(word: u32, at: usize): void {
  const id = v128.load(at);
  v128.store(word, i8x16.shuffle(id, id, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12), IDS);
}

function storeSpanId(word: u32, at: usize): void {
  store<u64>(word, rotr<u64>(bswap<u64>(load<u64>(at)), 32), IDS);
}

/** One of no bytes is zero. Lengths in more than one byte are nobody's. */
function traceIdEnd(at: usize, word: u32): usize {
  const length: u32 = load<u8>(at);
  if (length == 16) {
    storeTraceId(word, at + 1);
    return at + 17;
  }
  if (length != 0) return 0;
  v128.store(word, i64x2.splat(0), IDS);
  return at + 1;
}

function spanIdEnd(at: usize, word: u32): usize {
  const length: u32 = load<u8>(at);
  if (length == 8) {
    storeSpanId(word, at + 1);
    return at + 9;
  }
  if (length != 0) return 0;
  store<u64>(word, 0, IDS);
  return at + 1;
}

/** Reads the kind. Those that exist take one byte. */
function kindEnd(at: usize, end: usize, row: u32): usize {
  const kind: u32 = load<u8>(at);
  if (kind < 0x80) {
    store<u8>(row, kind <= KIND_MAX ? kind : 0, KIND);
    return at + 1;
  }
  const stop = varintEnd(at, end);
  store<u8>(row, low <= KIND_MAX ? low : 0, KIND);
  return stop;
}

/** Steps over flags and an empty status, reads what else there is: a general walk for these two cost a twelfth of the kernel's time. */
function otherEnd(head: u32, at: usize, end: usize, row: u32, wantsLinks: bool): usize {
  if ((head & 0xffff) == NO_STATUS) return at + 2;
  if ((head & 0xffff) == FLAGS) return at + 6;
  switch (head & 0xff) {
    case 0x0a:
      return traceIdEnd(at + 1, row << 5);
    case 0x12:
      return spanIdEnd(at + 1, (row << 5) + 16);
    case 0x22:
      return spanIdEnd(at + 1, (row << 5) + 24);
    case 0x30:
      return kindEnd(at + 1, end, row);
  }
  return readOther(at, end, row, wantsLinks);
}

/** Status, tracestate, links, and what nobody asks for. */
function readOther(at: usize, end: usize, row: u32, wantsLinks: bool): usize {
  const content = tagEnd(at, end);
  if (content == 0) return 0;
  const stop = skip(content, end);
  if (stop == 0) return 0;
  if (tag == 0x7a) return readStatus(contentAt, stop, row) ? stop : 0;
  if (tag == 0x1a && !addTracestate(row, contentAt, stop)) return 0;
  if (tag == 0x6a && wantsLinks && !addLink(row, content, end)) return 0;
  return stop;
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
