/** What Prometheus' counters rise by: as a flush says, and as the oracle's rows of two prefixes differ. */
import { SPAN_METRICS_ROWS } from '../../operators/red-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import type { OracleRow } from '../support/red-oracle.ts';

const LABELS = ['service', 'operation', 'span_kind', 'status', 'dimensions'] as const;

/** Calls by series, as text. */
export function callsIn(taken: readonly Rows[]): string {
  const calls = new Map<string, bigint>();
  for (const { name, length, columns } of taken) {
    if (name !== SPAN_METRICS_ROWS) continue;
    for (let at = 0; at < length; at++)
      add(
        calls,
        LABELS.map((label) => columns[label]![at] as string),
        BigInt((columns['calls_units'] as Float64Array)[at]!),
      );
  }
  return textOf(calls);
}

/** The same of RED rows of two prefixes: what the longer one has more. */
export function callsBetween(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): string {
  const calls = new Map<string, bigint>();
  for (const [sign, rows] of [
    [-1n, before],
    [1n, after],
  ] as const)
    for (const [key, row] of rows) {
      const labels = JSON.parse(key) as Record<string, string>;
      add(
        calls,
        LABELS.map((label) => labels[label]!),
        sign * (row as OracleRow).calls,
      );
    }
  return textOf(calls);
}

function add(calls: Map<string, bigint>, labels: readonly string[], units: bigint): void {
  const series = labels.join(' ');
  calls.set(series, (calls.get(series) ?? 0n) + units);
}

function textOf(calls: ReadonlyMap<string, bigint>): string {
  return [...calls]
    .filter(([, units]) => units !== 0n)
    .map(([series, units]) => `${series}: ${units}`)
    .sort()
    .join('\n  ');
}
