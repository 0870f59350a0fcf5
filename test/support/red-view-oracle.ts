/** View `red` from its definition: stored rows summed over slots and statuses, quantiles by counting calls up a sorted histogram. */
import type { OracleRow } from './red-oracle.ts';

/** One row of the view, numbers as JS has them; keyed by its labels. */
export interface RedViewRow {
  readonly spans: number;
  readonly calls: number;
  readonly errors: number;
  readonly duration_us_sum: number;
  readonly duration_us_min: number;
  readonly duration_us_max: number;
  readonly duration_us_p50: number;
  readonly duration_us_p75: number;
  readonly duration_us_p95: number;
  readonly duration_us_p99: number;
}

const UNITS = 1n << 20n;

/** Rows of the view by `viewKey`, from rows keyed as `redOracle` keys them. */
export function redView(stored: ReadonlyMap<string, OracleRow>): Map<string, RedViewRow> {
  const groups = new Map<string, { row: OracleRow; isError: boolean }[]>();
  for (const [key, row] of stored) {
    const { slot: _, status, ...labels } = JSON.parse(key) as Record<string, unknown>;
    const name = viewKey(labels);
    groups.set(name, [...(groups.get(name) ?? []), { row, isError: status === 'error' }]);
  }
  return new Map([...groups].map(([name, members]) => [name, merged(members)]));
}

export function viewKey(labels: Readonly<Record<string, unknown>>): string {
  const { service, operation, span_kind, window_start, dimensions } = labels;
  return JSON.stringify([service, operation, span_kind, window_start, dimensions]);
}

function merged(members: readonly { readonly row: OracleRow; readonly isError: boolean }[]): RedViewRow {
  const sum = (value: (row: OracleRow) => bigint, of = members): bigint =>
    of.reduce((total, { row }) => total + value(row), 0n);
  const buckets = new Map<number, bigint>();
  for (const { row } of members)
    for (const [bucket, units] of Object.entries(row.buckets))
      buckets.set(Number(bucket), (buckets.get(Number(bucket)) ?? 0n) + units);
  const min = Number(members.map(({ row }) => row.min).reduce((a, b) => (a < b ? a : b)));
  const max = Number(members.map(({ row }) => row.max).reduce((a, b) => (a > b ? a : b)));
  const quantile = (percent: bigint): number => Math.min(Math.max(middle(buckets, percent), min), max);
  return {
    spans: Number(sum(({ spans }) => spans)),
    calls: inCalls(sum(({ calls }) => calls)),
    errors: inCalls(
      sum(
        ({ calls }) => calls,
        members.filter(({ isError }) => isError),
      ),
    ),
    duration_us_sum: inCalls(sum(({ duration }) => duration)),
    duration_us_min: min,
    duration_us_max: max,
    duration_us_p50: quantile(50n),
    duration_us_p75: quantile(75n),
    duration_us_p95: quantile(95n),
    duration_us_p99: quantile(99n),
  };
}

function inCalls(units: bigint): number {
  return Number(units) / Number(UNITS);
}

/** The middle of the bucket that holds the call of rank ceil(percent / 100 * calls). */
export function middle(buckets: ReadonlyMap<number, bigint>, percent: bigint): number {
  const total = [...buckets.values()].reduce((a, b) => a + b, 0n);
  let rank = (total * percent) / (100n * UNITS);
  if (rank * 100n * UNITS < total * percent) rank++;
  if (rank === 0n) rank = 1n;
  let passed = 0n;
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  for (const [bucket, units] of sorted) {
    passed += units;
    if (passed >= rank * UNITS) return middleOf(bucket);
  }
  return middleOf(sorted.at(-1)![0]);
}

function middleOf(bucket: number): number {
  return bucket === -2 ? 0 : (2 ** (bucket / 32) + 2 ** ((bucket + 1) / 32)) / 2;
}
