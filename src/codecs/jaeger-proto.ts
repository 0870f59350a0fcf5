/**
 * Jaeger's api_v2.Span, one a message with its Process: protobuf in, one row out. The process and the references are read after
 * the span, wherever they stand; of fields that occur twice the last holds, of tags with one key the first.
 */
import { AttributeKeys } from '../spans/attribute-keys.ts';
import {
  ID_WORDS,
  SPAN_ATTRIBUTE_BYTES_MAX,
  SPAN_ATTRIBUTES_MAX,
  SPAN_KINDS,
  WEIGHT_ONE,
} from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Codec } from './codec.ts';
import * as rules from './jaeger-rules.ts';
import { weightOfProbability, weightOfTracestate } from './tracestate.ts';
import { KnownProcesses } from './wire/jaeger-known-processes.ts';
import { PROCESS, readProcesses } from './wire/jaeger-process.ts';
import { readReference, readReferences, REFERENCE } from './wire/jaeger-references.ts';
import { JaegerTag } from './wire/jaeger-tag.ts';
import { readId, readTraceId, WireReader } from './wire/protobuf.ts';

const codec: Codec = {
  decode(message, into) {
    const end = wire.load(message);
    const start = wire.at;
    // Jaeger drops a span with nothing in it.
    if (start === end) return;
    const row = into.addRow();
    readSpan(start, end, row, into);
    if (processCount === 1) processesOf(into).read(wire, tag, processStart, processEnd);
    else if (processCount > 1) readProcesses(wire, tag, { start, end }, into);
    if (processCount > 0) setResource(row, into);
    if (referenceCount === 1) readReference(wire, { start: referenceStart, end: referenceEnd }, row, into);
    else if (referenceCount > 1) readReferences(wire, { start, end }, row, into);
    settle(row, into);
  },
};
export default codec;

const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const OPERATION = 0x1a;
const START_TIME = 0x32;
const DURATION = 0x3a;
const TAG = 0x42;
const SECONDS = 0x08;
const NANOS = 0x10;
/** Wire type of what has a length, and the smallest length that takes more than a byte. */
const LENGTH = 2;
const LONG = 0x80;

/** The tags that are more than attributes, by their place in this list. */
const KNOWN = new AttributeKeys([
  ...rules.FIELD_TAGS,
  'error',
  'http.status_code',
  'sampler.type',
  'sampler.param',
]);
/** The texts of tag `span.kind` by the number of what they name. */
const KINDS = new AttributeKeys(SPAN_KINDS);
const KIND = KNOWN.column('span.kind');
const STATUS = KNOWN.column('otel.status_code');
const TRACESTATE = KNOWN.column('w3c.tracestate');
const ERROR = KNOWN.column('error');
const HTTP_STATUS = KNOWN.column('http.status_code');
const SAMPLER_TYPE = KNOWN.column('sampler.type');
const SAMPLER_PARAM = KNOWN.column('sampler.param');

const wire = new WireReader();
const tag = new JaegerTag(wire);
/** Seconds and nanoseconds of the start, then of the duration. */
const times = new Float64Array(4);
const START = 0;
const LASTED = 2;
let processCount = 0;
let processStart = 0;
let processEnd = 0;
let referenceCount = 0;
let referenceStart = 0;
let referenceEnd = 0;
/** One bit per known tag that was read. */
let seen = 0;
/** Tags met that are attributes of the span. */
let attributeCount = 0;
let isError = false;
let kind = 0;
let statusText: string | undefined;
let httpStatus: number | undefined;
let samplerType = '';
let samplerParam = Number.NaN;

/** Reads all fields but processes and references, of which it says how many there are and where the last is. */
function readSpan(start: number, end: number, row: number, into: SpanWriter): void {
  const word = row * ID_WORDS;
  const { bytes } = wire;
  seen = attributeCount = processCount = referenceCount = kind = 0;
  times[START] = times[START + 1] = times[LASTED] = times[LASTED + 1] = 0;
  isError = false;
  samplerType = '';
  statusText = httpStatus = undefined;
  samplerParam = Number.NaN;
  for (let at = start; at < end;) {
    let field = bytes[at]!;
    let from = at + 2;
    // Most fields are short and have a length: of these the reader's calls would be most of the time.
    const length = (field & 0x87) === LENGTH && field >= 8 && from <= end ? bytes[from - 1]! : LONG;
    if (length < LONG && from + length <= end) {
      at = from + length;
      wire.at = from;
    } else {
      field = wire.tag(at, end);
      at = wire.skip(field, wire.at, end);
      from = wire.at;
    }
    switch (field) {
      case TAG:
        readTag(from, at, row, into);
        break;
      case TRACE_ID:
        readTraceId(wire, at, into.ids, word);
        break;
      case SPAN_ID:
        readId(wire, at, into.ids, word + 4, 2);
        break;
      case OPERATION:
        into.operation[row] = into.names.operation(bytes, from, at);
        break;
      case REFERENCE:
        referenceCount++;
        referenceStart = from;
        referenceEnd = at;
        break;
      case PROCESS:
        processCount++;
        processStart = from;
        processEnd = at;
        break;
      case START_TIME:
        readSeconds(from, at, START);
        break;
      case DURATION:
        readSeconds(from, at, LASTED);
        break;
    }
  }
}

/** Reads a Timestamp or a Duration; a repeated one is merged into what was known. */
function readSeconds(start: number, end: number, into: number): void {
  for (let at = start; at < end;) {
    const field = wire.bytes[at]!;
    if ((field === SECONDS || field === NANOS) && wire.shortVarint(at + 1, end)) at = wire.at;
    else at = wire.skip(wire.tag(at, end), wire.at, end);
    if (field === SECONDS) times[into] = wire.signed();
    else if (field === NANOS) times[into + 1] = wire.enumeration();
  }
}

function setResource(row: number, into: SpanWriter): void {
  into.service[row] = into.resourceService;
  into.tenant[row] = into.resourceTenant;
  const values = into.resourceValues;
  for (let column = 0; column < values.length; column++)
    into.resourceAttributes[column]![row] = values[column]!;
}

const known = new WeakMap<SpanWriter, KnownProcesses>();
let lastWriter: SpanWriter | undefined;
let lastKnown: KnownProcesses;

/** What the writer's partition has read before. Ids are its dictionary's. */
function processesOf(into: SpanWriter): KnownProcesses {
  if (into === lastWriter) return lastKnown;
  let processes = known.get(into);
  if (processes === undefined) known.set(into, (processes = new KnownProcesses(into)));
  lastWriter = into;
  return (lastKnown = processes);
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
  if (known === KIND) kind = Math.max(0, KINDS.columnOf(wire.bytes, tag.textStart, tag.textEnd));
  else if (known === STATUS) statusText = tag.string(into);
  else if (known === ERROR) isError = tag.isTrue;
  else if (known === HTTP_STATUS) httpStatus = tag.httpStatus(into);
  else if (known === TRACESTATE)
    into.weight[row] = weightOfTracestate(wire.bytes, tag.textStart, tag.textEnd);
  else if (known === SAMPLER_TYPE) samplerType = tag.string(into);
  else if (known === SAMPLER_PARAM) samplerParam = tag.number(into);
}

/** Sets what depends on several fields. */
function settle(row: number, into: SpanWriter): void {
  const startS = times[0]!;
  const startNs = times[1]!;
  const durationS = times[2]!;
  const durationNs = times[3]!;
  rules.checkTimestamp(startS, startNs);
  rules.checkDuration(durationS, durationNs);
  into.setTimesInSeconds(row, startS, startNs, durationS, durationNs);
  if (attributeCount > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
  into.kind[row] = kind;
  into.status[row] = rules.statusOfTags({ error: isError, statusCode: statusText, httpStatus }, kind);
  if (into.options.weightFromSamplerParam !== true || into.weight[row] !== WEIGHT_ONE) return;
  const word = row * ID_WORDS;
  const isRoot = into.ids[word + 6] === 0 && into.ids[word + 7] === 0;
  if (isRoot && rules.isProbabilistic(samplerType)) into.weight[row] = weightOfProbability(samplerParam);
}
