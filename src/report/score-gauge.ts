/**
 * The gauge `weir_trace_quality_score`: the scores of each service over the past hour, read from the store now and then, so that it is the
 * same whichever process is asked. Where the store does not answer for long, the gauge is absent rather than old.
 */
import { joinLabels, labelText } from '../sinks/prometheus-labels.ts';
import { type MetricsSource, headLines, inChunks, sampleLine } from '../sinks/prometheus-text.ts';
import type { CheckInfo } from '../../operators/quality-check.ts';
import { serviceLines } from './quality-report.ts';
import { type QualityStore, lastHours } from './quality-question.ts';
import { queryVerdicts } from './quality-rows.ts';

export interface ScoreGaugeOptions {
  readonly store: QualityStore;
  readonly checks: readonly CheckInfo[];
  readonly tenants: readonly string[];
  readonly onError: (error: unknown) => void;
  /** Unix ms. */
  readonly now?: () => number;
}

export interface ScoreGauge extends MetricsSource {
  /** Reads the scores at once. Resolves when they are shown; never rejects. */
  refresh(): Promise<void>;
  stop(): void;
}

const NAME = 'weir_trace_quality_score';
const HELP = 'Score of 0 to 100 of the trace quality of the past hour, overall and by category.';
const HOURS = 1;
const REFRESH_MS = 60_000;
/** The store works on it for at most one part in so many of the time. */
const REST = 50;
const STALE_MS = 600_000;
/** Services shown of one tenant: those with the most spans. */
const SERVICES_MAX = 1000;

/** Reads the scores for the first time after a minute; never where no check runs. */
export function startScoreGauge(options: ScoreGaugeOptions): ScoreGauge {
  const { tenants, onError, now = Date.now } = options;
  const stopped = new AbortController();
  let samples: readonly string[] = [];
  let readMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const refresh = async (): Promise<void> => {
    try {
      const lines: string[] = [];
      for (const tenant of tenants) lines.push(...(await samplesOf(options, tenant, stopped.signal)));
      samples = lines;
      readMs = now();
    } catch (error) {
      if (!stopped.signal.aborted) onError(error);
    }
  };
  const schedule = (afterMs: number): void => {
    timer = setTimeout(() => {
      const startedMs = performance.now();
      void refresh().then(() => {
        if (!stopped.signal.aborted) schedule(Math.max(REFRESH_MS, REST * (performance.now() - startedMs)));
      });
    }, afterMs);
    timer.unref();
  };
  if (options.checks.length > 0) schedule(REFRESH_MS);
  return {
    refresh,
    stop: () => {
      stopped.abort();
      clearTimeout(timer);
    },
    render: () =>
      inChunks(
        samples.length === 0 || now() - readMs > STALE_MS ? [] : [headLines(NAME, 'gauge', HELP), samples],
      ),
  };
}

async function samplesOf(
  { store, checks, tenants, now = Date.now }: ScoreGaugeOptions,
  tenant: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const period = lastHours(HOURS, now());
  const verdicts = await queryVerdicts(store, { tenant, service: '', period, signal });
  const tenantLabel = tenants.length > 1 ? labelText('tenant', tenant) : '';
  const shown = [...serviceLines(verdicts, checks)].sort((a, b) => b.spans - a.spans).slice(0, SERVICES_MAX);
  // Names that are alike up to the length of a label would give one sample twice.
  const samples = new Map<string, number>();
  for (const { service, scores } of shown)
    for (const { category, value } of scores) {
      const labels = [tenantLabel, labelText('service_name', service), labelText('category', category)];
      const joined = joinLabels(...labels);
      if (!samples.has(joined)) samples.set(joined, value);
    }
  return [...samples].map(([labels, value]) => sampleLine(NAME, labels, value.toFixed(2)));
}
