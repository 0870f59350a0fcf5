/**
 * The decode kernel: the bytes of an OTLP message in, or of many messages of Jaeger's, columns out (see ../layout.ts). It finds fields and
 * numbers byte strings; what they mean is decided outside. Where anything is unusual or damaged it answers NOT_MINE, and the plain reader
 * decodes the message.
 */
import { COUNTS, INPUT, RESOURCE_COUNT, RESOURCES, RESOURCES_MAX, ROWS_MAX } from '../layout.ts';
import { prepareHits, publishHits } from './attribute.ts';
import { readMessages } from './jaeger-span.ts';
import { prepareSpots, publishSpots, readSpan } from './span.ts';
import { intern, prepareTexts, publishTexts } from './text-table.ts';
import { contentAt, skip, tag, tagEnd } from './wire.ts';

const NOT_MINE: i32 = -1;
/** Tags that TracesData, ResourceSpans and ScopeSpans share. */
const FIRST: u32 = 0x0a;
const SECOND: u32 = 0x12;

let rows: u32 = 0;
let resources: u32 = 0;

/** Decodes the message of this length at INPUT, and returns its number of spans. */
export function decode(length: usize, wantsLinks: bool): i32 {
  rows = resources = 0;
  prepareTexts();
  prepareHits();
  prepareSpots();
  const end: usize = INPUT + length;
  for (let at: usize = INPUT; at < end;) {
    at = tagEnd(at, end);
    if (at == 0) return NOT_MINE;
    at = skip(at, end);
    if (at == 0 || (tag == FIRST && !readResourceSpans(contentAt, at, wantsLinks))) return NOT_MINE;
  }
  store<u32>(COUNTS + RESOURCE_COUNT * 4, resources);
  publishHits();
  publishSpots();
  publishTexts();
  return rows;
}

/** Reads so many of Jaeger's messages, each into a row, or not: see IS_READ. */
export function decodeSpans(count: u32): void {
  prepareTexts();
  prepareHits();
  readMessages(count);
  publishHits();
  publishTexts();
}

/** The resource may stand behind its spans. A message of more than one is the plain reader's; no resource is an empty one. */
function readResourceSpans(at: usize, end: usize, wantsLinks: bool): bool {
  if (resources == RESOURCES_MAX) return false;
  const record = RESOURCES + (resources++ << 4);
  store<u32>(record, rows);
  let start: usize = 0;
  let stop: usize = 0;
  while (at < end) {
    at = tagEnd(at, end);
    if (at == 0) return false;
    at = skip(at, end);
    if (at == 0) return false;
    if (tag == SECOND) {
      if (!readScopeSpans(contentAt, at, wantsLinks)) return false;
    } else if (tag == FIRST) {
      if (start != 0) return false;
      start = contentAt;
      stop = at;
    }
  }
  store<u32>(record, intern(start, stop), 4);
  store<u32>(record, <u32>start, 8);
  store<u32>(record, <u32>stop, 12);
  return true;
}

function readScopeSpans(at: usize, end: usize, wantsLinks: bool): bool {
  while (at < end) {
    at = tagEnd(at, end);
    if (at == 0) return false;
    at = skip(at, end);
    if (at == 0) return false;
    if (tag != SECOND) continue;
    if (rows == ROWS_MAX || !readSpan(contentAt, at, rows, wantsLinks)) return false;
    rows++;
  }
  return true;
}
