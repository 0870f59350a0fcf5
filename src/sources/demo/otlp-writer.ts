/**
 * Serialises spans of one instance as an OTLP ExportTraceServiceRequest in protobuf, the way an SDK's exporter does. Written from
 * the end to the start, so that every length is known when it is needed.
 */
import type { Attributes, AttributeValue, DemoSpan, Instance, SpanEvent, SpanLink } from './span.ts';

const TWO_32 = 2 ** 32;
const STATUS_ERROR = 2;
const FLAGS_SAMPLED = 0x101; // sampled, and it is known whether the parent is remote
const FLAGS_PARENT_REMOTE = 0x200;

/** Makes the request's bytes. */
export function writeRequest(instance: Instance, spans: readonly DemoSpan[]): Uint8Array {
  const out = new BackwardWriter();
  out.message(1, () => {
    out.message(2, () => {
      for (const span of spans.toReversed()) out.message(2, () => writeSpan(out, span));
      out.message(1, () => {
        out.text(2, instance.scope.version);
        out.text(1, instance.scope.name);
      });
    });
    out.message(1, () => writeAttributes(out, 1, instance.resource));
  });
  return out.take();
}

function writeSpan(out: BackwardWriter, span: DemoSpan): void {
  out.fixed32(16, FLAGS_SAMPLED | (span.isParentRemote ? FLAGS_PARENT_REMOTE : 0));
  const { error } = span;
  if (error !== undefined)
    out.message(15, () => {
      out.varint(3, STATUS_ERROR);
      out.text(2, error);
    });
  for (const link of span.links.toReversed()) out.message(13, () => writeLink(out, link));
  for (const event of span.events.toReversed()) out.message(11, () => writeEvent(out, event));
  writeAttributes(out, 9, span.attributes);
  out.nanoseconds(8, span.endUs);
  out.nanoseconds(7, span.startUs);
  out.varint(6, span.kind);
  out.text(5, span.name);
  if (span.parentSpanId !== undefined) out.bytes(4, span.parentSpanId);
  if (span.traceState !== '') out.text(3, span.traceState);
  out.bytes(2, span.spanId);
  out.bytes(1, span.traceId);
}

function writeLink(out: BackwardWriter, link: SpanLink): void {
  out.bytes(2, link.spanId);
  out.bytes(1, link.traceId);
}

function writeEvent(out: BackwardWriter, event: SpanEvent): void {
  writeAttributes(out, 3, event.attributes);
  out.text(2, event.name);
  out.nanoseconds(1, event.timeUs);
}

function writeAttributes(out: BackwardWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes).reverse())
    out.message(field, () => {
      out.message(2, () => writeValue(out, value));
      out.text(1, key);
    });
}

function writeValue(out: BackwardWriter, value: AttributeValue): void {
  if (typeof value === 'string') out.text(1, value);
  else if (typeof value === 'boolean') out.varint(2, value ? 1 : 0);
  else if (Number.isInteger(value)) out.varint(3, value);
  else out.double(4, value);
}

class BackwardWriter {
  #buffer = Buffer.allocUnsafe(1 << 14);
  #at = this.#buffer.length;

  take(): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(this.#at));
  }

  message(field: number, write: () => void): void {
    const end = this.#buffer.length - this.#at;
    write();
    this.#raw(this.#buffer.length - this.#at - end);
    this.#tag(field, 2);
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#buffer.write(text, this.#at, 'utf8');
    this.#raw(length);
    this.#tag(field, 2);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#raw(bytes.length);
    this.#tag(field, 2);
  }

  /** A whole number from 0 to 2^53. */
  varint(field: number, value: number): void {
    this.#raw(value);
    this.#tag(field, 0);
  }

  fixed32(field: number, value: number): void {
    this.#reserve(4);
    this.#buffer.writeUInt32LE(value, this.#at);
    this.#tag(field, 5);
  }

  double(field: number, value: number): void {
    this.#reserve(8);
    this.#buffer.writeDoubleLE(value, this.#at);
    this.#tag(field, 1);
  }

  /** A time in microseconds as a fixed64 of nanoseconds, which no double holds exactly. */
  nanoseconds(field: number, timeUs: number): void {
    const low = (timeUs % TWO_32) * 1000;
    this.#reserve(8);
    this.#buffer.writeUInt32LE(low % TWO_32, this.#at);
    this.#buffer.writeUInt32LE(Math.floor(timeUs / TWO_32) * 1000 + Math.floor(low / TWO_32), this.#at + 4);
    this.#tag(field, 1);
  }

  #tag(field: number, wireType: number): void {
    this.#raw(field * 8 + wireType);
  }

  #raw(value: number): void {
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
    this.#reserve(length);
    let rest = value;
    for (let i = 0; i < length; i++) {
      this.#buffer[this.#at + i] = (rest % 0x80) | (i < length - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
  }

  /** Moves `#at` down, in a larger buffer where this one is full. */
  #reserve(length: number): void {
    if (length > this.#at) {
      const used = this.#buffer.length - this.#at;
      const wider = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + length));
      this.#buffer.copy(wider, wider.length - used, this.#at);
      this.#at = wider.length - used;
      this.#buffer = wider;
    }
    this.#at -= length;
  }
}
