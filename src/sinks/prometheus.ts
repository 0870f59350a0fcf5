/**
 * Counters and histograms made from acknowledged rows, in the Prometheus text format. Sums are whole units and exact.
 * A new series shows 0 in its first scrape and its value from the next on: `rate()` cannot see a series' birth, so what had been counted
 * before it would be lost. A series idle too long disappears; what one tenant has beyond its share is counted under `__other__`.
 */
import assert from 'node:assert/strict';
import type { Rows } from '../../operators/rows.ts';
import { joinLabels, labelNames, labelText } from './prometheus-labels.ts';
import { type Series, SeriesTable } from './prometheus-series.ts';
import { type MetricsSource, decimal, headLines, inChunks, sampleLine, scaleOf } from './prometheus-text.ts';
import { columnOf, textAt, wholeAt } from './row-columns.ts';
import type { PartitionFlush } from './sink.ts';

/** How a set of counter rows becomes Prometheus series. Declared by a job. Each row has a `tenant` and adds to one series. */
export interface CounterFamily {
  /** Name of the Rows it consumes. */
  readonly rows: string;
  readonly labels: readonly CounterLabel[];
  /** A label of few values, one of which (by the column's word) exists at 0 beside every other from the start. */
  readonly outcome?: Required<CounterLabel> & { readonly zeroed: string };
  /** A column of JSON objects whose values become labels, for these keys only. */
  readonly dimensions?: { readonly column: string; readonly keys: readonly string[] };
  readonly counters: readonly CounterMetric[];
  readonly histograms: readonly HistogramMetric[];
}

export interface CounterLabel {
  readonly label: string;
  readonly column: string;
  /** What each of the column's words is called, where they are few. Such a label keeps its value in the overflow. */
  readonly values?: Readonly<Record<string, string>>;
}

export interface MetricNames {
  /** With unit and `_total`, as OpenTelemetry's exporters write it. */
  readonly normalized: string;
  /** Without, as Jaeger's reader asks for it unless told otherwise. Weir's own metrics have one spelling. */
  readonly raw: string;
}

export interface CounterMetric {
  readonly names: MetricNames;
  readonly help: string;
  /** Column of increments. */
  readonly column: string;
  /** Increments that make 1. */
  readonly perOne: bigint;
}

export interface HistogramMetric {
  readonly names: MetricNames;
  readonly help: string;
  /** Upper bounds, ascending, without the last, which is infinite. */
  readonly bounds: readonly number[];
  /** Column of increments per bucket, each bucket apart, and how many of them make 1. */
  readonly buckets: { readonly column: string; readonly perOne: bigint };
  readonly sum: { readonly column: string; readonly perOne: bigint };
}

export interface CounterSink {
  /** Adds what an acknowledged flush counted. Called once per flush beyond the newest progress. */
  acknowledged(flush: PartitionFlush): void;
}

export interface CountersOptions {
  readonly naming: 'normalized' | 'raw' | 'both';
  /** Whether series have a `tenant` label: where more than one tenant is configured. */
  readonly hasTenantLabel: boolean;
  /** Series are label sets here: a histogram is one. */
  readonly seriesPerTenantMax: number;
  readonly idleMs: number;
  readonly nowMs: () => number;
}

export const COUNTERS_DEFAULTS: CountersOptions = {
  naming: 'normalized',
  hasTenantLabel: false,
  seriesPerTenantMax: 10_000,
  idleMs: 3_600_000,
  nowMs: Date.now,
};

/** The name that what is beyond a limit is counted under: the operators' own limiter uses the same. */
export const OVERFLOW_LABEL = '__other__';

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

const TENANT = 'tenant';
/** Label names a dimension cannot have. */
const RESERVED = ['le', 'quantile', TENANT];

class FamilyCounters {
  readonly rows: string;
  readonly series: SeriesTable;
  readonly #family: CounterFamily;
  readonly #options: CountersOptions;
  readonly #dimensionNames: ReadonlyMap<string, string>;

  constructor(family: CounterFamily, options: CountersOptions) {
    this.rows = family.rows;
    this.#family = family;
    this.#options = options;
    const { labels, outcome, dimensions, counters, histograms } = family;
    const ownNames = [...labels, ...(outcome === undefined ? [] : [outcome])].map(({ label }) => label);
    this.#dimensionNames = labelNames(dimensions?.keys ?? [], [...RESERVED, ...ownNames]);
    const shape = {
      counters: counters.length,
      histograms: histograms.map(({ bounds }) => bounds.length + 1),
      zeroed: outcome === undefined ? '' : outcomeLabel(outcome, outcome.zeroed),
    };
    this.series = new SeriesTable(shape, options);
  }

  add(rows: Rows): void {
    const { counters, histograms } = this.#family;
    const nowMs = this.#options.nowMs();
    for (let row = 0; row < rows.length; row++) {
      const series = this.#seriesOf(rows, row, nowMs);
      series.isCounted = true;
      for (const [at, { column }] of counters.entries()) series.counters[at]! += wholeAt(rows, column, row);
      for (const [at, { buckets, sum }] of histograms.entries()) {
        const sums = series.histograms[at]!;
        const added = columnOf(rows, buckets.column)[row] as readonly (number | bigint)[];
        assert.equal(
          added.length,
          sums.buckets.length,
          `BUG: ${this.rows}.${buckets.column} has other buckets`,
        );
        for (const [bucket, units] of added.entries())
          if (units !== 0 && units !== 0n) sums.buckets[bucket]! += BigInt(units);
        sums.sum += wholeAt(rows, sum.column, row);
      }
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

  #seriesOf(rows: Rows, row: number, nowMs: number): Series {
    const { outcome } = this.#family;
    const tenant = textAt(rows, TENANT, row);
    const place = {
      tenant,
      group: this.#groupLabels(rows, row, false),
      outcome: outcome === undefined ? '' : outcomeLabel(outcome, textAt(rows, outcome.column, row)),
    };
    const admitted = this.series.admit(place, nowMs);
    if (admitted !== undefined) return admitted;
    return this.series.admitAlways({ ...place, group: this.#groupLabels(rows, row, true) }, nowMs);
  }

  #groupLabels(rows: Rows, row: number, isOverflow: boolean): string {
    const { labels, dimensions } = this.#family;
    const texts = labels.map(({ label, column, values }) => {
      const value = textAt(rows, column, row);
      if (values !== undefined) return labelText(label, wordOf(values, value));
      return labelText(label, isOverflow ? OVERFLOW_LABEL : value);
    });
    if (this.#options.hasTenantLabel) texts.unshift(labelText(TENANT, textAt(rows, TENANT, row)));
    if (dimensions === undefined || this.#dimensionNames.size === 0 || isOverflow)
      return joinLabels(...texts);
    const values = JSON.parse(textAt(rows, dimensions.column, row)) as Readonly<Record<string, string>>;
    for (const [key, name] of this.#dimensionNames)
      if (Object.hasOwn(values, key)) texts.push(labelText(name, String(values[key])));
    return joinLabels(...texts);
  }
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

function outcomeLabel({ label, values }: Required<CounterLabel>, word: string): string {
  return labelText(label, wordOf(values, word));
}

function wordOf(values: Readonly<Record<string, string>>, word: string): string {
  const value = values[word];
  assert(value !== undefined, `BUG: no label value is declared for '${word}'`);
  return value;
}
