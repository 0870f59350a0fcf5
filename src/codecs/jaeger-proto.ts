/**
 * Jaeger's api_v2.Span, one a message with its Process: protobuf in, one row out. The process is read before the span and the
 * references after it, wherever they stand; of fields that occur twice the last holds, of tags with one key the first.
 */
import { AttributeKeys } from '../spans/attribute-keys.ts';
import { ID_WORDS, SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTES_MAX, WEIGHT_ONE } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Codec } from './codec.ts';
import * as rules from './jaeger-rules.ts';
import { weightOfProbability, weightOfTracestate } from './tracestate.ts';
import { readProcesses } from './wire/jaeger-process.ts';
import { JaegerTag } from './wire/jaeger-tag.ts';
import { readId, readTraceId, WireReader } from './wire/protobuf.ts';

const codec: Codec = {
  decode(message, into) {
    const end = wire.load(message);
    const start = wire.at;
    // Jaeger drops a span with nothing in it.
    if (start === end) return;
    readProcesses(wire, tag, { start, end }, into);
    const row = into.addRow();
    const hasReferences = readSpan(start, end, row, into);
    if (hasReferences) readReferences(start, end, row, into);
    settle(row, into);
  },
};
export default codec;

const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const OPERATION = 0x1a;
const REFERENCE = 0x22;
const START_TIME = 0x32;
const DURATION = 0x3a;
const TAG = 0x42;
const REFERENCE_TYPE = 0x18;
const SECONDS = 0x08;
const NANOS = 0x10;
const NONE = -1;

/** The tags that are more than attributes, by their place in this list. */
const KNOWN = new AttributeKeys([
  ...rules.FIELD_TAGS,
  'error',
  'http.status_code',
  'sampler.type',
  'sampler.param',
]);
const KIND = KNOWN.column('span.kind');
const STATUS = KNOWN.column('otel.status_code');
const TRACESTATE = KNOWN.column('w3c.tracestate');
const ERROR = KNOWN.column('error');
const HTTP_STATUS = KNOWN.column('http.status_code');
const SAMPLER_TYPE = KNOWN.column('sampler.type');
const SAMPLER_PARAM = KNOWN.column('sampler.param');

const wire = new WireReader();
const tag = new JaegerTag(wire);
const reference = new Int32Array(6);
let startS = 0;
let startNs = 0;
let durationS = 0;
let durationNs = 0;
/** One bit per known tag that was read. */
let seen = 0;
/** Tags met that are attributes of the span. */
let attributeCount = 0;
let isError = false;
let kindText = '';
let statusText: string | undefined;
let httpStatus: number | undefined;
let samplerType = '';
let samplerParam = Number.NaN;

/** Reads all fields but the process and the references, and returns whether there are any of these. */
function readSpan(start: number, end: number, row: number, into: SpanWriter): boolean {
  const word = row * ID_WORDS;
  let hasReferences = false;
  seen = attributeCount = startS = startNs = durationS = durationNs = 0;
  isError = false;
  kindText = samplerType = '';
  statusText = httpStatus = undefined;
  samplerParam = Number.NaN;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    switch (field) {
      case TRACE_ID:
        readTraceId(wire, at, into.ids, word);
        break;
      case SPAN_ID:
        readId(wire, at, into.ids, word + 4, 2);
        break;
      case OPERATION:
        into.operation[row] = into.names.operation(wire.bytes, wire.at, at);
        break;
      case REFERENCE:
        hasReferences = true;
        break;
      case START_TIME:
        [startS, startNs] = readSeconds(wire.at, at, startS, startNs);
        break;
      case DURATION:
        [durationS, durationNs] = readSeconds(wire.at, at, durationS, durationNs);
        break;
      case TAG:
        readTag(wire.at, at, row, into);
        break;
    }
  }
  return hasReferences;
}

/** Reads a Timestamp or a Duration; a repeated one is merged into what was known. */
function readSeconds(start: number, end: number, knownS: number, knownNs: number): readonly [number, number] {
  let seconds = knownS;
  let nanos = knownNs;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field === SECONDS) seconds = wire.signed();
    else if (field === NANOS) nanos = wire.enumeration();
  }
  return [seconds, nanos];
}

function readTag(start: number, end: number, row: number, into: SpanWriter): void {
  tag.read(start, end);
  const known = KNOWN.columnOf(wire.bytes, tag.keyStart, tag.keyEnd);
  if (known >= 0 && (seen & (1 << known)) === 0) {
    seen |= 1 << known;
    readKnownTag(known, row, into);
  }
  if (known >= 0 && (known < rules.FIELD_TAGS.length || (known === ERROR && tag.isTrue))) return;
  attributeCount++;
  if (tag.valueBytes > SPAN_ATTRIBUTE_BYTES_MAX) into.oversized[row] = 1;
  const column = into.options.keys.columnOf(wire.bytes, tag.keyStart, tag.keyEnd);
  if (column < 0) return;
  const values = into.spanAttributes[column]!;
  if (values[row] === 0) values[row] = tag.valueId(into);
}

function readKnownTag(known: number, row: number, into: SpanWriter): void {
  if (known === KIND) kindText = tag.string(into);
  else if (known === STATUS) statusText = tag.string(into);
  else if (known === ERROR) isError = tag.isTrue;
  else if (known === HTTP_STATUS) httpStatus = tag.httpStatus(into);
  else if (known === TRACESTATE)
    into.weight[row] = weightOfTracestate(wire.bytes, tag.textStart, tag.textEnd);
  else if (known === SAMPLER_TYPE) samplerType = tag.string(into);
  else if (known === SAMPLER_PARAM) samplerParam = tag.number(into);
}

/** Sets the parent, and adds the other references as links. */
function readReferences(start: number, end: number, row: number, into: SpanWriter): void {
  const parent = parentOf(start, end, row, into);
  if (!into.links.areWanted) return;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== REFERENCE || at === parent) continue;
    readReference(wire.at, at);
    into.links.next.set(reference);
    into.links.add(row);
  }
}

/** Sets the parent: the first CHILD_OF in the span's own trace, else the first FOLLOWS_FROM in it. Returns where its reference ends. */
function parentOf(start: number, end: number, row: number, into: SpanWriter): number {
  const word = row * ID_WORDS;
  const { ids } = into;
  let parent = NONE;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== REFERENCE) continue;
    const type = readReference(wire.at, at);
    let same = 0;
    while (same < 4 && reference[same] === ids[word + same]) same++;
    const isFirst = type === rules.REF_FOLLOWS_FROM && parent === NONE;
    if (same < 4 || (type !== rules.REF_CHILD_OF && !isFirst)) continue;
    ids[word + 6] = reference[4]!;
    ids[word + 7] = reference[5]!;
    parent = at;
    if (type === rules.REF_CHILD_OF) break;
  }
  return parent;
}

/** Reads a SpanRef's ids into `reference` and returns its type. */
function readReference(start: number, end: number): number {
  let type: number = rules.REF_CHILD_OF;
  reference.fill(0);
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field === TRACE_ID) readTraceId(wire, at, reference, 0);
    else if (field === SPAN_ID) readId(wire, at, reference, 4, 2);
    else if (field === REFERENCE_TYPE) type = wire.enumeration();
  }
  return type;
}

/** Sets what depends on several fields. */
function settle(row: number, into: SpanWriter): void {
  rules.checkTimestamp(startS, startNs);
  rules.checkDuration(durationS, durationNs);
  into.setTimesInSeconds(row, startS, startNs, durationS, durationNs);
  if (attributeCount > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
  const kind = rules.kindOfTag(kindText);
  into.kind[row] = kind;
  into.status[row] = rules.statusOfTags({ error: isError, statusCode: statusText, httpStatus }, kind);
  if (into.options.weightFromSamplerParam !== true || into.weight[row] !== WEIGHT_ONE) return;
  const word = row * ID_WORDS;
  const isRoot = into.ids[word + 6] === 0 && into.ids[word + 7] === 0;
  if (isRoot && rules.isProbabilistic(samplerType)) into.weight[row] = weightOfProbability(samplerParam);
}
