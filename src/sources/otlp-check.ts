/**
 * Whether a request's body can be an ExportTraceServiceRequest: OTLP wants bad data answered with 400, and decoding twice would
 * double its price. Protobuf is walked through its envelope down to the spans' lengths, JSON by its grammar; neither makes an
 * object. A body that passes may still hold a span the codec refuses: the engine then counts the message and keeps it.
 */
import { JsonReader } from '../codecs/wire/json.ts';
import { WireReader } from '../codecs/wire/protobuf.ts';
import { DecodeError } from '../codecs/decode-error.ts';

/** Field `resource_spans` of the request, `scope_spans` of ResourceSpans, `spans` of ScopeSpans: field number and LEN. */
const RESOURCE_SPANS = 0x0a;
const SCOPE_SPANS = 0x12;
const SPANS = 0x12;
const OPEN_OBJECT = 0x7b;

const wire = new WireReader();
const json = new JsonReader();

/** Throws DecodeError where the body is not protobuf. */
export function checkOtlpProto(body: Uint8Array): void {
  const end = wire.load(body);
  walk(wire.at, end, RESOURCE_SPANS, (resourceAt, resourceEnd) =>
    walk(resourceAt, resourceEnd, SCOPE_SPANS, (scopeAt, scopeEnd) =>
      walk(scopeAt, scopeEnd, SPANS, () => undefined),
    ),
  );
}

/** Throws DecodeError where the body is not one JSON object. */
export function checkOtlpJson(body: Uint8Array): void {
  json.open(body);
  if (json.peek() !== OPEN_OBJECT) throw new DecodeError('malformed', 'the document is not an object');
  json.skip();
  json.finish();
}

/** Skips every field of the message in `[start, end)`, calling `enter` with the bounds of each `wanted` one. */
function walk(start: number, end: number, wanted: number, enter: (at: number, end: number) => void): void {
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    const valueAt = wire.at;
    at = wire.skip(tag, valueAt, end);
    if (tag === wanted) enter(wire.at, at);
  }
}
