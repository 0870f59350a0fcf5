/**
 * OTLP's AnyValue as the text of an attribute, interned: see `attribute-text.ts` for the rules. Nested values are walked with a stack
 * of their own, no deeper than DEPTH_MAX and no further than an attribute is kept.
 */
import { Buffer } from 'node:buffer';
import { ATTRIBUTE_BYTES_MAX } from '../../limits.ts';
import { SPAN_ATTRIBUTE_BYTES_MAX } from '../../spans/span-batch.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { NestedText } from '../attribute-text.ts';
import type { WireReader } from './protobuf.ts';

/** Tags of AnyValue. */
const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;
const MAP = 0x32;
const BYTES = 0x3a;
/** Tag of ArrayValue's and KeyValueList's one field. */
const VALUES = 0x0a;
const KEY = 0x0a;
const VALUE = 0x12;
const NONE = 0;

/** Where a KeyValue's key and value are; a part it lacks is empty. */
export interface KeyValue {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}

const nested = new NestedText();
const LOSSY = new TextDecoder('utf-8', { ignoreBOM: true });
let variantEnd = 0;
const pair: KeyValue = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };

/** Finds key and value in the KeyValue `[start, end)`, in whatever order they come. */
export function readKeyValue(wire: WireReader, start: number, end: number, into: KeyValue): void {
  into.keyStart = into.keyEnd = into.valueStart = into.valueEnd = 0;
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.at;
    if (tag === KEY) {
      at = into.keyEnd = wire.lengthEnd(at, end);
      into.keyStart = wire.at;
    } else if (tag === VALUE) {
      at = into.valueEnd = wire.lengthEnd(at, end);
      into.valueStart = wire.at;
    } else at = wire.skip(tag, at, end);
  }
}

/** The tag of what the AnyValue `[start, end)` holds, NONE where it holds nothing; `wire.at` and `variantEnd` bound it. */
function readVariant(wire: WireReader, start: number, end: number): number {
  let variant = NONE;
  let content = start;
  for (let at = start; at < end;) {
    const tag = wire.tag(at, end);
    at = wire.at;
    const known =
      tag === STRING ||
      tag === BOOL ||
      tag === INT ||
      tag === DOUBLE ||
      tag === ARRAY ||
      tag === MAP ||
      tag === BYTES;
    const next = wire.skip(tag, at, end);
    if (known) {
      variant = tag;
      // A skipped length leaves `wire.at` at its content.
      content = (tag & 7) === 2 ? wire.at : at;
      variantEnd = next;
    }
    at = next;
  }
  wire.at = content;
  return variant;
}

/** Whether what the AnyValue `[start, end)` holds takes more than SPAN_ATTRIBUTE_BYTES_MAX, its tag and length not counted. */
export function isLongValue(wire: WireReader, start: number, end: number): boolean {
  if (end - start <= SPAN_ATTRIBUTE_BYTES_MAX || readVariant(wire, start, end) === NONE) return false;
  return variantEnd - wire.at > SPAN_ATTRIBUTE_BYTES_MAX;
}

/** Whether the AnyValue `[start, end)` is a string; then `[wire.at, result)` is its bytes, and the result is -1 otherwise. */
export function stringEnd(wire: WireReader, start: number, end: number): number {
  return readVariant(wire, start, end) === STRING ? variantEnd : -1;
}

/** The dictionary id of the text of the AnyValue `[start, end)`. */
export function internAnyValue(wire: WireReader, start: number, end: number, into: SpanWriter): number {
  const { bytes } = wire;
  // Nearly all values are short strings, or integers and nothing else.
  if (
    start + 1 < end &&
    bytes[start] === STRING &&
    end === start + 2 + bytes[start + 1]! &&
    bytes[start + 1]! < 0x80
  )
    return into.names.attribute(bytes, start + 2, end);
  if (start + 1 < end && bytes[start] === INT) {
    wire.varint(start + 1, end);
    if (wire.at === end && wire.high === 0) return into.dictionary.internInteger(wire.low);
  }
  const variant = readVariant(wire, start, end);
  const at = wire.at;
  switch (variant) {
    case STRING:
      return into.names.attribute(wire.bytes, at, variantEnd);
    case BOOL:
      wire.varint(at, variantEnd);
      return into.names.attributeText(wire.low === 0 && wire.high === 0 ? 'false' : 'true');
    case INT:
      wire.varint(at, variantEnd);
      return wire.high === 0
        ? into.dictionary.internInteger(wire.low)
        : into.names.attributeText(wire.decimal());
    case DOUBLE:
      return into.names.attributeText(String(wire.view.getFloat64(at, true)));
    case BYTES:
      return into.names.attributeBytes(wire.bytes, at, variantEnd);
    case ARRAY:
    case MAP:
      return into.names.attributeText(nestedText(wire, variant, at, variantEnd));
    default:
      return into.names.attributeText('');
  }
}

/** The text of an ArrayValue or KeyValueList. Each frame of the stack is one that is open: where it goes on and where it ends. */
function nestedText(wire: WireReader, variant: number, start: number, end: number): string {
  const frames: { readonly isMap: boolean; at: number; readonly end: number }[] = [];
  nested.reset();
  open(variant, start, end);
  for (let frame = frames.at(-1); frame !== undefined && !nested.isFull; frame = frames.at(-1)) {
    if (frame.at >= frame.end) {
      nested.close();
      frames.pop();
      continue;
    }
    const tag = wire.tag(frame.at, frame.end);
    const at = wire.at;
    frame.at = wire.skip(tag, at, frame.end);
    if (tag !== VALUES) continue;
    let valueStart = wire.at;
    let valueEnd = frame.at;
    if (frame.isMap) {
      readKeyValue(wire, valueStart, valueEnd, pair);
      nested.key(text(wire, pair.keyStart, pair.keyEnd));
      ({ valueStart, valueEnd } = pair);
    }
    const inner = readVariant(wire, valueStart, valueEnd);
    if (inner === ARRAY || inner === MAP) open(inner, wire.at, variantEnd);
    else writeScalar(wire, inner, wire.at, variantEnd);
  }
  return nested.text;

  function open(kind: number, from: number, to: number): void {
    if (kind === MAP) nested.openMap();
    else nested.openArray();
    frames.push({ isMap: kind === MAP, at: from, end: to });
  }
}

function writeScalar(wire: WireReader, variant: number, at: number, end: number): void {
  switch (variant) {
    case STRING:
      nested.string(text(wire, at, end));
      break;
    case BOOL:
      wire.varint(at, end);
      nested.boolean(wire.low !== 0 || wire.high !== 0);
      break;
    case INT:
      wire.varint(at, end);
      nested.integer(wire.decimal());
      break;
    case DOUBLE:
      nested.double(wire.view.getFloat64(at, true));
      break;
    case BYTES: {
      const kept = wire.bytes.subarray(at, Math.min(end, at + ATTRIBUTE_BYTES_MAX));
      nested.string(Buffer.from(kept).toString('base64'));
      break;
    }
    default:
      nested.null();
  }
}

/** What of a text an attribute can keep. */
function text(wire: WireReader, start: number, end: number): string {
  return LOSSY.decode(wire.bytes.subarray(start, Math.min(end, start + ATTRIBUTE_BYTES_MAX)));
}
