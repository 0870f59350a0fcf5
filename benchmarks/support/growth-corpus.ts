/** OTLP messages of a set size in every respect but one: services, series, dimensions or spans a trace. The same options give the same bytes. */
import { type Corpus, inOneBuffer, mulberry32 } from './corpus.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

export interface GrowthOptions {
  readonly spans: number;
  readonly services: number;
  /** Operations of all services together; a series for each, as each has one kind. */
  readonly series: number;
  readonly dimensions: number;
  readonly spansPerTrace: number;
}

const SPANS_PER_RESOURCE = 25;
const SPANS_PER_MESSAGE = 200;
const START_NS = 1_758_000_000_000_000_000n;
const SERVER = 2;
const CLIENT = 3;
const VALUES = 3;

/** Traces are chains, each span the child of the one before it; clients and servers as their operations are. */
export function makeGrowthCorpus(options: GrowthOptions): Corpus {
  const random = mulberry32(1);
  const messages: Uint8Array[] = [];
  for (let first = 0; first < options.spans; first += SPANS_PER_MESSAGE) {
    const writer = new ProtobufWriter();
    const end = Math.min(first + SPANS_PER_MESSAGE, options.spans);
    for (let at = first; at < end; at += SPANS_PER_RESOURCE)
      encodeResource(writer, at, Math.min(at + SPANS_PER_RESOURCE, end), options, random);
    messages.push(writer.slice(0));
  }
  return { ...inOneBuffer(messages), spans: options.spans };
}

export function dimensionKeys(dimensions: number): readonly string[] {
  return Array.from({ length: dimensions }, (_, at) => `app.dimension.${at}`);
}

function encodeResource(
  writer: ProtobufWriter,
  first: number,
  end: number,
  options: GrowthOptions,
  random: () => number,
): void {
  const service = Math.floor(first / SPANS_PER_RESOURCE) % options.services;
  writer.message(1, () => {
    writer.message(1, () => attribute(writer, 1, 'service.name', `shop-service-${service}`));
    writer.message(2, () => {
      for (let at = first; at < end; at++) {
        const one = at;
        writer.message(2, () => encodeSpan(writer, one, service, options, random));
      }
    });
  });
}

function encodeSpan(
  writer: ProtobufWriter,
  at: number,
  service: number,
  { services, series, dimensions, spansPerTrace }: GrowthOptions,
  random: () => number,
): void {
  const place = at % spansPerTrace;
  const trace = Math.floor(at / spansPerTrace);
  // In turns, so that every series comes up.
  const turn =
    Math.floor(at / (SPANS_PER_RESOURCE * services)) * SPANS_PER_RESOURCE + (at % SPANS_PER_RESOURCE);
  const operation = turn % Math.max(1, Math.floor(series / services));
  writer.bytes(1, idOf(16, trace, 0));
  writer.bytes(2, idOf(8, trace, place + 1));
  if (place > 0) writer.bytes(4, idOf(8, trace, place));
  writer.string(5, `GET /api/v1/resource-${operation}`);
  writer.uint(6, (service + operation) % 2 === 0 ? SERVER : CLIENT);
  const startNs = START_NS + BigInt(at) * 10_000n;
  writer.fixed64(7, startNs);
  writer.fixed64(8, startNs + BigInt(Math.floor(1e6 * 2 ** (2 * random()))));
  for (const [which, key] of dimensionKeys(dimensions).entries())
    attribute(writer, 9, key, `value-${Math.floor(operation / VALUES ** which) % VALUES}`);
}

function idOf(length: 8 | 16, trace: number, span: number): Uint8Array {
  const random = mulberry32(trace * 16_384 + span);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

function attribute(writer: ProtobufWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.string(1, key);
    writer.message(2, () => writer.string(1, value));
  });
}
