/** Rows `span_metrics` and flushes as the RED operator gives them, from short descriptions. */
import { CLASSIC_BOUNDS_US, CLASSIC_BUCKETS } from '../../operators/histogram.ts';
import { SPAN_METRICS_ROWS } from '../../operators/red-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import type { CounterFamily } from '../../src/sinks/prometheus-family.ts';
import type { PartitionFlush } from '../../src/sinks/sink.ts';
import { spanMetrics } from '../../src/sinks/span-metrics.ts';
import { type SpanKind, type StatusCode, WEIGHT_ONE } from '../../src/spans/span-batch.ts';

/** Spans that add to one series. */
export interface Increment {
  readonly tenant?: string;
  readonly service?: string;
  readonly operation?: string;
  readonly kind?: SpanKind;
  readonly status?: StatusCode;
  readonly dimensions?: Readonly<Record<string, string>>;
  /** One span each. */
  readonly durationsUs?: readonly number[];
  /** Of each span, in units of 1 / WEIGHT_ONE. */
  readonly weight?: number;
}

export function spanMetricsFamily(dimensions: readonly string[] = []): CounterFamily {
  return spanMetrics({ rows: SPAN_METRICS_ROWS, boundsUs: CLASSIC_BOUNDS_US, dimensions });
}

export function incrementRows(increments: readonly Increment[]): Rows {
  return {
    name: SPAN_METRICS_ROWS,
    length: increments.length,
    slot: new Float64Array(0),
    columns: {
      tenant: increments.map(({ tenant = 'default' }) => tenant),
      service: increments.map(({ service = 'shop' }) => service),
      operation: increments.map(({ operation = 'buy' }) => operation),
      span_kind: increments.map(({ kind = 'server' }) => kind),
      status: increments.map(({ status = 'unset' }) => status),
      dimensions: increments.map(({ dimensions = {} }) => JSON.stringify(dimensions)),
      calls_units: Float64Array.from(
        increments,
        (increment) => durationsOf(increment).length * weightOf(increment),
      ),
      duration_us_units: increments.map((increment) =>
        durationsOf(increment).reduce((sum, us) => sum + BigInt(us) * BigInt(weightOf(increment)), 0n),
      ),
      buckets: increments.map(bucketsOf),
    },
  };
}

export function flushOf(...rows: readonly Rows[]): PartitionFlush {
  return {
    topic: 'spans',
    generation: 0,
    partition: 0,
    origin: 0,
    hi: 1,
    watermarkMs: Number.NaN,
    fingerprint: 'test',
    rows,
  };
}

export function durationsOf({ durationsUs = [1000] }: Increment): readonly number[] {
  return durationsUs;
}

export function weightOf({ weight = WEIGHT_ONE }: Increment): number {
  return weight;
}

function bucketsOf(increment: Increment): readonly number[] {
  const buckets = new Array<number>(CLASSIC_BUCKETS).fill(0);
  for (const us of durationsOf(increment)) {
    const bound = CLASSIC_BOUNDS_US.findIndex((boundUs) => us <= boundUs);
    buckets[bound < 0 ? CLASSIC_BUCKETS - 1 : bound]! += weightOf(increment);
  }
  return buckets;
}
