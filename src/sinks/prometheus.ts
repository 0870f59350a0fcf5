/**
 * Counters and histograms made from acknowledged rows, in the Prometheus text format. Sums are whole units and exact.
 * A new series shows 0 in its first scrape and its value from the next on: `rate()` cannot see a series' birth, so what had been counted
 * before it would be lost. A series idle too long disappears; what one tenant has beyond its share is counted under `__other__`.
 */
import assert from 'node:assert/strict';
import type { Rows } from '../../operators/rows.ts';
import { joinLabels } from './prometheus-labels.ts';
import type { CounterFamily, HistogramMetric, MetricNames } from './prometheus-family.ts';
import { SeriesPlaces, TENANT, outcomeLabel } from './prometheus-places.ts';
import { type HistogramSums, type Series, SeriesTable } from './prometheus-series.ts';
import { type MetricsSource, decimal, headLines, inChunks, sampleLine, scaleOf } from './prometheus-text.ts';
import { type WholeColumn, columnOf, wholesOf } from './row-columns.ts';
import type { PartitionFlush } from './sink.ts';

export interface CounterSink {
  /** Adds what an acknowledged flush counted. Called once per flush beyond the newest progress. */
  acknowledged(flush: PartitionFlush): void;
}

export interface CountersOptions {
  readonly naming: 'normalized' | 'raw' | 'both';
  /** Whether series have a `tenant` label: where more than one tenant is configured. */
  readonly hasTenantLabel: boolean;
  /** Whose rows are counted. Undefined: everybody's. */
  readonly tenants: ReadonlySet<string> | undefined;
  /** Series are label sets here: a histogram is one. */
  readonly seriesPerTenantMax: number;
  readonly idleMs: number;
  readonly nowMs: () => number;
}

const COUNTERS_DEFAULTS: CountersOptions = {
  naming: 'normalized',
  hasTenantLabel: false,
  tenants: undefined,
  seriesPerTenantMax: 10_000,
  idleMs: 3_600_000,
  nowMs: Date.now,
};

export interface Counters extends CounterSink, MetricsSource {
  /** Label sets held now. */
  readonly seriesCount: number;
}

/** The sink of all counter families of the jobs that run. */
export function createCounters(
  families: readonly CounterFamily[],
  options: Partial<CountersOptions> = {},
): Counters {
  const settings = { ...COUNTERS_DEFAULTS, ...options };
  const sinks = families.map((family) => new FamilyCounters(family, settings));
  let scrapes = 0;
  function* blocks(): Generator<readonly string[]> {
    const scrape = scrapes++;
    for (const sink of sinks) yield* sink.blocks(scrape);
  }
  return {
    acknowledged: ({ rows }) => {
      for (const set of rows) for (const sink of sinks) if (sink.rows === set.name) sink.add(set);
    },
    render: () => inChunks(blocks()),
    get seriesCount() {
      return sinks.reduce((count, sink) => count + sink.series.size, 0);
    },
  };
}

class FamilyCounters {
  readonly rows: string;
  readonly series: SeriesTable;
  readonly #family: CounterFamily;
  readonly #options: CountersOptions;
  readonly #places: SeriesPlaces;

  constructor(family: CounterFamily, options: CountersOptions) {
    this.rows = family.rows;
    this.#family = family;
    this.#options = options;
    this.#places = new SeriesPlaces(family, options.hasTenantLabel);
    const { outcome, counters, histograms } = family;
    const shape = {
      counters: counters.length,
      histograms: histograms.map(({ bounds }) => bounds.length + 1),
      zeroed: outcome === undefined ? '' : outcomeLabel(outcome, outcome.zeroed),
    };
    this.series = new SeriesTable(shape, options);
  }

  add({ name, length, slot, columns }: Rows): void {
    // Columns may be made each time they are asked for.
    const rows: Rows = { name, length, slot, columns };
    const { counters, histograms } = this.#family;
    const { tenants } = this.#options;
    const nowMs = this.#options.nowMs();
    const tenant = columnOf(rows, TENANT) as readonly string[];
    const decisive = this.#places.decisive(rows);
    const counted = counters.map(({ column }) => wholesOf(rows, column));
    const observed = histograms.map((metric) => this.#observedIn(rows, metric));
    for (let row = 0; row < length; row++) {
      if (tenants?.has(tenant[row]!) === false) continue;
      const place = this.#places.of(rows, decisive, row);
      const series =
        this.series.admit(place, nowMs) ??
        this.series.admitAlways(this.#places.overflowOf(rows, decisive, row), nowMs);
      series.isCounted = true;
      for (let at = 0; at < counted.length; at++) series.counters[at]! += BigInt(counted[at]![row]!);
      for (let at = 0; at < observed.length; at++) addObserved(series.histograms[at]!, observed[at]!, row);
    }
  }

  /** The lines of scrape number `scrape`: of each metric its head, then a block per series. */
  *blocks(scrape: number): Generator<readonly string[]> {
    const { counters, histograms } = this.#family;
    const { naming, nowMs } = this.#options;
    const shown = this.series.scraped(scrape, nowMs());
    if (shown.length === 0) return;
    const spelled = (names: MetricNames): Iterable<string> =>
      new Set(naming === 'both' ? [names.normalized, names.raw] : [names[naming]]);
    for (const [at, { names, help, perOne }] of counters.entries()) {
      const scale = scaleOf(perOne);
      for (const name of spelled(names)) {
        yield headLines(name, 'counter', help);
        for (const { counterFrom, counters: sums, labels } of shown)
          yield [sampleLine(name, labels, decimal(scrape <= counterFrom ? 0n : sums[at]!, scale))];
      }
    }
    for (const [at, metric] of histograms.entries())
      for (const name of spelled(metric.names)) {
        const lines = histogramLines(metric, name);
        yield headLines(name, 'histogram', metric.help);
        for (const series of shown)
          if (scrape >= series.histogramFrom) yield lines(series, at, scrape === series.histogramFrom);
      }
  }

  #observedIn(rows: Rows, { buckets, sum, bounds }: HistogramMetric): Observed {
    const its = columnOf(rows, buckets.column) as Observed['buckets'];
    assert(
      its.every(({ length }) => length === bounds.length + 1),
      `BUG: ${this.rows}.${buckets.column} has other buckets`,
    );
    return { buckets: its, sum: wholesOf(rows, sum.column) };
  }
}

/** What a histogram's columns have to add, by row: to each bucket, and to the sum. */
interface Observed {
  readonly buckets: readonly (readonly (number | bigint)[])[];
  readonly sum: WholeColumn;
}

function addObserved(sums: HistogramSums, { buckets, sum }: Observed, row: number): void {
  const added = buckets[row]!;
  for (let bucket = 0; bucket < added.length; bucket++) {
    const units = added[bucket]!;
    if (units !== 0 && units !== 0n) sums.buckets[bucket]! += BigInt(units);
  }
  sums.sum += BigInt(sum[row]!);
}

/** How a series' histogram prints: cumulated, so that the last bucket is the count. */
function histogramLines(
  { bounds, buckets, sum }: HistogramMetric,
  name: string,
): (series: Series, at: number, isZero: boolean) => readonly string[] {
  const countScale = scaleOf(buckets.perOne);
  const sumScale = scaleOf(sum.perOne);
  const les = [...bounds.map(String), '+Inf'].map((bound) => `le="${bound}"`);
  return ({ labels, histograms }, at, isZero) => {
    const sums = histograms[at]!;
    let cumulated = 0n;
    let count = '0';
    const lines = les.map((le, bucket) => {
      const units = isZero ? 0n : sums.buckets[bucket]!;
      if (units !== 0n) count = decimal((cumulated += units), countScale);
      return sampleLine(`${name}_bucket`, joinLabels(labels, le), count);
    });
    lines.push(
      sampleLine(`${name}_sum`, labels, decimal(isZero ? 0n : sums.sum, sumScale)),
      sampleLine(`${name}_count`, labels, count),
    );
    return lines;
  };
}
