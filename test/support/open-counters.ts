/** Counters of span metrics with what tests do to them: increments go in, a strict parser reads what a scrape shows. */
import { type CountersOptions, createCounters } from '../../src/sinks/prometheus.ts';
import { textOf } from './chunks.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { type Increment, flushOf, incrementRows, spanMetricsFamily } from './span-metrics-rows.ts';

export interface OpenCounters {
  readonly counters: ReturnType<typeof createCounters>;
  readonly add: (...increments: readonly Increment[]) => void;
  readonly text: () => Promise<string>;
  readonly scrape: () => Promise<Exposition>;
}

export function openCounters(
  options: Partial<CountersOptions> = {},
  dimensions: readonly string[] = [],
): OpenCounters {
  const counters = createCounters([spanMetricsFamily(dimensions)], options);
  const text = () => textOf(counters.render());
  return {
    counters,
    add: (...increments) => counters.acknowledged(flushOf(incrementRows(increments))),
    text,
    scrape: async () => parseExposition(await text()),
  };
}
