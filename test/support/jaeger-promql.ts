/**
 * The PromQL that Jaeger's Prometheus metric store issues, character by character, for its default namespace and unit.
 * Source: jaeger v2.20.0, internal/storage/metricstore/prometheus.
 */

export interface JaegerMetricsQuery {
  /** Joined to one regular expression, unescaped, as Jaeger does. */
  readonly services: readonly string[];
  /** `SPAN_KIND_SERVER`, ...; none asks for all. */
  readonly spanKinds: readonly string[];
  /** Range of a rate, as Prometheus writes durations: `10m`. */
  readonly rate: string;
  readonly groupByOperation: boolean;
  /** How the reader is configured: `normalize_calls` and `normalize_duration`. */
  readonly naming?: 'normalized' | 'raw';
}

export function latenciesQuery(query: JaegerMetricsQuery, quantile: number): string {
  const latency =
    query.naming === 'raw'
      ? 'traces_span_metrics_duration_bucket'
      : 'traces_span_metrics_duration_milliseconds_bucket';
  const rate = `rate(${latency}{${selector(query)}}[${query.rate}])`;
  return `histogram_quantile(${quantile.toFixed(2)}, sum(${rate}) by (${group(query)},le))`;
}

export function callsQuery(query: JaegerMetricsQuery): string {
  return `sum(rate(${calls(query)}{${selector(query)}}[${query.rate}])) by (${group(query)})`;
}

export function errorsQuery(query: JaegerMetricsQuery): string {
  const errors = `sum(rate(${calls(query)}{${selector(query, ', status_code = "STATUS_CODE_ERROR"')}}[${query.rate}]))`;
  return `${errors} by (${group(query)}) / ${callsQuery(query)}`;
}

function calls({ naming }: JaegerMetricsQuery): string {
  return naming === 'raw' ? 'traces_span_metrics_calls' : 'traces_span_metrics_calls_total';
}

function selector({ services, spanKinds }: JaegerMetricsQuery, status = ''): string {
  const kinds = spanKinds.length === 0 ? '' : `span_kind =~ "${spanKinds.join('|')}"`;
  return `service_name =~ ${JSON.stringify(services.join('|'))}${status}, ${kinds}`;
}

function group({ groupByOperation }: JaegerMetricsQuery): string {
  return groupByOperation ? 'service_name,span_name' : 'service_name';
}
