/** RED metrics: rate, errors and duration of every operation, for the Monitor tab, Prometheus and SQL. */
import { CLASSIC_BOUNDS_US } from '../operators/histogram.ts';
import { RED_TABLE, SPAN_METRICS_ROWS } from '../operators/red-rows.ts';
import { type RedOptions, red } from '../operators/red.ts';
import type { Job } from '../src/engine/job.ts';
import {
  type HistogramSql,
  UNITS_PER_CALL,
  midpointsUsSql,
  quantileUsSql,
} from '../src/sinks/histogram-sql.ts';
import { spanMetrics } from '../src/sinks/span-metrics.ts';
import type { Table, View } from '../src/sinks/table.ts';

export interface RedJobOptions extends RedOptions {
  /** Places hash keys; no result depends on it. */
  readonly seed: number;
}

export default function redJob(options: RedJobOptions): Job {
  return {
    name: 'red',
    summary: 'Rate, errors and duration of every operation, per window.',
    operators: [red(options, options.seed)],
    tables: [redTable],
    views: [redView, servicesView, operationsView],
    counters: [
      spanMetrics({ rows: SPAN_METRICS_ROWS, boundsUs: CLASSIC_BOUNDS_US, dimensions: options.dimensions }),
    ],
  };
}

const redTable: Table = {
  name: RED_TABLE,
  columns: {
    tenant: 'text',
    service: 'text',
    span_kind: 'text',
    window_start: 'time',
    operation: 'text',
    status: 'text',
    dimensions: 'string',
    spans: 'u64',
    calls_units: 'u64',
    duration_us_units: 'u128',
    duration_us_min: 'u64',
    duration_us_max: 'u64',
    bucket_index: 'i16s',
    bucket_units: 'u64s',
  },
  key: ['tenant', 'service', 'span_kind', 'window_start', 'operation', 'status', 'dimensions'],
  time: 'window_start',
};

const HISTOGRAM: HistogramSql = {
  midpointsUs: 'midpoints_us',
  reachedUnits: 'reached_units',
  minUs: 'least_us',
  maxUs: 'most_us',
};

/** Sums over slots, topics and statuses. What a query asks of the grouping columns reaches the table's sorting key. */
const redView: View = {
  name: 'red',
  select: `SELECT
    tenant,
    window_start,
    service,
    operation,
    span_kind,
    JSONExtract(dimensions_json, 'Map(String, String)') AS dimensions,
    span_count AS spans,
    units / ${UNITS_PER_CALL} AS calls,
    error_units / ${UNITS_PER_CALL} AS errors,
    duration_units / ${UNITS_PER_CALL} AS duration_us_sum,
    least_us AS duration_us_min,
    most_us AS duration_us_max,
    ${quantileUsSql(0.5, HISTOGRAM)} AS duration_us_p50,
    ${quantileUsSql(0.75, HISTOGRAM)} AS duration_us_p75,
    ${quantileUsSql(0.95, HISTOGRAM)} AS duration_us_p95,
    ${quantileUsSql(0.99, HISTOGRAM)} AS duration_us_p99
FROM
(
    SELECT
        tenant,
        service,
        span_kind,
        window_start,
        operation,
        dimensions AS dimensions_json,
        sum(spans) AS span_count,
        sum(calls_units) AS units,
        sumIf(calls_units, status = 'error') AS error_units,
        sum(duration_us_units) AS duration_units,
        min(duration_us_min) AS least_us,
        max(duration_us_max) AS most_us,
        sumMap(bucket_index, bucket_units) AS histogram,
        ${midpointsUsSql('histogram.1')} AS midpoints_us,
        arrayCumSum(histogram.2) AS reached_units
    FROM {database}.${RED_TABLE} FINAL
    GROUP BY tenant, service, span_kind, window_start, operation, dimensions
)`,
  orderBy: ['tenant', 'window_start', 'service', 'operation', 'span_kind', 'dimensions'],
};

/** A row's key never goes away, so stale versions need no FINAL here. */
const servicesView: View = {
  name: 'services',
  select: `SELECT
    tenant,
    service,
    min(window_start) AS first_window,
    max(window_start) AS last_window
FROM {database}.${RED_TABLE}
GROUP BY tenant, service`,
  orderBy: ['tenant', 'service'],
};

const operationsView: View = {
  name: 'operations',
  select: `SELECT
    tenant,
    service,
    operation,
    span_kind,
    min(window_start) AS first_window,
    max(window_start) AS last_window
FROM {database}.${RED_TABLE}
GROUP BY tenant, service, operation, span_kind`,
  orderBy: ['tenant', 'service', 'operation', 'span_kind'],
};
