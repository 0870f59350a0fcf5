/** The fold over the store's rows: where parts are cut does not show, and an answer that would be too large is refused. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS_LIMITS, type MetricsLimits, type MetricsParams } from '../../../src/api/metrics-params.ts';
import { type MetricAnswer, queryMetric } from '../../../src/api/metrics-query.ts';
import type { ColumnPart } from '../../../src/sinks/store-reader.ts';
import { emptyReader } from '../../support/api-server.ts';

interface Row {
  readonly windowS: number;
  readonly operation: string;
  readonly durations: readonly number[];
}

const params: MetricsParams = {
  services: ['cart'],
  spanKinds: ['server'],
  groupByOperation: true,
  quantile: 0.7,
  endMs: 3_600_000,
  lookbackMs: 3_000_000,
  stepMs: 60_000,
  ratePerMs: 300_000,
};

describe('law: parts', () => {
  it('may be cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { maxLength: 80, size: 'max' }),
        fc.array(fc.nat(9), { maxLength: 20, size: 'max' }),
        async (rows, sizes) => {
          const rest = rows.toSorted((a, b) => a.windowS - b.windowS);
          const whole = partOf(rest);
          const parts: ColumnPart[] = [];
          for (const size of sizes) parts.push(partOf(rest.splice(0, size)));
          parts.push(partOf(rest));
          for (const metric of ['latencies', 'calls', 'errors'] as const)
            expect(await answer(parts, metric)).toEqual(await answer([whole], metric));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('an answer beyond its limits', () => {
  const row = { windowS: 60, durations: [1, 2, 3] };
  const parts = [partOf([1, 2, 3].map((at) => ({ ...row, operation: `o${at}` })))];

  it('is refused for its points', async () => {
    await expect(answer(parts, 'calls', { answerPointsMax: 152 })).rejects.toThrow('more than 152 points');
    expect((await answer(parts, 'calls', { answerPointsMax: 153 })).series.length).toBe(3);
  });

  it('is refused for the buckets it holds, but not for those that never leave', async () => {
    await expect(answer(parts, 'latencies', { cellsMax: 8 })).rejects.toThrow('too many histogram buckets');
    await answer(parts, 'latencies', { cellsMax: 9 });
    await answer(parts, 'latencies', { cellsMax: 0 }, { lookbackMs: 0, ratePerMs: 3_600_000 });
  });
});

const anyRow: fc.Arbitrary<Row> = fc.record({
  windowS: fc.integer({ min: 5, max: 59 }).map((window) => window * 60),
  operation: fc.constantFrom('a', 'b', 'c'),
  durations: fc.uniqueArray(fc.integer({ min: -2, max: 300 }), { minLength: 1, maxLength: 5 }),
});

function answer(
  parts: readonly ColumnPart[],
  metric: 'latencies' | 'calls' | 'errors',
  limits: Partial<MetricsLimits> = {},
  changed: Partial<MetricsParams> = {},
): Promise<MetricAnswer> {
  const reader = emptyReader({
    columns: async function* () {
      yield* parts;
    },
  });
  const store = { reader, database: 'weir', windowMs: 60_000, limits: { ...METRICS_LIMITS, ...limits } };
  return queryMetric(store, 'default', { metric, params: { ...params, ...changed } });
}

/** Rows whose texts are numbered anew in each part, as the store does. */
function partOf(rows: readonly Row[]): ColumnPart {
  const operations = [...new Set(rows.map(({ operation }) => operation))].reverse();
  const offsets = new Int32Array(rows.length + 1);
  for (const [at, { durations }] of rows.entries()) offsets[at + 1] = offsets[at]! + durations.length;
  return {
    length: rows.length,
    numbers: {
      window_s: Uint32Array.from(rows, ({ windowS }) => windowS),
      calls: Float64Array.from(rows, ({ durations }) => durations.length * 2 ** 20),
      errors: Float64Array.from(rows, ({ durations }) => (durations.length >> 1) * 2 ** 20),
      min_us: Float64Array.from(rows, ({ durations }) => 2 ** (Math.min(...durations) / 32)),
      max_us: Float64Array.from(rows, ({ durations }) => 2 ** ((Math.max(...durations) + 1) / 32)),
    },
    texts: {
      service: { indexes: new Int32Array(rows.length), texts: ['cart'] },
      operation: {
        indexes: Int32Array.from(rows, ({ operation }) => operations.indexOf(operation)),
        texts: operations,
      },
    },
    lists: {
      bucket_index: {
        offsets,
        values: Int16Array.from(rows.flatMap(({ durations }) => durations.toSorted((a, b) => a - b))),
      },
      units: { offsets, values: new Float64Array(offsets.at(-1)!).fill(2 ** 20) },
    },
  };
}
