/** A span in JSON: its members into a row of the columns. Of a member that occurs twice the message is the plain reader's. */
import { KIND as KINDS_AT, STATUS as STATUSES_AT } from '../layout.ts';
import {
  ATTRIBUTES,
  CODE,
  CODES,
  END_TIME,
  KIND,
  KINDS,
  LINKS,
  NAME,
  OF_STATUS,
  PARENT_SPAN_ID,
  SPAN,
  SPAN_ID,
  START_TIME,
  STATUS,
  TRACE_ID,
  TRACE_STATE,
  UNKNOWN,
} from '../members.ts';
import { CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE, quoteAt, tokenAt, valueEnd } from './json.ts';
import { attributesEnd } from './json-attribute.ts';
import { member, memberEnd } from './json-member.ts';
import { enumerationEnd, spanIdEnd, time, timeEnd, traceIdEnd, value } from './json-scalar.ts';
import { addLink, addTracestate, clearRow, setName, setTimes } from './span-columns.ts';

const KIND_MAX: u32 = 5;
const STATUS_CODE_MAX: u32 = 2;
/** Two bytes, `{}` and `[]`: a status that says nothing, and no links. */
const EMPTY_OBJECT: u32 = 0x7d7b;
const EMPTY_ARRAY: u32 = 0x5d5b;

let startNs: u64 = 0;
let endNs: u64 = 0;
/** Where the name starts, behind its quote, and where it ends. */
let nameStart: usize = 0;
let nameEnd: usize = 0;

/** Reads the span whose brace is at `at` into a row. */
export function spanEnd(at: usize, row: u32, wantsLinks: bool): usize {
  clearRow(row);
  startNs = endNs = 0;
  nameStart = nameEnd = 0;
  let seen: u32 = 0;
  let before: u32 = SPAN;
  if (load<u8>(tokenAt(at + 1)) == CLOSE_OBJECT) at = tokenAt(at + 1);
  else
    do {
      at = memberEnd(tokenAt(at + 1), before, SPAN);
      if (at == 0) return 0;
      const known = member;
      if (known != UNKNOWN) {
        const bit: u32 = 1 << (known - SPAN);
        if ((seen & bit) != 0) return 0;
        seen |= bit;
        before = known;
      }
      at = fieldEnd(at, known, row, wantsLinks);
      if (at == 0) return 0;
      at = tokenAt(at);
    } while (load<u8>(at) == COMMA);
  if (load<u8>(at) != CLOSE_OBJECT) return 0;
  setName(row, nameStart, nameEnd);
  setTimes(row, startNs, endNs);
  return at + 1;
}

function fieldEnd(at: usize, known: u32, row: u32, wantsLinks: bool): usize {
  switch (known) {
    case TRACE_ID:
      return traceIdEnd(at, row << 5);
    case SPAN_ID:
      return spanIdEnd(at, (row << 5) + 16);
    case PARENT_SPAN_ID:
      return spanIdEnd(at, (row << 5) + 24);
    case TRACE_STATE:
      return tracestateEnd(at, row);
    case NAME:
      if (load<u8>(at) != QUOTE) return 0;
      nameStart = at + 1;
      nameEnd = quoteAt(nameStart);
      return nameEnd != 0 ? nameEnd + 1 : 0;
    case KIND:
      at = enumerationEnd(at, KIND_MAX, KINDS);
      store<u8>(row, <u8>value, KINDS_AT);
      return at;
    case START_TIME:
      at = timeEnd(at);
      startNs = time;
      return at;
    case END_TIME:
      at = timeEnd(at);
      endNs = time;
      return at;
    case ATTRIBUTES:
      return attributesEnd(at, row);
    case LINKS:
      return linksEnd(at, row, wantsLinks);
    case STATUS:
      return load<u16>(at) == EMPTY_OBJECT ? at + 2 : statusEnd(at, row);
    default:
      return valueEnd(at);
  }
}

function tracestateEnd(at: usize, row: u32): usize {
  if (load<u8>(at) != QUOTE) return 0;
  const quote = quoteAt(at + 1);
  return quote != 0 && addTracestate(row, at, quote + 1) ? quote + 1 : 0;
}

/** What links hold is read outside, where somebody asks for them. */
function linksEnd(at: usize, row: u32, wantsLinks: bool): usize {
  if (load<u16>(at) == EMPTY_ARRAY) return at + 2;
  const end = valueEnd(at);
  if (end == 0 || !wantsLinks) return end;
  return load<u8>(at) == OPEN_ARRAY && addLink(row, at, end) ? end : 0;
}

function statusEnd(at: usize, row: u32): usize {
  if (load<u8>(at) != OPEN_OBJECT) return 0;
  let before: u32 = OF_STATUS;
  let hasCode = false;
  do {
    at = memberEnd(tokenAt(at + 1), before, OF_STATUS);
    if (at == 0) return 0;
    if (member != UNKNOWN) before = member;
    if (member == CODE) {
      if (hasCode) return 0;
      hasCode = true;
      at = enumerationEnd(at, STATUS_CODE_MAX, CODES);
      store<u8>(row, <u8>value, STATUSES_AT);
    } else at = valueEnd(at);
    if (at == 0) return 0;
    at = tokenAt(at);
  } while (load<u8>(at) == COMMA);
  return load<u8>(at) == CLOSE_OBJECT ? at + 1 : 0;
}
