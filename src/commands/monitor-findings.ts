/**
 * What would leave Jaeger's Monitor tab empty: takes the text of `/metrics` and judges it as Jaeger's Prometheus reader will ask for it.
 * Source: jaeger v2.20.0, internal/storage/metricstore/prometheus. Pure.
 */
export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
}

export type Naming = 'normalized' | 'raw' | 'both';

interface ReaderNames {
  readonly calls: string;
  readonly buckets: string;
  readonly setting: string;
}

/** What a reader asks for, by its two settings. */
const READERS: Readonly<Record<'normalized' | 'raw', ReaderNames>> = {
  normalized: {
    calls: 'traces_span_metrics_calls_total',
    buckets: 'traces_span_metrics_duration_milliseconds_bucket',
    setting: 'normalize_calls and normalize_duration true',
  },
  raw: {
    calls: 'traces_span_metrics_calls',
    buckets: 'traces_span_metrics_duration_bucket',
    setting: 'normalize_calls and normalize_duration false (its default)',
  },
};

/** `jobs`: those that run. */
export function monitorFindings(
  text: string,
  { naming, jobs }: { readonly naming: Naming; readonly jobs: readonly string[] },
): readonly Finding[] {
  if (!jobs.includes('red'))
    return [
      {
        verdict: 'warn',
        text: 'Monitor tab: job red is not among `jobs`, so nothing of it is counted; add red where the tab is wanted',
      },
    ];
  const samples = samplesOf(text);
  const served = (['normalized', 'raw'] as const).filter((name) => naming === name || naming === 'both');
  const findings = served.flatMap((name) => readerFindings(READERS[name], samples));
  const other = naming === 'both' ? undefined : READERS[naming === 'raw' ? 'normalized' : 'raw'];
  if (other !== undefined)
    findings.push({
      verdict: 'warn',
      text: `a Jaeger with ${other.setting} asks for ${other.calls}, which is not served; prometheus.naming: both serves all`,
    });
  return findings;
}

type Samples = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;

function readerFindings({ calls, buckets, setting }: ReaderNames, samples: Samples): Finding[] {
  const callSeries = samples.get(calls) ?? [];
  const bucketSeries = samples.get(buckets) ?? [];
  if (callSeries.length === 0 || bucketSeries.length === 0)
    return [
      {
        verdict: 'warn',
        text: `no ${callSeries.length === 0 ? calls : buckets} yet: no span was counted since the start`,
      },
    ];
  const findings: Finding[] = [
    { verdict: 'ok', text: `${calls} and ${buckets}, for a Jaeger with ${setting}` },
    ...labelFindings(calls, callSeries, ['service_name', 'span_name', 'span_kind', 'status_code']),
    ...labelFindings(buckets, bucketSeries, ['service_name', 'span_name', 'span_kind', 'le']),
  ];
  if (!bucketSeries.some(({ le }) => le === '+Inf'))
    findings.push({ verdict: 'fail', text: `${buckets} has no le="+Inf": Prometheus computes no quantile` });
  const without = withoutErrorSeries(callSeries);
  if (without.length > 0)
    findings.push({
      verdict: 'fail',
      text: `no STATUS_CODE_ERROR series for ${some(without)}: Jaeger shows no error rate for them`,
    });
  if (!callSeries.some(({ span_kind: kind }) => kind === 'SPAN_KIND_SERVER'))
    findings.push({
      verdict: 'warn',
      text: 'no SERVER span yet: the Monitor tab asks for those unless told otherwise',
    });
  const patterns = [...new Set(callSeries.map((labels) => labels['service_name'] ?? ''))].filter((name) =>
    /[.+*?()[\]{}|^$\\]/.test(name),
  );
  if (patterns.length > 0)
    findings.push({
      verdict: 'warn',
      text: `Jaeger takes service names for regular expressions; ${some(patterns)} may show a neighbour's figures too`,
    });
  return findings;
}

function labelFindings(
  name: string,
  series: Samples extends ReadonlyMap<string, infer S> ? S : never,
  labels: readonly string[],
): Finding[] {
  const missing = labels.filter((label) => series.every((sample) => sample[label] === undefined));
  return missing.length === 0
    ? []
    : [{ verdict: 'fail', text: `${name} lacks the label ${missing.join(', ')}` }];
}

function withoutErrorSeries(series: readonly Readonly<Record<string, string>>[]): string[] {
  const groups = new Map<string, boolean>();
  for (const labels of series) {
    const group = `${labels['service_name'] ?? ''} ${labels['span_name'] ?? ''} ${labels['span_kind'] ?? ''}`;
    groups.set(group, groups.get(group) === true || labels['status_code'] === 'STATUS_CODE_ERROR');
  }
  return [...groups].filter(([, hasError]) => !hasError).map(([group]) => group);
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join('; ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function samplesOf(text: string): Samples {
  const samples = new Map<string, Record<string, string>[]>();
  for (const line of text.split('\n')) {
    const [, name, inner = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (!name?.startsWith('traces_')) continue;
    const labels: Record<string, string> = {};
    for (const [, label, value] of inner.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"/g))
      labels[label!] = value!;
    const known = samples.get(name);
    if (known === undefined) samples.set(name, [labels]);
    else known.push(labels);
  }
  return samples;
}
