/**
 * An answer as the JSON of Jaeger's MetricFamily, as gogo's jsonpb prints it: NaN is a string, zero times have no fraction, `metrics` is
 * never absent. Goes out in chunks of one series, and the event loop gets its turn between them.
 */
import { setImmediate } from 'node:timers/promises';
import type { Grid } from './metrics-grid.ts';
import type { Metric, MetricsParams } from './metrics-params.ts';
import type { MetricAnswer, MetricSeries } from './metrics-query.ts';

export async function* metricFamily(
  metric: Metric,
  params: MetricsParams,
  { grid, series }: MetricAnswer,
  isPretty: boolean,
): AsyncGenerator<string, void, undefined> {
  const head = JSON.stringify({
    name: nameOf(metric, params),
    type: 'GAUGE',
    help: helpOf(metric, params),
    metrics: [],
  });
  const [opening, closing] = isPretty
    ? [pretty(head, '').replace(/\[\]\n\}$/, '['), series.length === 0 ? ']\n}' : '\n    ]\n}']
    : [head.slice(0, -2), ']}'];
  yield opening;
  const pointEnds = pointEndsOf(grid);
  for (const [at, one] of series.entries()) {
    const text = seriesText(one, pointEnds);
    yield (at === 0 ? '' : ',') + (isPretty ? `\n${NESTED}${pretty(text, NESTED)}` : text);
    await setImmediate();
  }
  yield closing;
}

const NAMES: Readonly<Record<Metric, string>> = {
  latencies: 'latencies',
  calls: 'call_rate',
  errors: 'error_rate',
};

function nameOf(metric: Metric, { groupByOperation }: MetricsParams): string {
  return `service_${groupByOperation ? 'operation_' : ''}${NAMES[metric]}`;
}

function helpOf(metric: Metric, { quantile, groupByOperation }: MetricsParams): string {
  const what = {
    latencies: `${quantile.toFixed(2)}th quantile latency`,
    calls: 'calls/sec',
    errors: 'error rate, computed as a fraction of errors/sec over calls/sec',
  }[metric];
  return `${what}, grouped by service${groupByOperation ? ' & operation' : ''}`;
}

/** What follows each point's value: the same for all series. */
function pointEndsOf(grid: Grid): readonly string[] {
  return Array.from({ length: grid.points }, (_, point) => {
    const time = new Date(grid.startMs + point * grid.stepMs).toISOString().replace('.000Z', 'Z');
    return `},"timestamp":"${time}"}`;
  });
}

function seriesText({ service, operation, values }: MetricSeries, pointEnds: readonly string[]): string {
  const labels = [
    { name: 'service_name', value: service },
    ...(operation === undefined ? [] : [{ name: 'operation', value: operation }]),
  ];
  const points = pointEnds.map((end, point) => {
    const value = values[point]!;
    return `{"gaugeValue":{"doubleValue":${Number.isNaN(value) ? '"NaN"' : value}${end}`;
  });
  return `{"labels":${JSON.stringify(labels)},"metricPoints":[${points.join(',')}]}`;
}

const INDENT = 4;
const NESTED = ' '.repeat(2 * INDENT);

function pretty(json: string, indent: string): string {
  return JSON.stringify(JSON.parse(json), undefined, INDENT).replaceAll('\n', `\n${indent}`);
}
