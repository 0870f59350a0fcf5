/** What a job declares of its counters. */

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
