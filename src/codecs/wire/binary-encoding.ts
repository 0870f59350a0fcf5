/**
 * Which of the protobuf encodings a message has. Jaeger's Span has ids of 16 and 8 bytes in fields 1 and 2 and more beside them;
 * OTLP's and Zipkin's lists have field 1 alone, and are told apart by what is in it.
 */
import { DecodeError } from '../decode-error.ts';
import { WireReader } from './protobuf.ts';

type BinaryEncoding = 'otlp_proto' | 'jaeger_proto' | 'zipkin_proto';

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
/** Wire types by field number. */
const JAEGER_SPAN = [
  -1,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  VARINT,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
];
const ZIPKIN_SPAN = [
  -1,
  LENGTH,
  LENGTH,
  LENGTH,
  VARINT,
  LENGTH,
  FIXED_64,
  VARINT,
  LENGTH,
  LENGTH,
  LENGTH,
  LENGTH,
  VARINT,
  VARINT,
];
const RESOURCE_SPANS = [-1, LENGTH, LENGTH, LENGTH];
const RESOURCE = [-1, LENGTH, VARINT, LENGTH];
const KEY_VALUE = [-1, LENGTH, LENGTH];
/** OTLP's field for instrumentation libraries, long deprecated. */
const LIBRARY_SPANS = 1000;
const ELEMENT = 0x0a;

const wire = new WireReader();
/** What `scan` saw last: how often each field came, and the bounds of the last one of each. */
const counts = new Uint32Array(16);
const starts = new Uint32Array(16);
const ends = new Uint32Array(16);
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined where it is none of them. The empty message is OTLP without spans. */
export function binaryEncoding(message: Uint8Array): BinaryEncoding | undefined {
  const end = wire.load(message);
  const start = wire.at;
  try {
    let isList = true;
    for (let at = start; at < end;) {
      const tag = wire.tag(at, end);
      at = wire.skip(tag, wire.at, end);
      if (tag !== ELEMENT) isList = false;
    }
    if (isList) return listEncoding(start, end);
    return isJaegerSpan(start, end) ? 'jaeger_proto' : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function isJaegerSpan(start: number, end: number): boolean {
  if (!scan(start, end, JAEGER_SPAN)) return false;
  const traceIdBytes = ends[1]! - starts[1]!;
  const spanIdBytes = ends[2]! - starts[2]!;
  const areIdsThere = counts[1] === 1 && counts[2] === 1 && spanIdBytes === 8;
  return areIdsThere && (traceIdBytes === 16 || traceIdBytes === 8);
}

/** The first element that can only be one of the two decides. */
function listEncoding(start: number, end: number): BinaryEncoding | undefined {
  for (let at = start; at < end;) {
    const next = wire.lengthEnd(at + 1, end);
    const elementAt = wire.at;
    at = next;
    if (elementAt === next) continue;
    const isZipkin = isZipkinSpan(elementAt, next);
    if (isZipkin && !isResourceAndUrl(elementAt, next)) return 'zipkin_proto';
    return isZipkin || isResourceSpans(elementAt, next) ? 'otlp_proto' : undefined;
  }
  return 'otlp_proto';
}

/** Whether it has the ids of a Zipkin span, and nothing such a span has not. */
function isZipkinSpan(start: number, end: number): boolean {
  if (!scan(start, end, ZIPKIN_SPAN)) return false;
  const [, traceIds = 0, parentIds = 0, ids = 0] = counts;
  if (traceIds !== 1 || ids !== 1 || parentIds > 1) return false;
  const [traceIdBytes, parentIdBytes, idBytes] = [1, 2, 3].map((field) => ends[field]! - starts[field]!);
  const isParentFit = parentIds === 0 || parentIdBytes === 8;
  return (traceIdBytes === 16 || traceIdBytes === 8) && idBytes === 8 && isParentFit;
}

/**
 * Whether what has the shape of a Zipkin span's three ids, and nothing else, is OTLP after all: a resource of 8 or 16 bytes and a schema URL of 8
 * bytes. Ids are random, so they are hardly ever well-formed attributes and printable text at once.
 */
function isResourceAndUrl(start: number, end: number): boolean {
  if (!scan(start, end, RESOURCE_SPANS)) return false;
  const [resourceAt, resourceEnd] = [starts[1]!, ends[1]!];
  if (!isText(starts[3]!, ends[3]!)) return false;
  try {
    for (let at = resourceAt; at < resourceEnd;) {
      const tag = wire.tag(at, resourceEnd);
      at = wire.skip(tag, wire.at, resourceEnd);
      if (RESOURCE[tag >>> 3] !== (tag & 7)) return false;
      if (tag === ELEMENT && !isKeyValue(wire.at, at)) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

function isKeyValue(start: number, end: number): boolean {
  return scan(start, end, KEY_VALUE) && counts[1] === 1 && isText(starts[1]!, ends[1]!);
}

/** Whether it has the fields of a ResourceSpans, and no others. */
function isResourceSpans(start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    const field = tag >>> 3;
    if ((tag & 7) !== LENGTH || (field >= RESOURCE_SPANS.length && field !== LIBRARY_SPANS)) return false;
  }
  return true;
}

/** Whether the fields in `[start, end)` are all among `types`; notes how often they come and where. */
function scan(start: number, end: number, types: readonly number[]): boolean {
  counts.fill(0);
  starts.fill(0);
  ends.fill(0);
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.skip(tag, wire.at, end);
    const field = tag >>> 3;
    if (types[field] !== (tag & 7)) return false;
    counts[field]!++;
    starts[field] = wire.at;
    ends[field] = at;
  }
  return true;
}

function isText(start: number, end: number): boolean {
  try {
    UTF_8.decode(wire.bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}
