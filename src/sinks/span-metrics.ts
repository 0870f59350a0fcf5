/**
 * Span metrics as Jaeger's unmodified Monitor tab, and whoever knows OpenTelemetry's spanmetrics connector, asks for them: names, labels
 * and literals are theirs, durations are milliseconds. Sources: jaeger v2.20.0 metricstore/prometheus, contrib's spanmetricsconnector.
 */
import { SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../spans/span-batch.ts';
import type { CounterFamily } from './prometheus-family.ts';

export interface SpanMetricsOptions {
  /** Name of the Rows: tenant, service, operation, span_kind, status, dimensions, calls_units, duration_us_units, buckets. */
  readonly rows: string;
  /** Bounds of their buckets, in microseconds. */
  readonly boundsUs: readonly number[];
  /** Attribute keys that become labels. */
  readonly dimensions: readonly string[];
}

const US_PER_MS = 1000;

export function spanMetrics({ rows, boundsUs, dimensions }: SpanMetricsOptions): CounterFamily {
  const perCall = BigInt(WEIGHT_ONE);
  return {
    rows,
    labels: [
      { label: 'service_name', column: 'service' },
      { label: 'span_name', column: 'operation' },
      { label: 'span_kind', column: 'span_kind', values: literals('SPAN_KIND', SPAN_KINDS) },
    ],
    // Jaeger divides errors by calls per operation: one without an error series would show no error rate at all.
    outcome: {
      label: 'status_code',
      column: 'status',
      values: literals('STATUS_CODE', STATUS_CODES),
      zeroed: 'error',
    },
    dimensions: { column: 'dimensions', keys: dimensions },
    counters: [
      {
        names: { normalized: 'traces_span_metrics_calls_total', raw: 'traces_span_metrics_calls' },
        help: 'Spans, weighted by their sampling probability.',
        column: 'calls_units',
        perOne: perCall,
      },
    ],
    histograms: [
      {
        names: {
          normalized: 'traces_span_metrics_duration_milliseconds',
          raw: 'traces_span_metrics_duration',
        },
        help: 'Durations of spans in milliseconds.',
        bounds: boundsUs.map((boundUs) => boundUs / US_PER_MS),
        buckets: { column: 'buckets', perOne: perCall },
        sum: { column: 'duration_us_units', perOne: perCall * BigInt(US_PER_MS) },
      },
    ],
  };
}

function literals(prefix: string, words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => [word, `${prefix}_${word.toUpperCase()}`]));
}
