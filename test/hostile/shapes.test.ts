/** Spans whose ids, names or times are meant to hurt: each is counted, in bounded rows, and in time. A stall ends in the test's own limit. */
import { describe, expect, test } from 'vitest';
import { SHAPES, encoded } from '../../benchmarks/support/hostile-spans.ts';
import codec from '../../src/codecs/otlp-proto.ts';
import { Dictionary } from '../../src/spans/dictionary.ts';
import { ROWS_MAX, feed, openFullPartition, spansCounted } from '../support/full-partition.ts';
import { BASE_MS } from '../support/plain-span.ts';
import { encode, OTLP } from '../support/protobuf-schemas.ts';

const SPANS = 20_000;
/** Many times what is needed: work that grows with the square of the spans takes longer. */
const STALL_MS = 20_000;

test.each(Object.keys(SHAPES))(
  '%s: every span is counted',
  (name) => {
    const partition = openFullPartition(codec);
    feed(partition, encoded(SHAPES[name]!.shape(), SPANS).messages);
    const { rows, deadLetters } = partition.flush();
    expect(deadLetters).toEqual([]);
    expect(partition.tally.spans).toBe(SPANS);
    expect(spansCounted(rows)).toBe(SPANS);
    expect(partition.pipeline.rowsHeld).toBeLessThanOrEqual(3 * ROWS_MAX);
  },
  STALL_MS,
);

test(
  'names that differ only where a hash of multiplications and shifts forgets are found as fast as others',
  () => {
    const bits = 17;
    const bytes = new Uint8Array((bits + 1) * 4).fill(0x61);
    const view = new DataView(bytes.buffer);
    const dictionary = new Dictionary();
    for (let at = 0; at < 2 ** bits; at++) {
      bytes.fill(0x61);
      for (let bit = 0; bit < bits; bit++) {
        if (((at >> bit) & 1) === 0) continue;
        const top = 1 << 31;
        view.setInt32(bit * 4, view.getInt32(bit * 4) ^ top);
        view.setInt32(bit * 4 + 4, view.getInt32(bit * 4 + 4) ^ top ^ (top >>> 15));
      }
      expect(dictionary.intern(bytes, 0, bytes.length)).toBe(at + 1);
    }
  },
  STALL_MS,
);

describe('cardinality bombs', () => {
  const bomb = (at: number): object => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: `service-${at % 5000}` } }] },
    scopeSpans: [
      {
        spans: Array.from({ length: 10 }, (_, one) => ({
          traceId: Buffer.alloc(16, at + 1),
          spanId: Buffer.from([1, 2, 3, 4, one, at >> 16, at >> 8, at]),
          name: `operation-${at}-${one}`,
          kind: at % 6,
          startTimeUnixNano: BigInt(BASE_MS) * 1_000_000n - BigInt(at) * 1_000_000_000n,
          endTimeUnixNano: BigInt(BASE_MS) * 1_000_000n - BigInt(at) * 1_000_000_000n + 5n,
          attributes: [{ key: 'region', value: { stringValue: `region-${at}-${one}` } }],
        })),
      },
    ],
  });

  test('fill the limits, then the overflow buckets, and nothing is lost', () => {
    const messages = Array.from({ length: 5000 }, (_, at) =>
      encode(OTLP, 'TracesData', { resourceSpans: [bomb(at)] }),
    );
    const partition = openFullPartition(codec);
    feed(partition, messages);
    const { rows } = partition.flush();
    expect(spansCounted(rows)).toBe(50_000);
    const red = rows.find(({ name }) => name === 'red_v1')!;
    const services = red.columns['service'] as readonly string[];
    expect(services).toContain('__other__');
    // One window each at most of the overflow buckets, by kind and status.
    expect(new Set(services).size).toBeLessThanOrEqual(51);
    expect(partition.pipeline.rowsHeld).toBeLessThanOrEqual(3 * ROWS_MAX);
  });
});

test.each([
  ['in 1970', 0n, 1n],
  ['before it starts', 1n, 0n],
  ['ten years ahead', BigInt(BASE_MS + 10 * 365 * 86_400_000), BigInt(BASE_MS + 10 * 365 * 86_400_000 + 5)],
  ['at the end of time', 0n, 2n ** 64n / 1_000_000n - 1n],
])('a span that ends %s is counted in the window of its record', (_, startMs, endMs) => {
  const span = {
    traceId: Buffer.alloc(16, 1),
    spanId: Buffer.alloc(8, 1),
    startTimeUnixNano: startMs * 1_000_000n,
    endTimeUnixNano: endMs * 1_000_000n,
  };
  const partition = openFullPartition(codec);
  feed(partition, [encode(OTLP, 'TracesData', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })]);
  const { rows } = partition.flush();
  expect(spansCounted(rows)).toBe(1);
  const windows = rows.find(({ name }) => name === 'red_v1')!.columns['window_start'] as Float64Array;
  expect([...windows]).toEqual([BASE_MS - (BASE_MS % 60_000)]);
});
