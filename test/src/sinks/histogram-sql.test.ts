/** The quantile in SQL against counting calls one by one: any weights, any quantile, ranks at the edges. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCALE, ZERO_BUCKET, midpointUs } from '../../../operators/histogram.ts';
import { UNITS_PER_CALL, midpointsUsSql, quantileUsSql } from '../../../src/sinks/histogram-sql.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';
import { middle } from '../../support/red-view-oracle.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse();
});

afterAll(async () => {
  await store.stop();
});

const unitsOf = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map((calls) => BigInt(calls) << 20n),
  fc.bigInt({ min: 1n, max: 1n << 22n }),
  fc.bigInt({ min: 1n, max: 1n << 60n }),
);
const histogram = fc
  .array(fc.tuple(fc.integer({ min: ZERO_BUCKET, max: 1700 }), unitsOf), { minLength: 1, maxLength: 12 })
  .map((cells) => new Map(cells.sort(([a], [b]) => a - b)));

async function quantiles(
  histograms: readonly ReadonlyMap<number, bigint>[],
  q: string | number,
  range = { minUs: '0', maxUs: '1e300' },
): Promise<number[]> {
  const sql = `SELECT arrayJoin(arrayZip({buckets:Array(Array(Int16))}, {units:Array(Array(UInt64))}, range({n:UInt32}))) AS h,
${quantileUsSql(q, { midpointsUs: midpointsUsSql('h.1'), reachedUnits: 'arrayCumSum(h.2)', ...range })} AS us ORDER BY h.3`;
  const params = {
    buckets: histograms.map((cells) => [...cells.keys()]),
    units: histograms.map((cells) => [...cells.values()]),
    n: histograms.length,
    q: 0.37,
  };
  return (await store.reader.query<{ us: number }>(sql, params)).map(({ us }) => us);
}

test.each([0, 1, 37, 50, 75, 90, 95, 99, 100])(
  'the %dth percentile is that of calls counted one by one',
  async (percent) => {
    const histograms = fc.sample(histogram, { numRuns: 400, seed: percent + 1 });
    const found = await quantiles(histograms, percent / 100);
    for (const [at, cells] of histograms.entries()) {
      const expected = middle(cells, BigInt(percent));
      expect(Math.abs(found[at]! - expected), JSON.stringify([...cells].map(String))).toBeLessThanOrEqual(
        expected * 1e-12,
      );
    }
    if (percent === 37) expect(await quantiles(histograms, '{q:Float64}')).toEqual(found);
  },
);

test('ranks are whole numbers: 7 % of 100 calls is the seventh call', async () => {
  const cells = new Map(Array.from({ length: 100 }, (_, at) => [at, BigInt(UNITS_PER_CALL)]));
  expect(Math.ceil(0.07 * 100)).toBe(8);
  const [us] = await quantiles([cells], 0.07);
  expect(us).toBeCloseTo(midpointUs(6), 12);
});

test('a quantile stays within the durations seen', async () => {
  const cells = new Map([[320, 4n << 20n]]);
  expect(await quantiles([cells], 0.5, { minUs: '1040', maxUs: '1045' })).toEqual([1040]);
  expect(await quantiles([cells], 0.5, { minUs: '10', maxUs: '1026' })).toEqual([1026]);
});

test('the layout is the one operators count in', async () => {
  const buckets = [ZERO_BUCKET, -1, 0, 1, 31, 32, 33, 1000, 1727];
  const found = await quantiles(
    buckets.map((bucket) => new Map([[bucket, 1n]])),
    0.5,
  );
  for (const [at, bucket] of buckets.entries())
    expect(found[at]! / midpointUs(bucket) || 1).toBeCloseTo(1, 12);
  expect(UNITS_PER_CALL).toBe(WEIGHT_ONE);
  expect(SCALE).toBe(5);
});
