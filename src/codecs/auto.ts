/**
 * Decides per message which encoding it has, and decodes it as that one does. Whatever the six encodings' own producers write is
 * told apart for certain or by more bytes than chance can forge; what is none of them is `unknown_encoding`.
 */
import type { Codec, Encoding, RunReader } from './codec.ts';
import { DecodeError } from './decode-error.ts';
import jaegerJson from './jaeger-json.ts';
import jaegerProto from './jaeger-proto.ts';
import type { Messages } from './messages.ts';
import otlpJson from './otlp-json.ts';
import otlpProto from './otlp-proto.ts';
import { binaryEncoding } from './wire/binary-encoding.ts';
import { jsonEncoding } from './wire/json-encoding.ts';
import zipkinJson from './zipkin-json.ts';
import zipkinProto from './zipkin-proto.ts';

const CODECS: Readonly<Record<Exclude<Encoding, 'auto'>, Codec>> = {
  otlp_proto: otlpProto,
  otlp_json: otlpJson,
  jaeger_proto: jaegerProto,
  jaeger_json: jaegerJson,
  zipkin_json: zipkinJson,
  zipkin_proto: zipkinProto,
};

const codec: Codec = {
  decode(message, into) {
    CODECS[encodingOf(message)].decode(message, into);
  },
  openRuns(messages, into) {
    const reader = jaegerProto.openRuns!(messages, into);
    return reader && new JaegerRuns(messages, reader);
  },
};
export default codec;

/** Runs of Jaeger's messages among others. */
class JaegerRuns implements RunReader {
  readonly #messages: Messages;
  readonly #reader: RunReader;
  /** Messages before this one, from the one asked for last on, are Jaeger's. */
  #end = 0;

  constructor(messages: Messages, reader: RunReader) {
    this.#messages = messages;
    this.#reader = reader;
  }

  get bytes(): number {
    return this.#reader.bytes;
  }

  readable(first: number): number {
    if (!this.#isJaeger(first)) return 0;
    const count = this.#reader.readable(first);
    this.#end = Math.max(this.#end, first + 1);
    while (this.#end < first + count && this.#isJaeger(this.#end)) this.#end++;
    return Math.min(count, this.#end - first);
  }

  read(first: number, count: number): number {
    return this.#reader.read(first, count);
  }

  #isJaeger(index: number): boolean {
    if (index < this.#end) return true;
    const message = this.#messages.at(index);
    return message !== null && message !== undefined && binaryEncoding(message) === 'jaeger_proto';
  }
}

/** The encoding of a message. A line feed is JSON's blank and the tag that binary messages start with, so these are asked first. */
function encodingOf(message: Uint8Array): Exclude<Encoding, 'auto'> {
  const encoding = binaryEncoding(message) ?? jsonEncoding(message);
  if (encoding === undefined)
    throw new DecodeError('unknown_encoding', 'the message is in none of the encodings auto knows');
  return encoding;
}
