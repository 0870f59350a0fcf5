import { expect, test } from 'vitest';
import { SplitTraces } from '../../../src/engine/split-traces.ts';
import { ID_WORDS, type SpanBatch } from '../../../src/spans/span-batch.ts';

function batch(...traces: readonly number[]): SpanBatch {
  const ids = new Int32Array(traces.length * ID_WORDS);
  for (const [row, trace] of traces.entries()) {
    ids[row * ID_WORDS + 2] = trace >> 8;
    ids[row * ID_WORDS + 3] = trace << 24;
  }
  return { ids, length: traces.length } as unknown as SpanBatch;
}

test('a trace is split once it was seen on two partitions, and counted once', () => {
  const traces = new SplitTraces();
  traces.see(0, batch(1, 2, 2, 3));
  traces.see(1, batch(3, 4));
  traces.see(2, batch(3, 1, 1));
  expect(traces).toMatchObject({ sampled: 4, split: 2 });
});

test('spans without a trace are none', () => {
  const traces = new SplitTraces();
  traces.see(0, batch(0));
  traces.see(1, batch(0));
  expect(traces).toMatchObject({ sampled: 0, split: 0 });
});

test('one trace in so many is looked at', () => {
  const traces = new SplitTraces({ oneIn: 4, tracesMax: 100 });
  const ids = Int32Array.from({ length: 16 * ID_WORDS }, (_, at) => (at % ID_WORDS === 3 ? at >> 3 : 1));
  traces.see(0, { ids, length: 16 } as unknown as SpanBatch);
  expect(traces.sampled).toBeLessThanOrEqual(4);
  expect(traces.sampled).toBeGreaterThan(0);
});

test('only the last traces are remembered', () => {
  const traces = new SplitTraces({ oneIn: 1, tracesMax: 10 });
  const all = Array.from({ length: 40 }, (_, at) => at + 1);
  traces.see(0, batch(...all));
  traces.see(1, batch(...all.slice(-5)));
  expect(traces.split).toBe(5);
  traces.see(1, batch(...all.slice(0, 5)));
  expect(traces).toMatchObject({ sampled: 45, split: 5 });
});
