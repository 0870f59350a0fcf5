/**
 * Logs to read from a real broker, as unruly as those that laws are tried on: ids that collide, are shared and form cycles, links, repeats, late and
 * skewed spans, and messages nobody can decode.
 */
import * as fc from 'fast-check';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { joinedLog } from './joined-spans.ts';
import { nestedLog } from './nested-log.ts';
import { BASE_MS, type PlainMessage, type PlainSpan } from './plain-span.ts';
import { encode, OTLP } from './protobuf-schemas.ts';

export interface StoredMessage extends PlainMessage {
  readonly value: Uint8Array;
}

const POISON = ['{"resourceSpans":[{"scopeSpans":', 'no spans at all'].map((text) => Buffer.from(text));
const SDK = {
  'telemetry.sdk.language': 'go',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '1.30.0',
};
const IDS_A_LOG = 8;
/** The latest spans end within an hour of their records. */
const AGE_MS = 2 * 3_600_000;

/** Messages without end, alike for one seed and hour: OTLP, recorded some hours ago. */
export function* unrulyMessages(seed: number): Generator<StoredMessage, never, void> {
  const hourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const shiftMs = hourMs - AGE_MS - Math.floor(BASE_MS / 3_600_000) * 3_600_000;
  for (let round = 0; ; round++) {
    const [joined, nested] = [joinedLog, nestedLog].map((logs) =>
      fc.sample(logs, { seed: seed + round, numRuns: 10 }),
    );
    for (const [at, log] of [...joined!, ...nested!].entries()) {
      // Each has traces of its own: what is near in the log is related enough.
      const firstId = (round * 20 + at) * IDS_A_LOG;
      for (const [index, { recordMs, spans = [] }] of log.entries()) {
        if (index % 9 === 4) yield poison(recordMs + shiftMs, index);
        const placed = spans.map((span) => place(span, firstId, shiftMs));
        yield { recordMs: recordMs + shiftMs, spans: placed, value: encoded(placed) };
      }
    }
  }
}

function poison(recordMs: number, index: number): StoredMessage {
  return { recordMs, spans: undefined, value: POISON[index % POISON.length]! };
}

function place(span: PlainSpan, firstId: number, shiftMs: number): PlainSpan {
  const shiftNs = BigInt(shiftMs) * 1_000_000n;
  const traceOf = (traceId: number): number => (traceId === 0 ? 0 : firstId + traceId);
  return {
    ...span,
    traceId: traceOf(span.traceId),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId: traceOf(traceId), spanId })),
    startNs: span.startNs + shiftNs,
    endNs: span.endNs + shiftNs,
    // What a producer that sampled one trace in two can say.
    weight: span.spanId % 3 === 1 ? 2 * WEIGHT_ONE : WEIGHT_ONE,
  };
}

function encoded(spans: readonly PlainSpan[]): Uint8Array {
  const id = (number: number, bytes: number): Buffer =>
    Buffer.from(number.toString(16).padStart(2 * bytes, '0'), 'hex');
  const resourceSpans = spans.map((span) => ({
    resource: { attributes: attributesOf({ 'service.name': span.service, ...SDK }) },
    scopeSpans: [
      {
        spans: [
          {
            traceId: id(span.traceId, 16),
            spanId: id(span.spanId, 8),
            parentSpanId: id(span.parentId, 8),
            ...(span.weight === WEIGHT_ONE ? {} : { traceState: 'ot=th:8' }),
            name: span.operation,
            kind: span.kind,
            startTimeUnixNano: span.startNs,
            endTimeUnixNano: span.endNs,
            attributes: attributesOf(span.attributes),
            links: (span.links ?? []).map(({ traceId, spanId }) => ({
              traceId: id(traceId, 16),
              spanId: id(spanId, 8),
            })),
            status: { code: span.status },
          },
        ],
      },
    ],
  }));
  return encode(OTLP, 'TracesData', { resourceSpans });
}

function attributesOf(attributes: Readonly<Record<string, string>>): object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
