/**
 * The plain reader of OTLP's TracesData: protobuf in, rows out, in one pass over the spans and with no object or string per span. A
 * resource is read before its spans wherever it stands; of fields that occur twice the last holds, of attributes with one key the first.
 */
import type { AttributeKeys } from '../../spans/attribute-keys.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { ID_WORDS, SPAN_ATTRIBUTES_MAX } from '../../spans/span-batch.ts';
import { weightOfTracestate } from '../tracestate.ts';
import { internAnyValue, isLongValue, type KeyValue, readKeyValue } from './any-value.ts';
import { readLink } from './otlp-link.ts';
import { beginResource, readResource } from './otlp-resource.ts';
import { readId, WireReader } from './protobuf.ts';

/** Tags that several messages share: the one field of TracesData, and what ResourceSpans and ScopeSpans hold. */
const RESOURCE_SPANS = 0x0a;
const RESOURCE = 0x0a;
const SCOPE_SPANS = 0x12;
const SPAN = 0x12;

const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const TRACE_STATE = 0x1a;
const PARENT_SPAN_ID = 0x22;
const NAME = 0x2a;
const KIND = 0x30;
const START_TIME = 0x39;
const END_TIME = 0x41;
const ATTRIBUTE = 0x4a;
const LINK = 0x6a;
const STATUS = 0x7a;
const STATUS_CODE = 0x18;
const KEY = 0x0a;
const VALUE = 0x12;

const ABSENT = -1;
const KIND_MAX = 5;
const STATUS_CODE_MAX = 2;

const wire = new WireReader();
const pair: KeyValue = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
/** Attributes met of the span being read. */
let attributeCount = 0;

export function decodeTraces(message: Uint8Array, into: SpanWriter): void {
  const end = wire.load(message);
  for (let at = wire.at; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    if (tag === RESOURCE_SPANS) readResourceSpans(wire.at, at, into);
  }
}

function readResourceSpans(start: number, end: number, into: SpanWriter): void {
  beginResource(into);
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    if (tag === RESOURCE) readResource(wire, wire.at, at, into);
  }
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    if (tag === SCOPE_SPANS) readScopeSpans(wire.at, at, into);
  }
}

function readScopeSpans(start: number, end: number, into: SpanWriter): void {
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    if (tag === SPAN) readSpan(wire.at, at, into);
  }
}

function readSpan(start: number, end: number, into: SpanWriter): void {
  const row = into.addRow();
  const word = row * ID_WORDS;
  const { bytes } = wire;
  const { keys } = into.options;
  let startAt = ABSENT;
  let endAt = ABSENT;
  attributeCount = 0;
  for (let at = start; at < end;) {
    at = skipUnwanted(keys, bytes, at, end);
    if (at === end) break;
    const tag = wire.tag(at, end);
    at = wire.at;
    switch (tag) {
      case ATTRIBUTE:
        at = wire.lengthEnd(at, end);
        readAttribute(wire.at, at, row, into);
        break;
      case TRACE_ID:
        at = wire.lengthEnd(at, end);
        readId(wire, at, into.ids, word, 4);
        break;
      case SPAN_ID:
        at = wire.lengthEnd(at, end);
        readId(wire, at, into.ids, word + 4, 2);
        break;
      case PARENT_SPAN_ID:
        at = wire.lengthEnd(at, end);
        readId(wire, at, into.ids, word + 6, 2);
        break;
      case NAME:
        at = wire.lengthEnd(at, end);
        into.operation[row] = into.names.operation(bytes, wire.at, at);
        break;
      case KIND:
        at = readEnum(at, end, KIND_MAX, into.kind, row);
        break;
      case START_TIME:
        startAt = at;
        at = wire.fixedEnd(at, 8, end);
        break;
      case END_TIME:
        endAt = at;
        at = wire.fixedEnd(at, 8, end);
        break;
      case STATUS:
        at = wire.lengthEnd(at, end);
        readStatus(wire.at, at, row, into);
        break;
      case TRACE_STATE:
        at = wire.lengthEnd(at, end);
        into.weight[row] = weightOfTracestate(bytes, wire.at, at);
        break;
      default:
        at = tag === LINK ? readLink(wire, at, end, row, into) : wire.skip(tag, at, end);
    }
  }
  if (attributeCount > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
  setTimes(startAt, endAt, row, into);
}

/** Times are read where they are used: halves kept in variables would each become an object. */
function setTimes(startAt: number, endAt: number, row: number, into: SpanWriter): void {
  const { view } = wire;
  into.setTimes(
    row,
    startAt === ABSENT ? 0 : view.getUint32(startAt + 4, true),
    startAt === ABSENT ? 0 : view.getUint32(startAt, true),
    endAt === ABSENT ? 0 : view.getUint32(endAt + 4, true),
    endAt === ABSENT ? 0 : view.getUint32(endAt, true),
  );
}

function readStatus(start: number, end: number, row: number, into: SpanWriter): void {
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    if (tag === STATUS_CODE) at = readEnum(wire.at, end, STATUS_CODE_MAX, into.status, row);
    else at = wire.skip(tag, wire.at, end);
  }
}

/** Reads an enum into a column; what is beyond `max` is a later version's, and unspecified to this one. */
function readEnum(at: number, end: number, max: number, column: Uint8Array, row: number): number {
  wire.varint(at, end);
  const value = wire.enumeration();
  column[row] = value >= 0 && value <= max ? value : 0;
  return wire.at;
}

/**
 * Where the first field is that is not an attribute, or one that may be wanted. Nearly all attributes are short, begin with their key, and
 * are nobody's: a span's time goes into stepping over them. Those are counted, and too short to be measured.
 */
function skipUnwanted(keys: AttributeKeys, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let count = 0;
  while (at + 4 <= end && bytes[at] === ATTRIBUTE && bytes[at + 2] === KEY) {
    const length = bytes[at + 1]!;
    const stop = at + 2 + length;
    const keyEnd = at + 4 + bytes[at + 3]!;
    if (length >= 0x80 || stop > end || keyEnd > stop || keys.mayHold(bytes, at + 4, keyEnd)) break;
    at = stop;
    count++;
  }
  attributeCount += count;
  return at;
}

function readAttribute(start: number, end: number, row: number, into: SpanWriter): void {
  const { bytes } = wire;
  const { keys } = into.options;
  const keyEnd = start + 2 + bytes[start + 1]!;
  attributeCount++;
  // A short key and a short value, and nothing after them, need no search for either.
  if (bytes[start] === KEY && bytes[start + 1]! < 0x80 && keyEnd + 2 <= end) {
    if (bytes[keyEnd] === VALUE && bytes[keyEnd + 1]! < 0x80 && end === keyEnd + 2 + bytes[keyEnd + 1]!) {
      const column = keys.columnOf(bytes, start + 2, keyEnd);
      if (column >= 0) setAttribute(column, keyEnd + 2, end, row, into);
      return;
    }
  }
  readKeyValue(wire, start, end, pair);
  if (isLongValue(wire, pair.valueStart, pair.valueEnd)) into.oversized[row] = 1;
  const column = keys.columnOf(bytes, pair.keyStart, pair.keyEnd);
  if (column >= 0) setAttribute(column, pair.valueStart, pair.valueEnd, row, into);
}

function setAttribute(column: number, start: number, end: number, row: number, into: SpanWriter): void {
  const values = into.spanAttributes[column]!;
  if (values[row] === 0) values[row] = internAnyValue(wire, start, end, into);
}
