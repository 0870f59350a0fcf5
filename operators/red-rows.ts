/** What RED gives out: rows of table `red_v1`, and the increments of Prometheus' span metrics. */
import { SPAN_KINDS, STATUS_CODES } from '../src/spans/span-batch.ts';
import type { SeriesLabels } from './limiter.ts';
import type { RedSlot, TakenRow } from './red-slot.ts';
import type { Rows } from './rows.ts';

export const RED_TABLE = 'red_v1';

/** Rows `span_metrics`: what counters rose by, to be added per series; `buckets` are those of CLASSIC_BOUNDS_US, each counted apart. */
export const SPAN_METRICS_ROWS = 'span_metrics';

/** A row that changed since it was last taken. */
interface ChangedRow {
  readonly slot: RedSlot;
  readonly row: number;
  readonly labels: SeriesLabels;
  readonly taken: TakenRow;
}

/** Takes the rows changed since the last call: their absolute values for the table, their rise for the counters. */
export function takeRows(slots: readonly RedSlot[]): readonly Rows[] {
  const changed = slots.flatMap((slot) =>
    slot.takeDirty().map((row) => ({ slot, row, labels: slot.labels[row]!, taken: slot.take(row) })),
  );
  return [tableRows(changed), counterRows(changed)];
}

function tableRows(changed: readonly ChangedRow[]): Rows {
  return {
    name: RED_TABLE,
    length: changed.length,
    slot: Float64Array.from(changed, ({ slot }) => slot.slot),
    columns: {
      ...labelColumns(changed),
      window_start: Float64Array.from(changed, ({ slot, row }) => slot.windowMs[row]!),
      spans: Float64Array.from(changed, ({ taken }) => taken.spans),
      calls_units: Float64Array.from(changed, ({ taken }) => taken.now.calls),
      duration_us_units: changed.map(({ taken }) => taken.now.durationUs),
      duration_us_min: Float64Array.from(changed, ({ taken }) => taken.minUs),
      duration_us_max: Float64Array.from(changed, ({ taken }) => taken.maxUs),
      bucket_index: changed.map(({ taken }) => taken.histogram.buckets),
      bucket_units: changed.map(({ taken }) => taken.histogram.units),
    },
  };
}

/** What each row's counters rose by; a series with several windows has several rows. Units are 2^-20 calls. */
function counterRows(changed: readonly ChangedRow[]): Rows {
  return {
    name: SPAN_METRICS_ROWS,
    length: changed.length,
    slot: new Float64Array(0),
    columns: {
      ...labelColumns(changed),
      calls_units: Float64Array.from(changed, ({ taken }) => taken.increment.calls),
      duration_us_units: changed.map(({ taken }) => taken.increment.durationUs),
      buckets: changed.map(({ taken }) => taken.increment.classic),
    },
  };
}

function labelColumns(changed: readonly ChangedRow[]): Record<string, readonly string[]> {
  return {
    tenant: changed.map(({ labels }) => labels.tenant),
    service: changed.map(({ labels }) => labels.service),
    span_kind: changed.map(({ labels }) => SPAN_KINDS[labels.kind]!),
    operation: changed.map(({ labels }) => labels.operation),
    status: changed.map(({ labels }) => STATUS_CODES[labels.status]!),
    dimensions: changed.map(({ labels }) => labels.dimensions),
  };
}
