/**
 * The corpus' traces as messages of one span each, which is how Jaeger's collector writes to Kafka (`jaeger_proto`), and as Zipkin's
 * lists of spans (`zipkin_proto`). The same options give the same bytes.
 */
import {
  type Corpus,
  attributesOf,
  inOneBuffer,
  makeTrace,
  mulberry32,
  nameOf,
  type Span,
} from './corpus.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

const KINDS = ['', 'internal', 'server', 'client'];
/** Zipkin's numbers of the same kinds: internal has none. */
const ZIPKIN_KINDS = [0, 0, 2, 1];
const STRING = 0;
const BOOLEAN = 1;
const INTEGER = 2;

export function makeJaegerCorpus(options: { readonly spans: number; readonly seed?: number }): Corpus {
  const writer = new ProtobufWriter();
  const encoded = spansOf(options).map((span) => {
    const start = writer.at;
    encodeJaeger(writer, span);
    const message = writer.slice(start);
    writer.at = start;
    return message;
  });
  return { ...inOneBuffer(encoded), spans: encoded.length };
}

export function makeZipkinCorpus(options: {
  readonly spans: number;
  readonly spansPerMessage: number;
}): Corpus {
  const { spansPerMessage } = options;
  const spans = spansOf(options);
  const encoded: Uint8Array[] = [];
  for (let at = 0; at < spans.length; at += spansPerMessage) {
    const writer = new ProtobufWriter();
    for (const span of spans.slice(at, at + spansPerMessage))
      writer.message(1, () => encodeZipkin(writer, span));
    encoded.push(writer.slice(0));
  }
  return { ...inOneBuffer(encoded), spans: spans.length };
}

function spansOf({ spans, seed = 1 }: { readonly spans: number; readonly seed?: number }): Span[] {
  const random = mulberry32(seed);
  const made: Span[] = [];
  for (let trace = 0; made.length < spans; trace++) made.push(...makeTrace(trace, random));
  return made.slice(0, spans);
}

function encodeJaeger(writer: ProtobufWriter, span: Span): void {
  writer.bytes(1, span.traceId);
  writer.bytes(2, span.spanId);
  writer.string(3, nameOf(span));
  if (span.parentId.length > 0)
    writer.message(4, () => {
      writer.bytes(1, span.traceId);
      writer.bytes(2, span.parentId);
    });
  writer.uint(5, 1);
  writer.message(6, () => seconds(writer, span.startNs));
  writer.message(7, () => seconds(writer, span.durationNs));
  tag(writer, 8, 'span.kind', KINDS[span.kind]!);
  if (span.isError) tag(writer, 8, 'error', true);
  for (const [key, value] of attributesOf(span)) tag(writer, 8, key, value);
  writer.message(10, () => {
    writer.string(1, `shop-service-${span.service}`);
    tag(writer, 2, 'telemetry.sdk.language', 'nodejs');
    tag(writer, 2, 'host.name', `node-${span.service % 7}`);
  });
}

function seconds(writer: ProtobufWriter, ns: bigint): void {
  writer.uint(1, Number(ns / 1_000_000_000n));
  writer.uint(2, Number(ns % 1_000_000_000n));
}

function tag(writer: ProtobufWriter, field: number, key: string, value: string | number | boolean): void {
  writer.message(field, () => {
    writer.string(1, key);
    writer.uint(2, typeof value === 'string' ? STRING : typeof value === 'number' ? INTEGER : BOOLEAN);
    if (typeof value === 'string') writer.string(3, value);
    else if (typeof value === 'number') writer.uint(5, value);
    else writer.uint(4, 1);
  });
}

function encodeZipkin(writer: ProtobufWriter, span: Span): void {
  writer.bytes(1, span.traceId);
  if (span.parentId.length > 0) writer.bytes(2, span.parentId);
  writer.bytes(3, span.spanId);
  if (ZIPKIN_KINDS[span.kind] !== 0) writer.uint(4, ZIPKIN_KINDS[span.kind]!);
  writer.string(5, nameOf(span));
  writer.fixed64(6, span.startNs / 1000n);
  writer.uint(7, Number(span.durationNs / 1000n));
  writer.message(8, () => writer.string(1, `shop-service-${span.service}`));
  for (const [key, value] of [...attributesOf(span), ...errorOf(span)])
    writer.message(11, () => {
      writer.string(1, key);
      writer.string(2, String(value));
    });
}

function errorOf(span: Span): [string, string][] {
  return span.isError ? [['error', 'deadline exceeded']] : [];
}
