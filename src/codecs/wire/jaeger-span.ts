/**
 * A jaeger.api_v2 Span, with its Process: protobuf in, one row out. The process and the references are read after the span, wherever they
 * stand; of fields that occur twice the last holds.
 */
import { ID_WORDS } from '../../spans/span-batch.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { JaegerFields, LASTED, START } from './jaeger-fields.ts';
import { KnownProcesses } from './jaeger-known-processes.ts';
import { PROCESS, readProcesses } from './jaeger-process.ts';
import { readReference, readReferences, REFERENCE } from './jaeger-references.ts';
import { JaegerTag } from './jaeger-tag.ts';
import { readId, readTraceId, WireReader } from './protobuf.ts';

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

const wire = new WireReader();
const tag = new JaegerTag(wire);
const fields = new JaegerFields(wire, tag);
let processCount = 0;
let processStart = 0;
let processEnd = 0;
let referenceCount = 0;
let referenceStart = 0;
let referenceEnd = 0;

/** Adds the span of a message. */
export function decodeSpan(message: Uint8Array, into: SpanWriter): void {
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
  fields.settle(row, into);
}

/** Reads all fields but processes and references, of which it says how many there are and where the last is. */
function readSpan(start: number, end: number, row: number, into: SpanWriter): void {
  const word = row * ID_WORDS;
  const { bytes } = wire;
  processCount = referenceCount = 0;
  fields.clear();
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
        fields.readTag(from, at, row, into);
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
  const { times } = fields;
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
