/** What was acknowledged is what a scraper reads: any increments, cut into any flushes, scraped at any moment. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLASSIC_BOUNDS_US } from '../../operators/histogram.ts';
import { createCounters } from '../../src/sinks/prometheus.ts';
import { SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { textOf } from '../support/chunks.ts';
import { type Exposition, parseExposition, sampleKey, samplesOf } from '../support/exposition.ts';
import {
  type Increment,
  durationsOf,
  flushOf,
  incrementRows,
  spanMetricsFamily,
  weightOf,
} from '../support/span-metrics-rows.ts';

const CALLS = 'traces_span_metrics_calls_total';
const DURATION = 'traces_span_metrics_duration_milliseconds';

const name = fc.oneof(
  fc.constantFrom('a', 'b', '__other__'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
);
const increment: fc.Arbitrary<Increment> = fc.record({
  tenant: fc.constantFrom('acme', 'umbra'),
  service: name,
  operation: name,
  kind: fc.constantFrom(...SPAN_KINDS),
  status: fc.constantFrom(...STATUS_CODES),
  dimensions: fc.dictionary(fc.constantFrom('a.b', 'a_b', 'span_name'), name),
  durationsUs: fc.array(fc.oneof(fc.nat(30_000_000), fc.constantFrom(...CLASSIC_BOUNDS_US)), {
    minLength: 1,
    maxLength: 4,
  }),
  weight: fc.oneof(fc.constant(WEIGHT_ONE), fc.integer({ min: WEIGHT_ONE, max: 2 ** 30 })),
});
/** Flushes, and after each of them whether somebody scrapes. */
const course = fc.array(fc.tuple(fc.array(increment, { maxLength: 6 }), fc.boolean()), { maxLength: 8 });

test('law: sums per series are those of the increments, in exact units; cap or not, totals are kept', async () => {
  await fc.assert(
    fc.asyncProperty(
      course,
      fc.constantFrom(1, 6, 1000),
      fc.boolean(),
      async (flushes, seriesPerTenantMax, hasTenantLabel) => {
        const counters = createCounters([spanMetricsFamily(['a.b', 'a_b', 'span_name'])], {
          seriesPerTenantMax,
          hasTenantLabel,
        });
        const scrape = async (): Promise<Exposition> => parseExposition(await textOf(counters.render()));
        let before: Exposition | undefined;
        for (const [increments, isScraped] of flushes) {
          counters.acknowledged(flushOf(incrementRows(increments)));
          if (isScraped) before = expectRisen(before, await scrape());
        }
        before = expectRisen(before, await scrape());
        const shown = expectRisen(before, await scrape());
        const all = flushes.flatMap(([increments]) => increments);
        expect(unitsByStatus(shown, CALLS)).toEqual(callsByStatus(all));
        expect(unitsByStatus(shown, `${DURATION}_count`)).toEqual(callsByStatus(all));
        expect(bucketUnits(shown)).toEqual(expectedBuckets(all));
        if (seriesPerTenantMax === 1000)
          expect(unitsBySeries(shown, hasTenantLabel)).toEqual(bySeries(all, hasTenantLabel));
      },
    ),
    { numRuns: 60 },
  );
});

/** No counter fell, and none went. */
function expectRisen(before: Exposition | undefined, after: Exposition): Exposition {
  const values = new Map(after.samples.map((sample) => [sampleKey(sample), sample.value]));
  for (const sample of before?.samples ?? [])
    expect(values.get(sampleKey(sample)), sampleKey(sample)).toBeGreaterThanOrEqual(sample.value);
  return after;
}

function unitsByStatus(shown: Exposition, metric: string): Record<string, number> {
  const sums = { unset: 0, ok: 0, error: 0 };
  for (const status of STATUS_CODES)
    for (const { value } of samplesOf(shown, metric, { status_code: `STATUS_CODE_${status.toUpperCase()}` }))
      sums[status] += value * WEIGHT_ONE;
  return sums;
}

function callsByStatus(increments: readonly Increment[]): Record<string, number> {
  const sums = { unset: 0, ok: 0, error: 0 };
  for (const given of increments) sums[given.status ?? 'unset'] += unitsOf(given);
  return sums;
}

/** Units at or below each bound, over all series. */
function bucketUnits(shown: Exposition): readonly number[] {
  return [...CLASSIC_BOUNDS_US.map((boundUs) => String(boundUs / 1000)), '+Inf'].map((le) =>
    samplesOf(shown, `${DURATION}_bucket`, { le }).reduce((sum, { value }) => sum + value * WEIGHT_ONE, 0),
  );
}

function expectedBuckets(increments: readonly Increment[]): readonly number[] {
  return [...CLASSIC_BOUNDS_US, Infinity].map((boundUs) =>
    increments.reduce(
      (sum, given) => sum + durationsOf(given).filter((us) => us <= boundUs).length * weightOf(given),
      0,
    ),
  );
}

function unitsBySeries(shown: Exposition, hasTenant: boolean): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of samplesOf(shown, CALLS)) {
    const {
      tenant,
      service_name: service,
      span_name: operation,
      span_kind: kind,
      status_code: status,
    } = labels;
    const dimensions = [labels['a_b_2'], labels['a_b'], labels['span_name_2']];
    if (value > 0)
      sums.set(
        JSON.stringify([hasTenant ? tenant : '', service, operation, kind, status, dimensions]),
        value * WEIGHT_ONE,
      );
  }
  return sums;
}

function bySeries(increments: readonly Increment[], hasTenant: boolean): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const given of increments) {
    const { tenant, service, operation, kind, status, dimensions = {} } = given;
    const key = JSON.stringify([
      hasTenant ? tenant : '',
      service,
      operation,
      `SPAN_KIND_${kind!.toUpperCase()}`,
      `STATUS_CODE_${status!.toUpperCase()}`,
      [dimensions['a.b'], dimensions['a_b'], dimensions['span_name']],
    ]);
    sums.set(key, (sums.get(key) ?? 0) + unitsOf(given));
  }
  return sums;
}

function unitsOf(given: Increment): number {
  return durationsOf(given).length * weightOf(given);
}
