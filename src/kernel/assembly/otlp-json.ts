/** OTLP's ExportTraceServiceRequest in JSON: its spans into rows of the columns. Of a member that occurs twice the message is the plain reader's. */
import { INPUT, ROWS_MAX } from '../layout.ts';
import { OF_RESOURCE, OF_SCOPE, REQUEST, RESOURCE, RESOURCE_SPANS, SCOPE_SPANS, SPANS } from '../members.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, tokenAt, valueEnd } from './json.ts';
import { member, memberEnd } from './json-member.ts';
import { spanEnd } from './json-span.ts';
import { addResource } from './resources.ts';

const NOT_MINE: i32 = -1;

let rows: u32 = 0;
let areLinksWanted: bool = false;

/** Reads the message of this length at INPUT; its number of spans. */
export function readRequest(length: usize, wantsLinks: bool): i32 {
  rows = 0;
  areLinksWanted = wantsLinks;
  const end: usize = INPUT + length;
  // What is loaded last reaches no further.
  memory.fill(end, 0, 64);
  let at = tokenAt(INPUT);
  if (load<u8>(at) != OPEN_OBJECT) return NOT_MINE;
  let isRead = false;
  let before: u32 = REQUEST;
  do {
    at = memberEnd(tokenAt(at + 1), before, REQUEST);
    if (at == 0) return NOT_MINE;
    if (member == RESOURCE_SPANS) {
      before = member;
      if (isRead) return NOT_MINE;
      isRead = true;
      at = listEnd(at, RESOURCE_SPANS);
    } else at = valueEnd(at);
    if (at == 0) return NOT_MINE;
    at = tokenAt(at);
  } while (load<u8>(at) == COMMA);
  return load<u8>(at) == CLOSE_OBJECT && tokenAt(at + 1) == end ? <i32>rows : NOT_MINE;
}

/** Reads the array that this member is, of objects. */
function listEnd(at: usize, list: u32): usize {
  if (load<u8>(at) != OPEN_ARRAY) return 0;
  at = tokenAt(at + 1);
  if (load<u8>(at) == CLOSE_ARRAY) return at + 1;
  while (true) {
    if (load<u8>(at) != OPEN_OBJECT) return 0;
    at = elementEnd(at, list);
    if (at == 0) return 0;
    at = tokenAt(at);
    const after: u32 = load<u8>(at++);
    if (after != COMMA) return after == CLOSE_ARRAY ? at : 0;
    at = tokenAt(at);
  }
}

function elementEnd(at: usize, list: u32): usize {
  if (list == SPANS) {
    if (rows == ROWS_MAX) return 0;
    return spanEnd(at, rows++, areLinksWanted);
  }
  return list == SCOPE_SPANS ? scopeSpansEnd(at) : resourceSpansEnd(at);
}

/** The resource may stand behind its spans. Without `scopeSpans` nobody reads it. */
function resourceSpansEnd(at: usize): usize {
  const firstRow = rows;
  let start: usize = 0;
  let end: usize = 0;
  let hasSpans = false;
  let before: u32 = OF_RESOURCE;
  if (load<u8>(tokenAt(at + 1)) == CLOSE_OBJECT) return tokenAt(at + 1) + 1;
  do {
    at = memberEnd(tokenAt(at + 1), before, OF_RESOURCE);
    if (at == 0) return 0;
    const known = member;
    if (known != 0) before = known;
    if (known == SCOPE_SPANS) {
      if (hasSpans) return 0;
      hasSpans = true;
      at = listEnd(at, SCOPE_SPANS);
    } else {
      if (known == RESOURCE && (start != 0 || load<u8>(at) != OPEN_OBJECT)) return 0;
      if (known == RESOURCE) start = at;
      at = valueEnd(at);
      if (known == RESOURCE) end = at;
    }
    if (at == 0) return 0;
    at = tokenAt(at);
  } while (load<u8>(at) == COMMA);
  if (load<u8>(at) != CLOSE_OBJECT) return 0;
  return !hasSpans || addResource(firstRow, start, end) ? at + 1 : 0;
}

function scopeSpansEnd(at: usize): usize {
  let hasSpans = false;
  let before: u32 = OF_SCOPE;
  if (load<u8>(tokenAt(at + 1)) == CLOSE_OBJECT) return tokenAt(at + 1) + 1;
  do {
    at = memberEnd(tokenAt(at + 1), before, OF_SCOPE);
    if (at == 0) return 0;
    const known = member;
    if (known != 0) before = known;
    if (known == SPANS) {
      if (hasSpans) return 0;
      hasSpans = true;
      at = listEnd(at, SPANS);
    } else at = valueEnd(at);
    if (at == 0) return 0;
    at = tokenAt(at);
  } while (load<u8>(at) == COMMA);
  return load<u8>(at) == CLOSE_OBJECT ? at + 1 : 0;
}
