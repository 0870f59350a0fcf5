/** Which of the JSON encodings a document has, by the keys at its top. */
import { DecodeError } from '../decode-error.ts';
import { JsonReader } from './json.ts';
import { JsonFields, NO_FIELD } from './json-fields.ts';

const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** What a Jaeger span has beside its trace id, and no other encoding's object does. */
const TOP = new JsonFields([
  'resourceSpans',
  'traceId',
  'operationName',
  'references',
  'startTime',
  'process',
  'processId',
]);
const ELEMENT = new JsonFields(['traceId', 'id']);

const json = new JsonReader();

/** Undefined where it is none of them. A document that ends or breaks before that shows throws DecodeError. */
export function jsonEncoding(message: Uint8Array): 'otlp_json' | 'jaeger_json' | 'zipkin_json' | undefined {
  json.open(message);
  let first = 0;
  try {
    first = json.peek();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  if (first === OPEN_OBJECT) return ofObject();
  return first === OPEN_ARRAY && isZipkinList() ? 'zipkin_json' : undefined;
}

/** The empty object is OTLP without spans: protobuf's JSON leaves an empty list out. */
function ofObject(): 'otlp_json' | 'jaeger_json' | undefined {
  if (!json.objectStart()) return 'otlp_json';
  let hasTraceId = false;
  let hasJaegerField = false;
  do {
    const field = json.field(TOP);
    if (field === 'resourceSpans') return 'otlp_json';
    if (field === 'traceId') hasTraceId = true;
    else if (field !== NO_FIELD) hasJaegerField = true;
    if (hasTraceId && hasJaegerField) return 'jaeger_json';
    json.skip();
  } while (json.objectNext());
  return undefined;
}

/** The first span of a list tells; a list without one has nothing to be mistaken in. */
function isZipkinList(): boolean {
  if (!json.arrayStart()) return true;
  do {
    if (json.isNull()) continue;
    if (json.peek() !== OPEN_OBJECT) return false;
    return isZipkinSpan();
  } while (json.arrayNext());
  return true;
}

function isZipkinSpan(): boolean {
  let hasTraceId = false;
  let hasId = false;
  if (json.objectStart())
    do {
      const field = json.field(ELEMENT);
      if (field === 'traceId') hasTraceId = true;
      else if (field === 'id') hasId = true;
      if (hasTraceId && hasId) return true;
      json.skip();
    } while (json.objectNext());
  return false;
}
