/**
 * Verdicts of trace quality as Prometheus counters, by service and check. Failed are the judged that neither passed nor are exempt; what a
 * later span changed is counted in the `_moved` counters, since a counter cannot fall.
 */
import type { CounterFamily, CounterMetric } from './prometheus-family.ts';

export interface QualityMetricsOptions {
  /** Name of the Rows: tenant, service, check, and increments of judged, passed, exempt, judged_moved, passed_moved, exempt_moved. */
  readonly rows: string;
  /** Names of the checks. */
  readonly checks: readonly string[];
}

const HELPS = {
  judged: 'Spans that a check judged.',
  passed: 'Judged spans that passed.',
  exempt: 'Judged spans that were excused.',
} as const;

export function qualityMetrics({ rows, checks }: QualityMetricsOptions): CounterFamily {
  return {
    rows,
    labels: [
      { label: 'service_name', column: 'service' },
      { label: 'check', column: 'check', values: Object.fromEntries(checks.map((name) => [name, name])) },
    ],
    counters: Object.entries(HELPS).flatMap(([column, help]) => [
      counter(column, help),
      counter(
        `${column}_moved`,
        `${help} Of these, those taken back because a later span changed the verdict.`,
      ),
    ]),
    histograms: [],
  };
}

function counter(column: string, help: string): CounterMetric {
  const name = `weir_trace_quality_${column}_total`;
  return { names: { normalized: name, raw: name }, help, column, perOne: 1n };
}
