/**
 * Zipkin's ListOfSpans: protobuf in, rows out. A span's local endpoint is its resource. It is read before the span wherever it
 * stands; of fields that occur twice the last holds, and of tags with one key.
 */
import { Buffer } from 'node:buffer';
import { AttributeKeys } from '../spans/attribute-keys.ts';
import { ID_WORDS, SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTES_MAX } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Codec } from './codec.ts';
import { weightOfTracestate } from './tracestate.ts';
import { type KeyValue, readKeyValue } from './wire/any-value.ts';
import { isText, readId, readTraceId, WireReader } from './wire/protobuf.ts';
import { isLinkKey, readLinkTag } from './wire/zipkin-link.ts';
import * as rules from './zipkin-rules.ts';

const codec: Codec = {
  decode(message, into) {
    const end = wire.load(message);
    for (let at = wire.at; at < end;) {
      const field = wire.tag(at, end);
      at = wire.skip(field, wire.at, end);
      if (field !== SPAN) continue;
      const start = wire.at;
      readResource(start, at, into);
      readSpan(start, at, into);
    }
  },
};
export default codec;

const SPAN = 0x0a;
const TRACE_ID = 0x0a;
const PARENT_ID = 0x12;
const ID = 0x1a;
const KIND = 0x20;
const NAME = 0x2a;
const TIMESTAMP = 0x31;
const DURATION = 0x38;
const LOCAL_ENDPOINT = 0x42;
const REMOTE_ENDPOINT = 0x4a;
const TAG = 0x5a;
const SERVICE_NAME = 0x0a;

const NO_SERVICE_NAME = Buffer.from(rules.NO_SERVICE_NAME);
const TRUE = Buffer.from('true');
const NO_PARENT = 0;

/** The tags that are more than attributes, by their place in this list. */
const KNOWN = new AttributeKeys([...rules.FIELD_TAGS, 'error']);
const KIND_TAG = KNOWN.column('span.kind');
const STATUS_TAG = KNOWN.column('otel.status_code');
const TRACESTATE_TAG = KNOWN.column('w3c.tracestate');
const ERROR_TAG = KNOWN.column('error');

const wire = new WireReader();
const pair: KeyValue = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
/** Tags met that are attributes of the span. */
let attributeCount = 0;
let hasError = false;
let kindText: string | undefined;
let statusText: string | undefined;
/** End of the service name an endpoint was found to have; it starts at `wire.at`. */
let nameEnd = 0;

function readResource(start: number, end: number, into: SpanWriter): void {
  into.beginResource();
  let nameStart = 0;
  let nameStop = 0;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field === LOCAL_ENDPOINT && findServiceName(wire.at, at)) {
      nameStart = wire.at;
      nameStop = nameEnd;
    } else if (field === TAG && into.tenantKey !== undefined) {
      readKeyValue(wire, wire.at, at, pair);
      if (!isText(wire, into.tenantKey, pair.keyStart, pair.keyEnd)) continue;
      const id = into.names.attribute(wire.bytes, pair.valueStart, pair.valueEnd);
      into.setResourceTenant(into.dictionary.text(id));
    }
  }
  if (nameStop > nameStart && !isText(wire, NO_SERVICE_NAME, nameStart, nameStop))
    into.resourceService = into.names.service(wire.bytes, nameStart, nameStop);
}

/** Finds the service name of the endpoint `[start, end)`: it is `[wire.at, nameEnd)`. */
function findServiceName(start: number, end: number): boolean {
  let nameStart = -1;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    at = wire.skip(field, wire.at, end);
    if (field !== SERVICE_NAME) continue;
    nameStart = wire.at;
    nameEnd = at;
  }
  wire.at = nameStart;
  return nameStart >= 0;
}

function readSpan(start: number, end: number, into: SpanWriter): void {
  const row = into.addRow();
  const word = row * ID_WORDS;
  const { ids } = into;
  let kind = 0;
  let timestampUs = 0;
  let durationUs = 0;
  let peer = 0;
  attributeCount = 0;
  hasError = false;
  kindText = statusText = undefined;
  for (let at = start; at < end;) {
    const field = wire.tag(at, end);
    const valueAt = wire.at;
    at = wire.skip(field, valueAt, end);
    switch (field) {
      case TRACE_ID:
        readTraceId(wire, at, ids, word);
        break;
      case ID:
        readId(wire, at, ids, word + 4, 2);
        break;
      case PARENT_ID:
        readId(wire, at, ids, word + 6, 2);
        break;
      case NAME:
        into.operation[row] = into.names.operation(wire.bytes, wire.at, at);
        break;
      case KIND:
        kind = wire.enumeration();
        break;
      case TIMESTAMP:
        timestampUs = wire.view.getUint32(valueAt + 4, true) * 2 ** 32 + wire.view.getUint32(valueAt, true);
        break;
      case DURATION:
        durationUs = wire.unsigned();
        break;
      case REMOTE_ENDPOINT:
        if (findServiceName(wire.at, at) && nameEnd > wire.at)
          peer = into.names.attribute(wire.bytes, wire.at, nameEnd);
        break;
      case TAG:
        readTag(wire.at, at, row, into);
        break;
    }
  }
  into.setTimesInUs(row, timestampUs, durationUs);
  settle(row, kind, peer, into);
}

function readTag(start: number, end: number, row: number, into: SpanWriter): void {
  readKeyValue(wire, start, end, pair);
  const { bytes } = wire;
  const { keyStart, keyEnd, valueStart, valueEnd } = pair;
  if (isLinkKey(bytes, keyStart, keyEnd)) {
    readLinkTag(bytes, valueStart, valueEnd, row, into);
    return;
  }
  const known = KNOWN.columnOf(bytes, keyStart, keyEnd);
  if (known === KIND_TAG) kindText = textOf(valueStart, valueEnd, into);
  else if (known === STATUS_TAG) statusText = textOf(valueStart, valueEnd, into);
  else if (known === ERROR_TAG) hasError = true;
  else if (known === TRACESTATE_TAG) into.weight[row] = weightOfTracestate(bytes, valueStart, valueEnd);
  if (known >= 0 && known < rules.FIELD_TAGS.length) return;
  const isFailure = known === ERROR_TAG && isText(wire, TRUE, valueStart, valueEnd);
  if (!isFailure) attributeCount++;
  if (valueEnd - valueStart > SPAN_ATTRIBUTE_BYTES_MAX) into.oversized[row] = 1;
  const column = into.options.keys.columnOf(bytes, keyStart, keyEnd);
  if (column >= 0)
    into.spanAttributes[column]![row] = isFailure ? 0 : into.names.attribute(bytes, valueStart, valueEnd);
}

/** A text that is one of a few: made once per distinct text. */
function textOf(start: number, end: number, into: SpanWriter): string {
  return into.dictionary.text(into.names.attribute(wire.bytes, start, end));
}

/** Sets what depends on several fields. */
function settle(row: number, kind: number, peer: number, into: SpanWriter): void {
  const word = row * ID_WORDS;
  const { ids } = into;
  if (!rules.isParent(ids[word + 6]!, ids[word + 7]!, ids[word + 4]!, ids[word + 5]!))
    ids.fill(NO_PARENT, word + 6, word + 8);
  if (attributeCount > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
  into.kind[row] = rules.kindOf(rules.kindName(kind), kindText);
  into.status[row] = rules.statusOf(hasError, statusText);
  const column = into.options.keys.column('peer.service');
  if (peer !== 0 && column >= 0) into.spanAttributes[column]![row] = peer;
}
