/** Numbers as large as an encoding can say: every row of theirs can be written, and counts what it says. */
import { expect, test } from 'vitest';
import redJob from '../../jobs/red.ts';
import type { Rows } from '../../operators/rows.ts';
import type { Codec } from '../../src/codecs/codec.ts';
import jaeger from '../../src/codecs/jaeger-proto.ts';
import otlp from '../../src/codecs/otlp-proto.ts';
import zipkin from '../../src/codecs/zipkin-json.ts';
import { openPipeline } from '../../src/engine/pipeline.ts';
import { encodeRows } from '../../src/sinks/arrow.ts';
import { uint64 } from '../../src/sinks/arrow-columns.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';
import { encode, JAEGER, OTLP } from '../support/protobuf-schemas.ts';

const limits = { servicesPerTenantMax: 9, seriesPerServiceMax: 9, rowsPerTenantMax: 9 };
const job = redJob({ dimensions: [], limits, seed: 1 });
const RECORD_MS = 1_758_463_980_000;
const traceId = new Uint8Array(16).fill(1);
const spanId = new Uint8Array(8).fill(2);

function redOf(codec: Codec, message: Uint8Array): Rows {
  const rules = { windowMs: 60_000, aheadMsMax: 6e5, lateMsMax: 8.64e7, keys: [] };
  const pipeline = openPipeline([job], { rules, spansMax: 1000, slotMessages: 4096, seed: 1 });
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  writer.reset(0);
  writer.begin(0, RECORD_MS, 'default');
  codec.decode(message, writer);
  pipeline.add(writer);
  return pipeline.take().find(({ name }) => name === 'red_v1')!;
}

/** A message of as many OTLP spans. */
function otlpOf(spans: readonly object[]): Uint8Array {
  const named = spans.map((span, at) => ({
    traceId,
    spanId: Uint8Array.of(1, 1, 1, 1, 1, 1, at >> 8, at),
    name: 'x',
    ...span,
  }));
  return encode(OTLP, 'TracesData', { resourceSpans: [{ scopeSpans: [{ spans: named }] }] });
}

const LONGEST: readonly (readonly [string, Codec, Uint8Array])[] = [
  ['otlp_proto', otlp, otlpOf([{ startTimeUnixNano: 1n, endTimeUnixNano: 2n ** 64n - 1n }])],
  [
    'jaeger_proto',
    jaeger,
    encode(JAEGER, 'Span', { traceId, spanId, operationName: 'x', duration: { seconds: 315_576_000_000n } }),
  ],
  [
    'zipkin_json',
    zipkin,
    new TextEncoder().encode(
      `[{"traceId":"1","id":"2","name":"x","timestamp":${RECORD_MS}000,"duration":9223372036854775807}]`,
    ),
  ],
];

test.each(LONGEST)('the longest duration of %s', (_, codec, message) => {
  const rows = redOf(codec, message);
  expect(rows.columns['calls_units']).toEqual(Float64Array.of(WEIGHT_ONE));
  expectWritten(rows);
});

test('the heaviest weights, together', () => {
  const times = {
    startTimeUnixNano: BigInt(RECORD_MS) * 1_000_000n,
    endTimeUnixNano: BigInt(RECORD_MS + 1) * 1_000_000n,
  };
  const heaviest = { ...times, traceState: 'ot=th:ffffffffffffff' };
  expectWritten(redOf(otlp, otlpOf(Array.from({ length: 600 }, () => heaviest))));
});

test('what 64 bits hold is written, and of more the most that they hold', () => {
  const written = (value: number): bigint => uint64(Float64Array.of(value)).values[0]!;
  for (const value of [0, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63 + 2 ** 11])
    expect(written(value)).toBe(BigInt(value));
  for (const value of [2 ** 64, 2 ** 70]) expect(written(value)).toBe(2n ** 64n - 2n ** 11n);
  for (const value of [-1, 0.5, Number.NaN]) expect(() => written(value)).toThrow('no whole number');
});

function expectWritten(rows: Rows): void {
  const table = job.tables.find(({ name }) => name === rows.name)!;
  const stamped = { rows, topic: 'spans', generation: 1, partition: 0, hi: 1 };
  expect([...encodeRows(table, [stamped]).chunks].length).toBeGreaterThan(0);
}
