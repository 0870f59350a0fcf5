import { expect, it } from 'vitest';
import { type Naming, monitorFindings } from '../../../src/commands/monitor-findings.ts';

const KIND = 'span_kind="SPAN_KIND_SERVER"';

function exposition({
  service = 'cart',
  kind = KIND,
  hasErrors = true,
  hasInf = true,
  suffix = '_total',
  unit = '_milliseconds',
} = {}): string {
  const name = `service_name="${service}",span_name="GET \\"/\\"",${kind}`;
  return [
    '# TYPE traces_span_metrics_calls_total counter',
    `traces_span_metrics_calls${suffix}{${name},status_code="STATUS_CODE_UNSET"} 3`,
    ...(hasErrors ? [`traces_span_metrics_calls${suffix}{${name},status_code="STATUS_CODE_ERROR"} 0`] : []),
    `traces_span_metrics_duration${unit}_bucket{${name},le="2"} 1`,
    ...(hasInf ? [`traces_span_metrics_duration${unit}_bucket{${name},le="+Inf"} 3`] : []),
    '',
  ].join('\n');
}

function verdicts(text: string, naming: Naming = 'normalized', jobs: readonly string[] = ['red']): string[] {
  return monitorFindings(text, { naming, jobs })
    .filter(({ text: finding }) => !finding.includes('which is not served'))
    .map(({ verdict, text: finding }) => `${verdict}: ${finding}`);
}

it('finds nothing wrong with what Weir exposes', () => {
  expect(verdicts(exposition())).toEqual([
    'ok: traces_span_metrics_calls_total and traces_span_metrics_duration_milliseconds_bucket, for a Jaeger with normalize_calls and normalize_duration true',
  ]);
});

it('says which Jaeger would find nothing under these names', () => {
  const texts = monitorFindings(exposition(), { naming: 'normalized', jobs: ['red'] }).map(
    ({ text }) => text,
  );
  expect(texts.at(-1)).toContain('asks for traces_span_metrics_calls, which is not served');
  expect(
    monitorFindings(exposition(), { naming: 'both', jobs: ['red'] })
      .map(({ text }) => text)
      .join(),
  ).not.toContain('which is not served');
});

it('judges the raw names where those are served', () => {
  expect(verdicts(exposition({ suffix: '', unit: '' }), 'raw')[0]).toContain(
    'for a Jaeger with normalize_calls and normalize_duration false',
  );
  expect(verdicts(exposition(), 'raw')[0]).toContain('warn: no traces_span_metrics_calls yet');
});

it.each([
  [
    { hasErrors: false },
    'fail: no STATUS_CODE_ERROR series for cart GET \\"/\\" SPAN_KIND_SERVER: Jaeger shows no error rate for them',
  ],
  [
    { hasInf: false },
    'fail: traces_span_metrics_duration_milliseconds_bucket has no le="+Inf": Prometheus computes no quantile',
  ],
  [
    { kind: 'span_kind="SPAN_KIND_CLIENT"' },
    'warn: no SERVER span yet: the Monitor tab asks for those unless told otherwise',
  ],
  [{ kind: 'kind="server"' }, 'fail: traces_span_metrics_calls_total lacks the label span_kind'],
  [
    { service: 'shop.cart' },
    "warn: Jaeger takes service names for regular expressions; shop.cart may show a neighbour's figures too",
  ],
])('sees what would leave the tab empty: %j', (flaw, expected) => {
  expect(verdicts(exposition(flaw))).toContain(expected);
});

it('says that nothing was counted yet', () => {
  expect(verdicts('')).toEqual([
    'warn: no traces_span_metrics_calls_total yet: no span was counted since the start',
  ]);
});

it('blames no missing span where job red does not run', () => {
  for (const text of ['', exposition()])
    expect(verdicts(text, 'normalized', ['dependencies', 'quality'])).toEqual([
      'warn: Monitor tab: job red is not among `jobs`, so nothing of it is counted; add red where the tab is wanted',
    ]);
});
