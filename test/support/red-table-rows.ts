/** Rows of `red_v1` as the RED operator gives them, from short descriptions. */
import { bucketOf } from '../../operators/histogram.ts';
import { RED_TABLE } from '../../operators/red-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import type { PartitionFlush } from '../../src/sinks/sink.ts';
import { type SpanKind, type StatusCode, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { BASE_MS } from './plain-span.ts';

/** Spans of one row. */
export interface RedTableRow {
  readonly tenant?: string;
  readonly service?: string;
  readonly operation?: string;
  readonly kind?: SpanKind;
  readonly status?: StatusCode;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly windowMs?: number;
  readonly slot?: number;
  /** One span each. */
  readonly durationsUs?: readonly number[];
  /** Units of each span. */
  readonly weight?: number;
}

export function redTableRows(rows: readonly RedTableRow[]): Rows {
  const whole = rows.map(withDefaults);
  const histograms = whole.map(histogramOf);
  return {
    name: RED_TABLE,
    length: rows.length,
    slot: Float64Array.from(whole, ({ slot }) => slot),
    columns: {
      tenant: whole.map(({ tenant }) => tenant),
      service: whole.map(({ service }) => service),
      span_kind: whole.map(({ kind }) => kind),
      window_start: Float64Array.from(whole, ({ windowMs }) => windowMs),
      operation: whole.map(({ operation }) => operation),
      status: whole.map(({ status }) => status),
      dimensions: whole.map(({ dimensions }) => JSON.stringify(dimensions)),
      spans: Float64Array.from(whole, ({ durationsUs }) => durationsUs.length),
      calls_units: Float64Array.from(whole, ({ durationsUs, weight }) => durationsUs.length * weight),
      duration_us_units: whole.map(({ durationsUs, weight }) =>
        durationsUs.reduce((sum, us) => sum + BigInt(us) * BigInt(weight), 0n),
      ),
      duration_us_min: Float64Array.from(whole, ({ durationsUs }) => Math.min(...durationsUs)),
      duration_us_max: Float64Array.from(whole, ({ durationsUs }) => Math.max(...durationsUs)),
      bucket_index: histograms.map((histogram) => [...histogram.keys()]),
      bucket_units: histograms.map((histogram) => [...histogram.values()]),
    },
  };
}

export function redFlush(rows: readonly RedTableRow[], given: Partial<PartitionFlush> = {}): PartitionFlush {
  return {
    topic: 'spans',
    generation: 0,
    partition: 0,
    origin: 0,
    hi: 1,
    watermarkMs: BASE_MS,
    fingerprint: 'test',
    rows: [redTableRows(rows)],
    ...given,
  };
}

function withDefaults(row: RedTableRow): Required<RedTableRow> {
  return {
    tenant: 'default',
    service: 'shop',
    operation: 'buy',
    kind: 'server',
    status: 'unset',
    dimensions: {},
    windowMs: BASE_MS,
    slot: 0,
    durationsUs: [1000],
    weight: WEIGHT_ONE,
    ...row,
  };
}

function histogramOf({ durationsUs, weight }: Required<RedTableRow>): Map<number, number> {
  const histogram = new Map<number, number>();
  for (const bucket of durationsUs.map(bucketOf).sort((a, b) => a - b))
    histogram.set(bucket, (histogram.get(bucket) ?? 0) + weight);
  return histogram;
}
