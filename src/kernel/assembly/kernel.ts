/**
 * The decode kernel: the bytes of an OTLP message in, protobuf or JSON, or of many messages of Jaeger's, columns out (see ../layout.ts). It finds
 * fields and numbers byte strings; what they mean is decided outside. Where anything is unusual or damaged it answers NOT_MINE, and the plain reader
 * decodes the message.
 */
import { INPUT, ROWS_MAX } from '../layout.ts';
import { prepareHits, publishHits } from './attribute.ts';
import { readMessages } from './jaeger-span.ts';
import { readRequest } from './otlp-json.ts';
import { addResource, prepareResources, publishResources } from './resources.ts';
import { readSpan } from './span.ts';
import { prepareSpots, publishSpots } from './span-columns.ts';
import { prepareTexts, publishTexts } from './text-table.ts';
import { contentAt, skip, tag, tagEnd } from './wire.ts';

const NOT_MINE: i32 = -1;
/** Tags that TracesData, ResourceSpans and ScopeSpans share. */
const FIRST: u32 = 0x0a;
const SECOND: u32 = 0x12;

let rows: u32 = 0;

/** Decodes the message of this length at INPUT, and returns its number of spans. */
export function decode(length: usize, wantsLinks: bool): i32 {
  rows = 0;
  prepare();
  const end: usize = INPUT + length;
  for (let at: usize = INPUT; at < end;) {
    at = tagEnd(at, end);
    if (at == 0) return NOT_MINE;
    at = skip(at, end);
    if (at == 0 || (tag == FIRST && !readResourceSpans(contentAt, at, wantsLinks))) return NOT_MINE;
  }
  publish();
  return rows;
}

/** The same of OTLP's JSON. */
export function decodeJson(length: usize, wantsLinks: bool): i32 {
  prepare();
  const count = readRequest(length, wantsLinks);
  publish();
  return count;
}

function prepare(): void {
  prepareTexts();
  prepareResources();
  prepareHits();
  prepareSpots();
}

function publish(): void {
  publishResources();
  publishHits();
  publishSpots();
  publishTexts();
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
  const firstRow = rows;
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
  return addResource(firstRow, start, stop);
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
