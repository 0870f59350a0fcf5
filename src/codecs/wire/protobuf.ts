/**
 * Bounded reading of protobuf's wire format, in place. Positions are absolute in the message's ArrayBuffer, so a view is made once per
 * buffer and not once per message. Every length is checked against the end of what holds it; unknown fields are skipped by their wire
 * type; groups, field number 0 and over-long varints are refused. What a method learns beyond its result it leaves in the fields here.
 */
import { DecodeError } from '../decode-error.ts';

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;
const VARINT_BYTES_MAX = 10;

export class WireReader {
  /** The whole buffer of the message loaded last. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** Where reading goes on after a tag, a length or a varint. */
  at = 0;
  /** The halves of the varint read last, unsigned. */
  low = 0;
  high = 0;
  #buffer: ArrayBufferLike = this.bytes.buffer;

  /** Makes a message the one to read and returns its end; `at` is its start. */
  load(message: Uint8Array): number {
    const { buffer, byteOffset } = message;
    // A detached or resized buffer keeps its identity, not its length.
    if (buffer !== this.#buffer || this.bytes.length !== buffer.byteLength) {
      this.#buffer = buffer;
      this.bytes = new Uint8Array(buffer);
      this.view = new DataView(buffer);
    }
    this.at = byteOffset;
    return byteOffset + message.length;
  }

  /** The tag at `at`, which lies before `end`. */
  tag(at: number, end: number): number {
    const first = this.bytes[at]!;
    if (first < 0x80) {
      this.at = at + 1;
      return first;
    }
    this.varint(at, end);
    if (this.high !== 0) throw new DecodeError('malformed', 'a field number is too large');
    return this.low;
  }

  /** Reads a length at `at` and returns where its content ends; `at` is where it starts. */
  lengthEnd(at: number, end: number): number {
    if (at >= end) throw truncated();
    let length = this.bytes[at]!;
    if (length < 0x80) this.at = at + 1;
    else {
      this.varint(at, end);
      length = this.high === 0 ? this.low : Number.POSITIVE_INFINITY;
    }
    const stop = this.at + length;
    if (stop > end) throw truncated();
    return stop;
  }

  /** Reads a varint into `low` and `high`. */
  varint(at: number, end: number): void {
    const bytes = this.bytes;
    let low = 0;
    let high = 0;
    let next = at;
    for (let shift = 0; ; shift += 7) {
      if (next >= end) throw truncated();
      if (next - at === VARINT_BYTES_MAX)
        throw new DecodeError('malformed', 'a varint is longer than 10 bytes');
      const byte = bytes[next++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.at = next;
    this.low = low >>> 0;
    this.high = high >>> 0;
  }

  /** Reads a varint of up to 31 bits, and says whether there is one: of those most are, the general way would be most of the time. */
  shortVarint(at: number, end: number): boolean {
    const bytes = this.bytes;
    let low = 0;
    for (let next = at, shift = 0; next < end && shift < 35; shift += 7) {
      const byte = bytes[next++]!;
      low |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift === 28 && byte > 7) return false;
      this.at = next;
      this.low = low;
      this.high = 0;
      return true;
    }
    return false;
  }

  /** Skips the value of a field, at `at`, and returns where the next field begins. */
  skip(tag: number, at: number, end: number): number {
    if (tag < 8) throw new DecodeError('malformed', 'field number 0');
    switch (tag & 7) {
      case VARINT:
        this.varint(at, end);
        return this.at;
      case FIXED_64:
        return this.fixedEnd(at, 8, end);
      case LENGTH:
        return this.lengthEnd(at, end);
      case FIXED_32:
        return this.fixedEnd(at, 4, end);
      default:
        throw new DecodeError('malformed', `wire type ${tag & 7} is not in use`);
    }
  }

  /** Where a value of `length` bytes ends, which must be there. */
  fixedEnd(at: number, length: number, end: number): number {
    if (at + length > end) throw truncated();
    return at + length;
  }

  /** The varint read last as a signed 64-bit integer; beyond 2^53 it is the nearest double. */
  signed(): number {
    return (this.high | 0) * 2 ** 32 + this.low;
  }

  /** The same in decimal, exact. */
  decimal(): string {
    const value = this.signed();
    if (Number.isSafeInteger(value)) return String(value);
    return String((BigInt(this.high | 0) << 32n) | BigInt(this.low));
  }

  /** The varint read last as an unsigned 64-bit integer; beyond 2^53 it is the nearest double. */
  unsigned(): number {
    return this.high * 2 ** 32 + this.low;
  }

  /** The varint read last as an enum's number. */
  enumeration(): number {
    return this.low | 0;
  }
}

/** Reads the id in `[wire.at, stop)` as big-endian words; an empty one is all zeros. */
export function readId(wire: WireReader, stop: number, into: Int32Array, word: number, words: number): void {
  const start = wire.at;
  const length = stop - start;
  if (length === words * 4)
    for (let i = 0; i < words; i++) into[word + i] = wire.view.getInt32(start + i * 4);
  else if (length === 0) into.fill(0, word, word + words);
  else throw new DecodeError('bad_id', `an id of ${length} bytes, not ${words * 4}`);
}

/** Whether `[start, end)` is this text. */
export function isText(wire: WireReader, text: Uint8Array, start: number, end: number): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (wire.bytes[start + i] !== text[i]) return false;
  return true;
}

/** Reads a trace id of 16 bytes, or of 8 as older tracers write them. */
export function readTraceId(wire: WireReader, stop: number, into: Int32Array, word: number): void {
  const isShort = stop - wire.at === 8;
  if (isShort) into.fill(0, word, word + 2);
  readId(wire, stop, into, isShort ? word + 2 : word, isShort ? 2 : 4);
}

export function truncated(): DecodeError {
  return new DecodeError('truncated', 'a value ends beyond what holds it');
}
