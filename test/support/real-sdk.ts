/**
 * Spans made by the real OpenTelemetry JS SDK and serialised by its own OTLP serialisers, protobuf and JSON, as messages a topic would
 * hold; with them the same spans as plain objects, for oracles. Shapes come from a seed: services, trees across services, odd
 * names, clocks that run backwards, statuses, sampling thresholds.
 */
import {
  type Attributes,
  type Context,
  createTraceState,
  type HrTime,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type TraceState,
} from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan, SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { Random } from '../../src/sources/demo/random.ts';
import type { SpanKind as KindName, StatusCode } from '../../src/spans/span-batch.ts';

/** A span as an oracle sees it. Kind and status are spelled as in SPAN_KINDS and STATUS_CODES. */
export interface SdkSpan {
  /** Index of the message that carries it. */
  readonly message: number;
  readonly service: string;
  readonly operation: string;
  readonly kind: KindName;
  readonly status: StatusCode;
  /** Hexadecimal; the parent's is '' for a root. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** Spans this one stands for: its sampling weight. */
  readonly sampledOneIn: number;
}

export interface SdkMessages {
  readonly proto: readonly Uint8Array[];
  readonly json: readonly Uint8Array[];
  /** In the order of messages, and of spans within each. */
  readonly spans: readonly SdkSpan[];
}

export interface SdkOptions {
  readonly seed: number;
  readonly messages: number;
  readonly spansPerMessage: number;
  /** Spans begin within `spreadMs` from here, Unix ms. */
  readonly startMs: number;
  readonly spreadMs: number;
}

const SERVICES = ['frontend', 'checkout', 'köln-zoll', 'payment'] as const;
const OPERATIONS = ['GET /', 'POST /orders', 'SELECT orders', 'naïve 名前', 'work', ''] as const;
const KINDS: readonly [SpanKind, KindName][] = [
  [SpanKind.INTERNAL, 'internal'],
  [SpanKind.SERVER, 'server'],
  [SpanKind.CLIENT, 'client'],
  [SpanKind.PRODUCER, 'producer'],
  [SpanKind.CONSUMER, 'consumer'],
];
const STATUSES: readonly [SpanStatusCode, StatusCode][] = [
  [SpanStatusCode.UNSET, 'unset'],
  [SpanStatusCode.UNSET, 'unset'],
  [SpanStatusCode.OK, 'ok'],
  [SpanStatusCode.ERROR, 'error'],
];
/** OpenTelemetry's threshold of `ot=th:` for one in so many. */
const THRESHOLDS: Readonly<Record<number, string>> = { 2: '8', 8: 'e' };
const SECOND_NS = 1_000_000_000n;

/** Makes the messages. Each carries spans of one service, whose parents may be anywhere before. */
export function sdkMessages(options: SdkOptions): SdkMessages {
  const random = new Random(options.seed, 0);
  const providers = SERVICES.map((service) => new Provider(service, random));
  const spans: SdkSpan[] = [];
  const proto: Uint8Array[] = [];
  const json: Uint8Array[] = [];
  for (let message = 0; message < options.messages; message++) {
    const provider = random.pick(providers as [Provider, ...Provider[]]);
    const made: ReadableSpan[] = [];
    for (let i = 0; i < options.spansPerMessage; i++) {
      const parent = spans.length > 0 && random.chance(0.7) ? spans[random.below(spans.length)] : undefined;
      const { plain, readable } = provider.span({ random, parent, message, options });
      spans.push(plain);
      made.push(readable);
    }
    proto.push(serialised(ProtobufTraceSerializer.serializeRequest(made)));
    json.push(serialised(JsonTraceSerializer.serializeRequest(made)));
  }
  return { proto, json, spans };
}

interface Making {
  readonly random: Random;
  readonly parent: SdkSpan | undefined;
  readonly message: number;
  readonly options: SdkOptions;
}

/** One service's SDK. */
class Provider {
  readonly #service: string;
  readonly #resource: Attributes;
  readonly #provider: BasicTracerProvider;
  #ended: ReadableSpan | undefined;
  #traceState: TraceState | undefined;

  constructor(service: string, random: Random) {
    const hex = (length: number) => (): string => Buffer.from(random.bytes(length)).toString('hex');
    this.#service = service;
    this.#resource = { 'service.name': service, 'deployment.environment.name': 'test', 'host.cpus': 4 };
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes(this.#resource),
      idGenerator: { generateTraceId: hex(16), generateSpanId: hex(8) },
      // A consistent sampler: it keeps the span and leaves its threshold in the trace state.
      sampler: {
        shouldSample: () => ({
          decision: SamplingDecision.RECORD_AND_SAMPLED,
          ...(this.#traceState === undefined ? {} : { traceState: this.#traceState }),
        }),
      },
      spanProcessors: [
        {
          onStart: () => undefined,
          onEnd: (span) => (this.#ended = span),
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    });
  }

  span({ random, parent, message, options }: Making): {
    readonly plain: SdkSpan;
    readonly readable: ReadableSpan;
  } {
    const [sdkKind, kind] = KINDS[random.below(KINDS.length)]!;
    const [code, status] = STATUSES[random.below(STATUSES.length)]!;
    const startNs =
      BigInt(options.startMs + random.below(options.spreadMs)) * 1_000_000n + BigInt(random.below(1_000_000));
    // One in twenty has no length.
    const endNs = random.chance(0.05)
      ? startNs
      : startNs + BigInt(random.latencyUs(20)) * 1000n + BigInt(random.below(1000));
    const operation = random.pick(OPERATIONS);
    const attributes: Attributes = {
      'http.request.method': random.pick(['GET', 'POST']),
      'http.response.status_code': random.pick([200, 404, 503]),
      'cache.hit': random.chance(0.5),
      'load.average': random.below(1000) / 8 + 0.0625,
      'names.list': ['a', 'b'],
    };
    const sampledOneIn = parent?.sampledOneIn ?? random.pick([1, 1, 2, 8]);
    const threshold = THRESHOLDS[sampledOneIn];
    this.#traceState = threshold === undefined ? undefined : createTraceState(`ot=th:${threshold}`);
    const span = this.#provider
      .getTracer('real-sdk', '1.0.0')
      .startSpan(operation, { kind: sdkKind, startTime: hrTime(startNs), attributes }, contextOf(parent));
    if (status !== 'unset') span.setStatus({ code });
    if (random.chance(0.1)) span.addEvent('note', { 'note.text': 'something happened' }, hrTime(startNs));
    span.end(hrTime(endNs));
    const readable = this.#ended;
    if (readable === undefined) throw new Error('BUG: the SDK ended no span');
    const { traceId, spanId } = readable.spanContext();
    const parentSpanId = parent?.spanId ?? '';
    const service = this.#service;
    const resource = this.#resource;
    return {
      readable,
      plain: {
        message,
        service,
        operation,
        kind,
        status,
        traceId,
        spanId,
        parentSpanId,
        startNs,
        endNs,
        attributes,
        resource,
        sampledOneIn,
      },
    };
  }
}

function contextOf(parent: SdkSpan | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, isRemote: true });
}

function hrTime(timeNs: bigint): HrTime {
  return [Number(timeNs / SECOND_NS), Number(timeNs % SECOND_NS)];
}

function serialised(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error('BUG: the SDK serialised nothing');
  return bytes;
}
