/** What RED gives out: rows of table `red_v1`, and the increments of Prometheus' span metrics. */
import { SPAN_KINDS, STATUS_CODES } from '../src/spans/span-batch.ts';
import type { RedSlot } from './red-slot.ts';
import type { Rows } from './rows.ts';

export const RED_TABLE = 'red_v1';

/** Rows `span_metrics`: one per series whose counters rose; `buckets` are those of CLASSIC_BOUNDS_US, each counted apart. */
export const SPAN_METRICS_ROWS = 'span_metrics';

/** The rows changed since the last call: absolute values per slot. */
export function tableRows(slots: readonly RedSlot[]): Rows {
  const rows = slots.flatMap((slot) =>
    slot.takeDirty().map((row) => ({ slot, row, labels: slot.labels[row]! })),
  );
  const histograms = rows.map(({ slot, row }) => slot.histogram(row));
  return {
    name: RED_TABLE,
    length: rows.length,
    slot: Float64Array.from(rows, ({ slot }) => slot.slot),
    columns: {
      tenant: rows.map(({ labels }) => labels.tenant),
      service: rows.map(({ labels }) => labels.service),
      span_kind: rows.map(({ labels }) => SPAN_KINDS[labels.kind]!),
      window_start: Float64Array.from(rows, ({ slot, row }) => slot.windowMs[row]!),
      operation: rows.map(({ labels }) => labels.operation),
      status: rows.map(({ labels }) => STATUS_CODES[labels.status]!),
      dimensions: rows.map(({ labels }) => labels.dimensions),
      spans: Float64Array.from(rows, ({ slot, row }) => slot.spans[row]!),
      calls_units: Float64Array.from(rows, ({ slot, row }) => slot.calls[row]!),
      duration_us_units: rows.map(({ slot, row }) => slot.durations.value(row)),
      duration_us_min: Float64Array.from(rows, ({ slot, row }) => slot.minUs[row]!),
      duration_us_max: Float64Array.from(rows, ({ slot, row }) => slot.maxUs[row]!),
      bucket_index: histograms.map(({ buckets }) => buckets),
      bucket_units: histograms.map(({ units }) => units),
    },
  };
}

/** What each series' counters rose by since they were last cleared. Units are 2^-20 calls. */
export function counterRows(slots: readonly RedSlot[]): Rows {
  const rows = slots.flatMap((slot) =>
    slot.increments.flatMap((increment, series) =>
      increment.calls === 0 ? [] : [{ increment, durationUsUnits: slot.incrementDurations.value(series) }],
    ),
  );
  return {
    name: SPAN_METRICS_ROWS,
    length: rows.length,
    slot: new Float64Array(0),
    columns: {
      tenant: rows.map(({ increment }) => increment.labels.tenant),
      service: rows.map(({ increment }) => increment.labels.service),
      operation: rows.map(({ increment }) => increment.labels.operation),
      span_kind: rows.map(({ increment }) => SPAN_KINDS[increment.labels.kind]!),
      status: rows.map(({ increment }) => STATUS_CODES[increment.labels.status]!),
      dimensions: rows.map(({ increment }) => increment.labels.dimensions),
      calls_units: Float64Array.from(rows, ({ increment }) => increment.calls),
      duration_us_units: rows.map(({ durationUsUnits }) => durationUsUnits),
      buckets: rows.map(({ increment }) => [...increment.buckets]),
    },
  };
}
