/**
 * Parameters of `/api/metrics/*`: Jaeger's names, defaults and error texts come in, a question within its limits goes out. Times are Unix
 * milliseconds.
 */
import { SPAN_KINDS, type SpanKind } from '../spans/span-batch.ts';
import { type QueryFields, booleanField, floatField, integerField, parseError } from './query-fields.ts';

export const METRICS = ['latencies', 'calls', 'errors'] as const;
export type Metric = (typeof METRICS)[number];

export interface MetricsParams {
  readonly services: readonly string[];
  readonly spanKinds: readonly SpanKind[];
  readonly groupByOperation: boolean;
  /** Of latencies, 0 to 1; NaN elsewhere. */
  readonly quantile: number;
  readonly endMs: number;
  readonly lookbackMs: number;
  readonly stepMs: number;
  readonly ratePerMs: number;
}

export interface MetricsLimits {
  /** Longest lookback + ratePer. */
  readonly rangeMsMax: number;
  /** Points of one series: Prometheus' own limit. */
  readonly pointsMax: number;
  readonly servicesMax: number;
  /** Points of all series of an answer. */
  readonly answerPointsMax: number;
  /** Histogram cells held while windows slide. */
  readonly cellsMax: number;
}

const DAY_MS = 86_400_000;

export const METRICS_LIMITS: MetricsLimits = {
  rangeMsMax: 32 * DAY_MS,
  pointsMax: 11_000,
  servicesMax: 100,
  answerPointsMax: 5_000_000,
  cellsMax: 16_000_000,
};

const LOOKBACK_MS = 3_600_000;
const STEP_MS = 5_000;
const RATE_PER_MS = 600_000;
/** The last day of the year 9999: RFC 3339 has no later one. */
const END_MS_MAX = 253_402_214_400_000;

/** Throws an ApiError that names the parameter. */
export function metricsParams(
  metric: Metric,
  fields: QueryFields,
  nowMs: number,
  limits: MetricsLimits,
): MetricsParams {
  const quantile = metric === 'latencies' ? quantileOf(fields) : Number.NaN;
  const services = [...new Set(fields.get('service') ?? [])];
  if (services.length === 0) throw parseError('service', 'please provide at least one service name');
  const params = {
    services,
    quantile,
    groupByOperation: booleanField(fields, 'groupByOperation'),
    spanKinds: spanKindsOf(fields),
    endMs: integerField(fields, 'endTs', nowMs),
    lookbackMs: integerField(fields, 'lookback', LOOKBACK_MS),
    stepMs: integerField(fields, 'step', STEP_MS),
    ratePerMs: integerField(fields, 'ratePer', RATE_PER_MS),
  };
  assertWithin(params, limits);
  return params;
}

function quantileOf(fields: QueryFields): number {
  const quantile = floatField(fields, 'quantile');
  if (!(quantile >= 0 && quantile <= 1)) throw parseError('quantile', 'must lie between 0 and 1');
  return quantile;
}

function spanKindsOf(fields: QueryFields): readonly SpanKind[] {
  const named = fields.get('spanKind');
  if (named === undefined) return ['server'];
  const kinds = named.map((text) => {
    const kind = SPAN_KINDS.find((known) => known === text.toLowerCase());
    if (kind === undefined) throw parseError('spanKind', `unsupported span kind: '${text}'`);
    return kind;
  });
  return [...new Set(kinds)];
}

function assertWithin(params: MetricsParams, limits: MetricsLimits): void {
  const { services, endMs, lookbackMs, stepMs, ratePerMs } = params;
  if (services.length > limits.servicesMax)
    throw parseError('service', `please name at most ${limits.servicesMax} services`);
  if (endMs < 0 || endMs > END_MS_MAX) throw parseError('endTs', 'must be a time in Unix milliseconds');
  if (lookbackMs < 0) throw parseError('lookback', 'must not be negative');
  if (stepMs < 1) throw parseError('step', 'must be at least 1 millisecond');
  if (ratePerMs < 1) throw parseError('ratePer', 'must be at least 1 millisecond');
  if (lookbackMs + ratePerMs > limits.rangeMsMax)
    throw parseError(
      'lookback',
      `lookback and ratePer must not exceed ${limits.rangeMsMax / DAY_MS} days together`,
    );
  if (Math.floor(lookbackMs / stepMs) + 1 > limits.pointsMax)
    throw parseError(
      'step',
      `exceeded the maximum of ${limits.pointsMax} points per series: raise step or shorten lookback`,
    );
}
