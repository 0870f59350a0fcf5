/** What trace quality gives out: rows of table `quality_v1`, absolute per slot, and what their counters rose by. */
import type { Rows } from './rows.ts';

export const QUALITY_TABLE = 'quality_v1';
export const CLIENTS_TABLE = 'clients_v1';

/**
 * Rows `quality_counters`: tenant, service, check, and what rose since the last time: judged, passed, exempt, and of each what was taken back
 * (`judged_moved`, ...) because a verdict changed.
 */
export const QUALITY_COUNTER_ROWS = 'quality_counters';

/** Counters of a check: what was counted, then what was taken back. */
const COLUMNS = ['judged', 'passed', 'exempt', 'judged_moved', 'passed_moved', 'exempt_moved'] as const;
export const COUNTERS = COLUMNS.length;

/** What identifies a row within a slot, its check aside. */
export interface QualityLabels {
  readonly tenant: string;
  readonly service: string;
  readonly operation: string;
  /** Number of the window. */
  readonly window: number;
}

/** One check's counters in one row of a slot, and what they rose by. */
export interface TakenCheck {
  readonly slot: number;
  readonly labels: QualityLabels;
  readonly check: string;
  readonly counters: Float64Array;
  readonly increments: Float64Array;
  readonly passes: readonly string[];
  readonly failures: readonly string[];
}

export function qualityRows(taken: readonly TakenCheck[], windowMs: number): Rows {
  return {
    name: QUALITY_TABLE,
    length: taken.length,
    slot: Float64Array.from(taken, ({ slot }) => slot),
    columns: {
      tenant: taken.map(({ labels }) => labels.tenant),
      window_start: Float64Array.from(taken, ({ labels }) => labels.window * windowMs),
      service: taken.map(({ labels }) => labels.service),
      operation: taken.map(({ labels }) => labels.operation),
      check: taken.map(({ check }) => check),
      ...countersOf(taken, ({ counters }) => counters),
      pass_examples: taken.map(({ passes }) => passes),
      fail_examples: taken.map(({ failures }) => failures),
    },
  };
}

/** One row for each service and check that rose. */
export function qualityCounterRows(taken: readonly TakenCheck[]): Rows {
  const sums = new Map<string, TakenCheck>();
  for (const one of taken) {
    const { tenant, service } = one.labels;
    const key = `${tenant.length} ${service.length} ${tenant}${service}${one.check}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { ...one, increments: one.increments.slice() });
    else for (let at = 0; at < COUNTERS; at++) known.increments[at]! += one.increments[at]!;
  }
  const rows = [...sums.values()].filter(({ increments }) => increments.some((rise) => rise > 0));
  return {
    name: QUALITY_COUNTER_ROWS,
    length: rows.length,
    slot: new Float64Array(0),
    columns: {
      tenant: rows.map(({ labels }) => labels.tenant),
      service: rows.map(({ labels }) => labels.service),
      check: rows.map(({ check }) => check),
      ...countersOf(rows, ({ increments }) => increments),
    },
  };
}

function countersOf(
  taken: readonly TakenCheck[],
  counters: (one: TakenCheck) => Float64Array,
): Record<string, Float64Array> {
  return Object.fromEntries(
    COLUMNS.map((column, at) => [column, Float64Array.from(taken, (one) => counters(one)[at]!)]),
  );
}
