/** What RED gives out: rows of table `red_v1`, and the increments of Prometheus' span metrics. */
import { SPAN_KINDS, STATUS_CODES } from '../src/spans/span-batch.ts';
import { numbersOf } from './columns.ts';
import type { RedSlot, TakenRow } from './red-slot.ts';
import type { Rows } from './rows.ts';

export const RED_TABLE = 'red_v1';

/** Rows `span_metrics`: what counters rose by, to be added per series; `buckets` are those of CLASSIC_BOUNDS_US, each counted apart. */
export const SPAN_METRICS_ROWS = 'span_metrics';

/** Takes the rows changed since the last call: their absolute values for the table, their rise for the counters. */
export function takeRows(slots: readonly RedSlot[]): readonly Rows[] {
  const rows: Rows[] = [];
  for (const slot of slots) for (const taken of slot.take()) rows.push(tableRows(taken), counterRows(taken));
  return rows;
}

function tableRows(taken: readonly TakenRow[]): Rows {
  return {
    name: RED_TABLE,
    length: taken.length,
    slot: numbersOf(taken, ({ slot }) => slot),
    columns: {
      ...labelColumns(taken),
      window_start: numbersOf(taken, ({ windowMs }) => windowMs),
      spans: numbersOf(taken, (row) => row.spans),
      calls_units: numbersOf(taken, (row) => row.now.calls),
      duration_us_units: taken.map((row) => row.now.durationUs),
      duration_us_min: numbersOf(taken, (row) => row.minUs),
      duration_us_max: numbersOf(taken, (row) => row.maxUs),
      bucket_index: taken.map((row) => row.histogram.buckets),
      bucket_units: taken.map((row) => row.histogram.units),
    },
  };
}

/** What each row's counters rose by; a series with several windows has several rows. Units are 2^-20 calls. */
function counterRows(taken: readonly TakenRow[]): Rows {
  return {
    name: SPAN_METRICS_ROWS,
    length: taken.length,
    slot: new Float64Array(0),
    columns: {
      ...labelColumns(taken),
      calls_units: numbersOf(taken, (row) => row.increment.calls),
      duration_us_units: taken.map((row) => row.increment.durationUs),
      buckets: taken.map((row) => row.increment.classic),
    },
  };
}

function labelColumns(taken: readonly TakenRow[]): Record<string, readonly string[]> {
  return {
    tenant: taken.map(({ labels }) => labels.tenant),
    service: taken.map(({ labels }) => labels.service),
    span_kind: taken.map(({ labels }) => SPAN_KINDS[labels.kind]!),
    operation: taken.map(({ labels }) => labels.operation),
    status: taken.map(({ labels }) => STATUS_CODES[labels.status]!),
    dimensions: taken.map(({ labels }) => labels.dimensions),
  };
}
