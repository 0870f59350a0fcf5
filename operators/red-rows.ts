/** What RED gives out: rows of table `red_v1`, and the increments of Prometheus' span metrics. */
import { RedChunk } from './red-chunk.ts';
import type { RedSlot } from './red-slot.ts';
import type { Rows } from './rows.ts';

export const RED_TABLE = 'red_v1';

/**
 * Rows `span_metrics`: what counters rose by, to be added per series, which has several rows where it has several windows. Units are 2^-20 calls;
 * `buckets` are those of CLASSIC_BOUNDS_US, each counted apart.
 */
export const SPAN_METRICS_ROWS = 'span_metrics';

/** Takes the rows changed since the last call: their absolute values for the table, their rise for the counters. */
export function takeRows(slots: readonly RedSlot[]): readonly Rows[] {
  const rows: Rows[] = [];
  for (const slot of slots)
    for (const taken of slot.take()) {
      const chunk = new RedChunk(taken);
      rows.push(chunk.tableRows(RED_TABLE), chunk.counterRows(SPAN_METRICS_ROWS));
    }
  return rows;
}
