/** The counters of trace quality as Prometheus reads them. */
import { describe, expect, test } from 'vitest';
import type { Rows } from '../../../operators/rows.ts';
import { type CountersOptions, createCounters } from '../../../src/sinks/prometheus.ts';
import { qualityMetrics } from '../../../src/sinks/quality-metrics.ts';
import { textOf } from '../../support/chunks.ts';
import { type Exposition, parseExposition, samplesOf, valueOf } from '../../support/exposition.ts';
import { flushOf } from '../../support/span-metrics-rows.ts';

const COUNTS = ['judged', 'passed', 'exempt', 'judged_moved', 'passed_moved', 'exempt_moved'] as const;

/** Service, check, and one number for each of COUNTS; what is missing is 0. */
type Line = readonly [service: string, check: string, ...counts: number[]];

function rowsOf(lines: readonly Line[]): Rows {
  const counts = COUNTS.map((count, at) => [count, lines.map(([, , ...numbers]) => numbers[at] ?? 0)]);
  return {
    name: 'counted',
    length: lines.length,
    slot: new Float64Array(0),
    columns: {
      tenant: lines.map(() => 'default'),
      service: lines.map(([service]) => service),
      check: lines.map(([, check]) => check),
      ...(Object.fromEntries(counts) as Record<(typeof COUNTS)[number], number[]>),
    },
  };
}

function open(options: Partial<CountersOptions> = {}) {
  const counters = createCounters(
    [qualityMetrics({ rows: 'counted', checks: ['parent_present', 'span_name'] })],
    options,
  );
  return {
    add: (...lines: readonly Line[]) => counters.acknowledged(flushOf(rowsOf(lines))),
    scrape: async (): Promise<Exposition> => parseExposition(await textOf(counters.render())),
  };
}

describe('verdicts', () => {
  test('are six counters by service and check', async () => {
    const { add, scrape } = open();
    add(['cart', 'parent_present', 10, 7, 1, 2, 1, 0], ['cart', 'span_name', 4]);
    add(['cart', 'parent_present', 1]);
    await scrape();
    const shown = await scrape();
    const of = { service_name: 'cart', check: 'parent_present' };
    expect(COUNTS.map((count) => valueOf(shown, `weir_trace_quality_${count}_total`, of))).toEqual([
      11, 7, 1, 2, 1, 0,
    ]);
    expect(samplesOf(shown, 'weir_trace_quality_judged_total')).toHaveLength(2);
    expect([...shown.types]).toEqual(
      expect.arrayContaining(COUNTS.map((count) => [`weir_trace_quality_${count}_total`, 'counter'])),
    );
  });

  test.each(['raw', 'normalized', 'both'] as const)(
    'have one spelling where names are %s',
    async (naming) => {
      const { add, scrape } = open({ naming });
      add(['cart', 'span_name', 1]);
      expect(samplesOf(await scrape(), 'weir_trace_quality_judged_total')).toHaveLength(1);
    },
  );

  test('beyond the limit of series count under __other__, by check', async () => {
    const { add, scrape } = open({ seriesPerTenantMax: 2 });
    add(...['a', 'b', 'c', 'd'].map((service): Line => [service, 'span_name', 1]), [
      'e',
      'parent_present',
      1,
    ]);
    await scrape();
    const shown = samplesOf(await scrape(), 'weir_trace_quality_judged_total');
    expect(shown.map(({ labels, value }) => [labels['service_name'], labels['check'], value])).toEqual([
      ['a', 'span_name', 1],
      ['b', 'span_name', 1],
      ['__other__', 'span_name', 2],
      ['__other__', 'parent_present', 1],
    ]);
  });
});
