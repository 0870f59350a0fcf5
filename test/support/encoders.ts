/** The same spans in each of the six encodings, as their producers write them: what laws over all encodings compare. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import type { Encoding } from '../../src/codecs/codec.ts';
import { encode, JAEGER, OTLP, ZIPKIN } from './protobuf-schemas.ts';

/** What every encoding can carry of a span. */
export interface AbstractSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentId: string;
  /** undefined for a resource that names none. */
  readonly service: string | undefined;
  readonly name: string;
  /** Index into SPAN_KINDS. */
  readonly kind: number;
  /** Index into STATUS_CODES. */
  readonly status: number;
  readonly startUs: number;
  readonly durationUs: number;
  readonly tracestate: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links?: readonly AbstractLink[];
  /** Attributes of its resource, beside the service's name; OTLP alone carries them here. */
  readonly resource?: Readonly<Record<string, string>>;
}

export type AbstractLink = Pick<AbstractSpan, 'traceId' | 'spanId'>;

export type OneEncoding = Exclude<Encoding, 'auto'>;
export const ONE_ENCODINGS = [
  'otlp_proto',
  'otlp_json',
  'jaeger_proto',
  'jaeger_json',
  'zipkin_json',
  'zipkin_proto',
] as const satisfies readonly OneEncoding[];

export const ATTRIBUTE_KEYS = ['http.route', 'region', 'ключ'] as const;

const JAEGER_KINDS = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'];
const ZIPKIN_KINDS = [undefined, undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const ZIPKIN_KIND_NUMBERS = [0, 0, 2, 1, 3, 4];

const idOf = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString('hex'));
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('GET /', '"\\\n\u0001', '\u{1f600}é'),
);

export const abstractSpan: fc.Arbitrary<AbstractSpan> = fc
  .record({
    traceId: fc.oneof(
      idOf(16),
      idOf(8).map((low) => low.padStart(32, '0')),
    ),
    spanId: idOf(8),
    parentId: fc.oneof(idOf(8), fc.constant('')),
    service: fc.option(
      text.filter((name) => name !== ''),
      { nil: undefined, freq: 6 },
    ),
    name: text,
    kind: fc.nat(5),
    status: fc.nat(2),
    startUs: fc.oneof(fc.integer({ min: 1_700_000_000_000_000, max: 1_900_000_000_000_000 }), fc.nat(1000)),
    durationUs: fc.oneof(fc.nat(10), fc.nat(2 ** 31)),
    tracestate: fc.constantFrom(undefined, 'ot=th:8', 'a=b,ot=th:c;rv:1'),
    attributes: fc.dictionary(fc.constantFrom(...ATTRIBUTE_KEYS), text, { noNullPrototype: true }),
    // Always of other traces: Jaeger has no links, and takes a reference within the trace for a root's parent.
    links: fc.array(fc.record({ traceId: idOf(16), spanId: idOf(8) }), { maxLength: 2 }),
  })
  .filter(({ spanId, parentId }) => spanId !== parentId);

/** The messages that carry the spans: a list of spans in one, or one each. */
export function messagesOf(encoding: OneEncoding, spans: readonly AbstractSpan[]): Uint8Array[] {
  switch (encoding) {
    case 'otlp_proto':
      return [encode(OTLP, 'TracesData', { resourceSpans: spans.map((span) => otlp(span, false)) })];
    case 'otlp_json':
      return [utf8({ resourceSpans: spans.map((span) => otlp(span, true)) })];
    case 'jaeger_proto':
      return spans.map((span) => encode(JAEGER, 'Span', jaegerProto(span)));
    case 'jaeger_json':
      return spans.map((span) => utf8(jaegerJson(span)));
    case 'zipkin_proto':
      return [encode(ZIPKIN, 'ListOfSpans', { spans: spans.map(zipkinProto) })];
    case 'zipkin_json':
      return [utf8(spans.map(zipkinJson))];
  }
}

export function utf8(value: unknown, indent?: number): Uint8Array {
  return Buffer.from(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner), indent),
  );
}

/** A document with the members of every object the other way round, and in snake_case: for readers to whom neither may matter. */
export function turnedAround(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedAround);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [
        key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        turnedAround(inner),
      ]),
  );
}

function otlp(span: AbstractSpan, isJson: boolean): object {
  const id = (hex: string): unknown => (isJson ? hex : Buffer.from(hex, 'hex'));
  return {
    resource: {
      attributes: otlpAttributes({
        ...(span.service === undefined ? {} : { 'service.name': span.service }),
        ...span.resource,
      }),
    },
    scopeSpans: [
      {
        scope: { name: 'library' },
        spans: [
          {
            traceId: id(span.traceId),
            spanId: id(span.spanId),
            ...(span.tracestate === undefined ? {} : { traceState: span.tracestate }),
            parentSpanId: id(span.parentId),
            flags: 257,
            name: span.name,
            kind: span.kind,
            startTimeUnixNano: BigInt(span.startUs) * 1000n,
            endTimeUnixNano: BigInt(span.startUs + span.durationUs) * 1000n,
            attributes: otlpAttributes(span.attributes),
            events: [{ timeUnixNano: 1n, name: 'event' }],
            links: (span.links ?? []).map(({ traceId, spanId }) => ({
              traceId: id(traceId),
              spanId: id(spanId),
            })),
            status: span.status === 0 ? {} : { code: span.status },
          },
        ],
      },
    ],
    schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
  };
}

function otlpAttributes(attributes: Readonly<Record<string, string>>): object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function jaegerTags(span: AbstractSpan): readonly (readonly [key: string, value: string | true])[] {
  const kind = JAEGER_KINDS[span.kind];
  return [
    ...(kind === undefined ? [] : [['span.kind', kind] as const]),
    ...(span.status === 1 ? [['otel.status_code', 'OK'] as const] : []),
    ...(span.status === 2 ? [['otel.status_code', 'ERROR'] as const, ['error', true] as const] : []),
    ...(span.tracestate === undefined ? [] : [['w3c.tracestate', span.tracestate] as const]),
    ...Object.entries(span.attributes),
  ];
}

function jaegerProto(span: AbstractSpan): object {
  const traceId = Buffer.from(span.traceId, 'hex');
  return {
    traceId,
    spanId: Buffer.from(span.spanId, 'hex'),
    operationName: span.name,
    references: [
      ...(span.links ?? []).map((link) => ({
        traceId: Buffer.from(link.traceId, 'hex'),
        spanId: Buffer.from(link.spanId, 'hex'),
        refType: 1,
      })),
      ...(span.parentId === '' ? [] : [{ traceId, spanId: Buffer.from(span.parentId, 'hex') }]),
    ],
    flags: 1,
    startTime: { seconds: Math.floor(span.startUs / 1e6), nanos: (span.startUs % 1e6) * 1000 },
    duration: { seconds: Math.floor(span.durationUs / 1e6), nanos: (span.durationUs % 1e6) * 1000 },
    tags: jaegerTags(span).map(([key, value]) =>
      value === true ? { key, vType: 1, vBool: true } : { key, vStr: value },
    ),
    ...(span.service === undefined ? {} : { process: { serviceName: span.service } }),
  };
}

function jaegerJson(span: AbstractSpan): object {
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  const second = new Date(Math.floor(span.startUs / 1e6) * 1000).toISOString().slice(0, 19);
  const fraction = (us: number): string => String(us % 1e6).padStart(6, '0');
  const traceId = base64(span.traceId);
  const parents = span.parentId === '' ? [] : [{ traceId, spanId: base64(span.parentId) }];
  const links = (span.links ?? []).map((link) => ({
    traceId: base64(link.traceId),
    spanId: base64(link.spanId),
    refType: 'FOLLOWS_FROM',
  }));
  return {
    traceId,
    spanId: base64(span.spanId),
    operationName: span.name,
    references: [...parents, ...links],
    flags: 1,
    startTime: `${second}.${fraction(span.startUs)}Z`,
    ...(span.durationUs === 0
      ? {}
      : { duration: `${Math.floor(span.durationUs / 1e6)}.${fraction(span.durationUs)}s` }),
    tags: jaegerTags(span).map(([key, value]) =>
      value === true ? { key, vType: 'BOOL', vBool: true } : { key, vStr: value },
    ),
    ...(span.service === undefined ? {} : { process: { serviceName: span.service } }),
  };
}

function zipkinTags(span: AbstractSpan): Record<string, string> {
  return {
    ...(span.kind === 1 ? { 'span.kind': 'internal' } : {}),
    ...(span.status === 1 ? { 'otel.status_code': 'OK' } : {}),
    ...(span.status === 2 ? { 'otel.status_code': 'ERROR', error: 'true' } : {}),
    ...(span.tracestate === undefined ? {} : { 'w3c.tracestate': span.tracestate }),
    ...Object.fromEntries(
      (span.links ?? []).map(({ traceId, spanId }, at) => [
        `otlp.link.${at}`,
        `${traceId}|${spanId}|a=b|{"text":"x|y"}|0`,
      ]),
    ),
    ...span.attributes,
  };
}

function zipkinJson(span: AbstractSpan): object {
  const isShort = span.traceId.startsWith('0'.repeat(16));
  return {
    traceId: isShort ? span.traceId.slice(16) : span.traceId,
    ...(span.parentId === '' ? {} : { parentId: span.parentId }),
    id: span.spanId,
    kind: ZIPKIN_KINDS[span.kind],
    name: span.name,
    timestamp: span.startUs,
    duration: span.durationUs,
    localEndpoint: span.service === undefined ? undefined : { serviceName: span.service, ipv4: '10.0.0.1' },
    tags: zipkinTags(span),
  };
}

function zipkinProto(span: AbstractSpan): object {
  return {
    traceId: Buffer.from(span.traceId, 'hex'),
    ...(span.parentId === '' ? {} : { parentId: Buffer.from(span.parentId, 'hex') }),
    id: Buffer.from(span.spanId, 'hex'),
    kind: ZIPKIN_KIND_NUMBERS[span.kind],
    name: span.name,
    timestamp: BigInt(span.startUs),
    duration: BigInt(span.durationUs),
    ...(span.service === undefined ? {} : { localEndpoint: { serviceName: span.service, port: 80 } }),
    tags: Object.entries(zipkinTags(span)).map(([key, value]) => ({ key, value })),
  };
}
