/**
 * The plain reader of OTLP's ExportTraceServiceRequest in JSON (an object with `resourceSpans`): its spans go out as rows. Members come in
 * any order and either spelling; unknown ones are ignored. Of a repeated member the last counts, of a repeated attribute the first.
 */
import { ID_WORDS, SPAN_ATTRIBUTES_MAX } from '../../spans/span-batch.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { weightOfTracestate } from '../tracestate.ts';
import { Integer64 } from './decimal.ts';
import { readHexId } from './hex-id.ts';
import { JsonReader } from './json.ts';
import { JsonFields, NO_FIELD } from './json-fields.ts';
import { JsonKeyValue, NONE } from './json-key-value.ts';
import { readLinks } from './otlp-json-links.ts';
import { readResource } from './otlp-json-resource.ts';

const REQUEST = new JsonFields(['resourceSpans']);
const RESOURCE_SPANS = new JsonFields(['resource', 'scopeSpans']);
const SCOPE_SPANS = new JsonFields(['spans']);
const SPAN = new JsonFields([
  'traceId',
  'spanId',
  'parentSpanId',
  'traceState',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'attributes',
  'links',
  'status',
]);
const STATUS = new JsonFields(['code']);
const KINDS = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
const CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

const json = new JsonReader();
const attribute = new JsonKeyValue(json);
const startNs = new Integer64();
const endNs = new Integer64();

export function decodeJsonTraces(message: Uint8Array, into: SpanWriter): void {
  const { length } = into;
  json.open(message);
  if (json.objectStart())
    do {
      if (json.field(REQUEST) === 'resourceSpans') {
        into.length = length;
        if (json.arrayStart())
          do readResourceSpans(into);
          while (json.arrayNext());
      } else json.skip();
    } while (json.objectNext());
  json.finish();
}

/** Spans need their resource, which may come after them: then they are passed over first, and read when it is known. */
function readResourceSpans(into: SpanWriter): void {
  const { length } = into;
  let resourceAt = NONE;
  let scopesAt = NONE;
  let isRead = false;
  if (json.objectStart())
    do {
      const field = json.field(RESOURCE_SPANS);
      json.peek();
      const { at } = json;
      if (field === 'scopeSpans' && resourceAt !== NONE && scopesAt === NONE) {
        scopesAt = at;
        readScopes(resourceAt, scopesAt, into);
        isRead = true;
        continue;
      }
      json.skip();
      if (field === 'resource') resourceAt = at;
      else if (field === 'scopeSpans') scopesAt = at;
      if (field !== NO_FIELD) isRead = false;
    } while (json.objectNext());
  if (isRead || scopesAt === NONE) return;
  const { at } = json;
  into.length = length;
  readScopes(resourceAt, scopesAt, into);
  json.at = at;
}

function readScopes(resourceAt: number, scopesAt: number, into: SpanWriter): void {
  into.beginResource();
  if (resourceAt !== NONE) {
    json.at = resourceAt;
    readResource(json, attribute, into);
  }
  json.at = scopesAt;
  if (json.arrayStart())
    do readScopeSpans(into);
    while (json.arrayNext());
}

function readScopeSpans(into: SpanWriter): void {
  const { length } = into;
  if (json.objectStart())
    do {
      if (json.field(SCOPE_SPANS) === 'spans') {
        into.length = length;
        if (json.arrayStart())
          do readSpan(into);
          while (json.arrayNext());
      } else json.skip();
    } while (json.objectNext());
}

function readSpan(into: SpanWriter): void {
  const row = into.addRow();
  const word = row * ID_WORDS;
  startNs.set(0, 0);
  endNs.set(0, 0);
  if (json.objectStart())
    do
      switch (json.field(SPAN)) {
        case 'traceId':
          readHexId(json, into.ids, word, 4);
          break;
        case 'spanId':
          readHexId(json, into.ids, word + 4, 2);
          break;
        case 'parentSpanId':
          readHexId(json, into.ids, word + 6, 2);
          break;
        case 'traceState':
          json.string();
          into.weight[row] = weightOfTracestate(json.text, json.textStart, json.textEnd);
          break;
        case 'name':
          json.string();
          into.operation[row] = into.names.operation(json.text, json.textStart, json.textEnd);
          break;
        case 'kind':
          into.kind[row] = json.enumeration(KINDS);
          break;
        case 'startTimeUnixNano':
          readTime(startNs);
          break;
        case 'endTimeUnixNano':
          readTime(endNs);
          break;
        case 'attributes':
          readSpanAttributes(row, into);
          break;
        case 'links':
          if (into.links.areWanted) readLinks(json, row, into.links);
          else json.skip();
          break;
        case 'status':
          into.status[row] = readStatus();
          break;
        default:
          json.skip();
      }
    while (json.objectNext());
  into.setTimes(row, startNs.high, startNs.low, endNs.high, endNs.low);
}

function readTime(time: Integer64): void {
  json.scalar();
  time.read(json.text, json.textStart, json.textEnd);
  time.checkUnsigned();
}

function readStatus(): number {
  let code = 0;
  if (json.objectStart())
    do {
      if (json.field(STATUS) === 'code') code = json.enumeration(CODES);
      else json.skip();
    } while (json.objectNext());
  return code;
}

function readSpanAttributes(row: number, into: SpanWriter): void {
  const { spanAttributes } = into;
  let count = 0;
  into.oversized[row] = 0;
  for (const values of spanAttributes) values[row] = 0;
  if (json.arrayStart())
    do {
      attribute.read(into, false);
      count++;
      if (attribute.isLong) into.oversized[row] = 1;
      const values = spanAttributes[attribute.column];
      if (values?.[row] === 0) values[row] = attribute.valueId(into);
    } while (json.arrayNext());
  if (count > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
}
