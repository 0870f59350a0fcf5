/** Ids from base64, as Jaeger writes bytes in JSON: big-endian 32-bit words. An empty one is zero. */
import { DecodeError } from '../decode-error.ts';
import { decodeBase64 } from './base-64.ts';
import type { JsonReader } from './json.ts';

const bytes = new Uint8Array(16);
const view = new DataView(bytes.buffer);

/** Reads a trace id of 16 bytes, or of 8 where its high half is zero, into four words. */
export function readBase64TraceId(json: JsonReader, into: Int32Array, at: number): void {
  const length = readBytes(json);
  if (length !== 16 && length !== 8 && length !== 0)
    throw new DecodeError('bad_id', `a trace id of ${length} bytes, not 16`);
  into.fill(0, at, at + 4);
  for (let i = 0; i < length; i += 4) into[at + (16 - length + i) / 4] = view.getInt32(i);
}

/** Reads a span id of 8 bytes into two words. */
export function readBase64SpanId(json: JsonReader, into: Int32Array, at: number): void {
  const length = readBytes(json);
  if (length !== 8 && length !== 0) throw new DecodeError('bad_id', `a span id of ${length} bytes, not 8`);
  into[at] = length === 0 ? 0 : view.getInt32(0);
  into[at + 1] = length === 0 ? 0 : view.getInt32(4);
}

function readBytes(json: JsonReader): number {
  json.string();
  return decodeBase64(json.text, json.textStart, json.textEnd, bytes);
}
