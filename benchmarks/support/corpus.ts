/**
 * A seeded corpus of OTLP messages shaped like a real system's: 24 services of 4 pods, traces of 5 to 60 spans, 8 to 15 attributes a
 * span, events on 7 %, errors on 1.3 %. Each operation has a typical duration, from 0.1 to 100 ms, and its calls spread around that (sigma 0.7 octaves; one in 100
 * takes ten times as long). A message holds `resourcesPerMessage` ResourceSpans of `spansPerResource` spans each, which is
 * how a collector batches; of a topic keyed by trace id, a message holds one trace. The same options give the same bytes.
 */
import { ProtobufWriter } from './protobuf-writer.ts';

export interface CorpusOptions {
  /** Spans at least: whole messages only. */
  readonly spans: number;
  readonly seed?: number;
  readonly resourcesPerMessage?: number;
  readonly spansPerResource?: number;
  /** A message for each trace, with a ResourceSpans for each of its pods. */
  readonly isKeyed?: boolean;
  /** Of each service, the first called most. */
  readonly operations?: number;
  /** Between the starts of two traces. */
  readonly traceNs?: bigint;
}

export interface Corpus {
  /** Slices of one ArrayBuffer, as a Kafka client hands them out. */
  readonly messages: readonly Uint8Array[];
  readonly spans: number;
  readonly bytes: number;
}

/** Attribute keys a deployment with a few dimensions of its own asks for. */
export const WANTED_KEYS = [
  'peer.service',
  'db.system',
  'messaging.system',
  'http.request.method',
  'http.response.status_code',
  'deployment.environment.name',
];

export function makeCorpus(options: CorpusOptions): Corpus {
  const { spans, seed = 1, resourcesPerMessage = 8, spansPerResource = 25, isKeyed = false } = options;
  const { operations, traceNs } = options;
  if (isKeyed) return makeKeyedCorpus(spans, seed);
  const random = mulberry32(seed);
  const pods = new Map<string, Span[]>();
  const full: { readonly pod: string; readonly spans: readonly Span[] }[] = [];
  const encoded: Uint8Array[] = [];
  const perMessage = resourcesPerMessage * spansPerResource;
  for (let trace = 0; encoded.length * perMessage < spans; trace++) {
    for (const span of makeTrace(trace, random, operations, traceNs)) {
      const pod = `${span.service}/${Math.floor(random() * PODS)}`;
      const waiting = pods.get(pod) ?? [];
      pods.set(pod, waiting);
      waiting.push(span);
      if (waiting.length < spansPerResource) continue;
      pods.set(pod, []);
      full.push({ pod, spans: waiting });
      if (full.length === resourcesPerMessage) encoded.push(encode(full.splice(0)));
    }
  }
  return { ...inOneBuffer(encoded), spans: encoded.length * perMessage };
}

function makeKeyedCorpus(spans: number, seed: number): Corpus {
  const random = mulberry32(seed);
  const encoded: Uint8Array[] = [];
  let made = 0;
  for (let trace = 0; made < spans; trace++) {
    const pods = new Map<string, Span[]>();
    for (const span of makeTrace(trace, random)) {
      const pod = `${span.service}/${Math.floor(random() * PODS)}`;
      const held = pods.get(pod);
      if (held === undefined) pods.set(pod, [span]);
      else held.push(span);
      made++;
    }
    encoded.push(encode([...pods].map(([pod, held]) => ({ pod, spans: held }))));
  }
  return { ...inOneBuffer(encoded), spans: made };
}

const SERVICES = 24;
const PODS = 4;
const OPERATIONS = 38;
const EVENTS_SHARE = 0.07;
const ERRORS_SHARE = 0.013;
export const START_NS = 1_758_000_000_000_000_000n;
const TRACE_NS = 3_000_000n;
const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;

export interface Span {
  readonly service: number;
  readonly peer: number;
  readonly operation: number;
  readonly kind: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentId: Uint8Array;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly isError: boolean;
  readonly hasEvent: boolean;
  readonly extras: number;
}

/** A tree of calls: clients call servers of other services, servers do internal work and call on. */
export function makeTrace(
  trace: number,
  random: () => number,
  operations = OPERATIONS,
  traceNs = TRACE_NS,
): Span[] {
  const traceId = randomBytes(16, random);
  const size = 5 + Math.floor(random() * 56);
  const spans: Span[] = [];
  for (let i = 0; i < size; i++) {
    const parent = i === 0 ? undefined : spans[Math.floor(random() * i)]!;
    const answers = parent?.kind === CLIENT;
    const kind = parent === undefined || answers ? SERVER : random() < 0.5 ? CLIENT : INTERNAL;
    const service = answers ? parent.peer : (parent?.service ?? Math.floor(random() * SERVICES));
    const operation = Math.floor(random() * random() * operations);
    spans.push({
      service,
      peer: Math.floor(random() * SERVICES),
      operation,
      kind,
      traceId,
      spanId: randomBytes(8, random),
      parentId: parent?.spanId ?? new Uint8Array(0),
      startNs: START_NS + BigInt(trace) * traceNs + BigInt(i * 700_000 + Math.floor(random() * 600_000)),
      durationNs: durationNs(service * OPERATIONS + operation, random),
      isError: random() < ERRORS_SHARE,
      hasEvent: random() < EVENTS_SHARE,
      extras: Math.floor(random() * 8),
    });
  }
  return spans;
}

/** Around what is typical of the operation, 0.1 to 100 ms. */
function durationNs(operation: number, random: () => number): bigint {
  const typicalNs = 1e5 * 10 ** (((operation * 0.618) % 1) * 3);
  const deviation = (random() + random() + random() + random() - 2) * Math.sqrt(3);
  return BigInt(Math.floor(typicalNs * 2 ** (0.7 * deviation) * (random() < 0.01 ? 10 : 1)));
}

function encode(resources: readonly { readonly pod: string; readonly spans: readonly Span[] }[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const { pod, spans } of resources)
    writer.message(1, () => {
      writer.message(1, () => encodeResource(writer, pod));
      writer.message(2, () => {
        writer.message(1, () => {
          writer.string(1, '@opentelemetry/instrumentation-http');
          writer.string(2, '0.57.1');
        });
        for (const span of spans) writer.message(2, () => encodeSpan(writer, span));
      });
    });
  return writer.slice(0);
}

function encodeResource(writer: ProtobufWriter, pod: string): void {
  const [service, replica] = pod.split('/');
  const texts = {
    'service.name': `shop-service-${service}`,
    'service.namespace': 'shop',
    'service.version': `1.${service}.0`,
    'service.instance.id': `6f1c2b9e-0000-4000-8000-00000000${service}${replica}`,
    'deployment.environment.name': Number(service) % 2 === 0 ? 'production' : 'canary',
    'k8s.pod.name': `shop-service-${service}-5d8f7c9b6-${replica}`,
    'k8s.namespace.name': 'shop',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': '2.0.1',
    'host.name': `node-${Number(service) % 7}`,
  };
  for (const [key, value] of Object.entries(texts)) attribute(writer, 1, key, value);
}

function encodeSpan(writer: ProtobufWriter, span: Span): void {
  writer.bytes(1, span.traceId);
  writer.bytes(2, span.spanId);
  if (span.parentId.length > 0) writer.bytes(4, span.parentId);
  writer.string(5, nameOf(span));
  writer.uint(6, span.kind);
  writer.fixed64(7, span.startNs);
  writer.fixed64(8, span.startNs + span.durationNs);
  for (const [key, value] of attributesOf(span)) attribute(writer, 9, key, value);
  if (span.hasEvent)
    writer.message(11, () => {
      writer.fixed64(1, span.startNs + span.durationNs / 2n);
      writer.string(2, 'exception');
      attribute(writer, 3, 'exception.type', 'TimeoutError');
      attribute(writer, 3, 'exception.message', `deadline of ${span.operation} ms exceeded`);
    });
  writer.message(15, () => {
    if (!span.isError) return;
    writer.string(2, 'deadline exceeded');
    writer.uint(3, 2);
  });
  writer.fixed32(16, 0x101);
}

export function nameOf(span: Span): string {
  return `${span.kind === INTERNAL ? 'work' : 'GET'} /api/v1/resource-${span.operation}`;
}

/** 8 to 15 attributes. */
export function attributesOf(span: Span): [string, string | number][] {
  const path = `/api/v1/resource-${span.operation}`;
  const common: [string, string | number][] = [
    ['thread.id', 1 + (span.operation % 17)],
    ['code.function.name', `handle_${span.operation}`],
  ];
  const byKind: [string, string | number][] =
    span.kind === INTERNAL
      ? [
          ['code.file.path', `/srv/app/src/handlers/resource-${span.operation}.js`],
          ['code.line.number', 10 + span.operation * 7],
          ['app.cache.hit', span.operation % 2],
          ['app.customer.tier', span.operation % 3 === 0 ? 'gold' : 'silver'],
          ['app.items.count', span.operation * 3],
          ['app.region', 'eu-central-1'],
        ]
      : [
          ['http.request.method', span.operation % 5 === 0 ? 'POST' : 'GET'],
          ['http.response.status_code', span.isError ? 503 : 200],
          ['url.full', `http://shop-service-${span.peer}.shop.svc.cluster.local${path}?page=${span.extras}`],
          ['server.address', `shop-service-${span.peer}.shop.svc.cluster.local`],
          ['network.protocol.version', '1.1'],
          span.kind === CLIENT
            ? ['peer.service', `shop-service-${span.peer}`]
            : ['client.address', '10.42.7.19'],
        ];
  const extras: [string, string | number][] = [
    ['server.port', 8080],
    ['user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'],
    ['http.route', path],
    ['network.peer.address', '10.42.3.77'],
    ['url.scheme', 'http'],
    ['network.peer.port', 40_000 + span.operation],
    ['app.request.id', `${span.operation}-${span.peer}-${span.extras}`],
  ];
  return [...common, ...byKind, ...extras.slice(0, span.extras)];
}

function attribute(writer: ProtobufWriter, field: number, key: string, value: string | number): void {
  writer.message(field, () => {
    writer.string(1, key);
    writer.message(2, () => (typeof value === 'string' ? writer.string(1, value) : writer.uint(3, value)));
  });
}

export function inOneBuffer(parts: readonly Uint8Array[]): {
  messages: readonly Uint8Array[];
  bytes: number;
} {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(bytes);
  let at = 0;
  const messages = parts.map((part) => {
    all.set(part, at);
    at += part.length;
    return all.subarray(at - part.length, at);
  });
  return { messages, bytes };
}

function randomBytes(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
