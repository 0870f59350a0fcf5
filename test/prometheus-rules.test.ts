/** The example rules for Prometheus: promtool takes them, they compute what they say, and they name metrics that Weir has. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { qualityMetrics } from '../src/sinks/quality-metrics.ts';
import { createTelemetry } from '../src/telemetry.ts';
import { textOf } from './support/chunks.ts';

const RULES = resolve('docker/prometheus-rules.yml');
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

it('name metrics that Weir has, all of trace quality among them', async () => {
  const { counters } = qualityMetrics({ rows: '', checks: [] });
  const quality = [...counters.map(({ names }) => names.normalized), 'weir_trace_quality_score'];
  const health = await textOf(createTelemetry({ hasProcessMetrics: false }).render());
  const named = [...new Set(readFileSync(RULES, 'utf8').match(/(?<!:)\bweir_\w+/g))].sort();
  expect(named.filter((name) => !health.includes(`# TYPE ${name} `))).toEqual(quality.sort());
});

describe.skipIf(!hasPromtool && process.env['WEIR_NO_SKIP'] !== '1')(
  'promtool (apt-get install prometheus)',
  () => {
    it('takes them', () => {
      expect(execFileSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' })).toContain('SUCCESS');
    });

    it('computes failures from two processes less what moved, and fires where it should', () => {
      const folder = mkdtempSync(join(tmpdir(), 'weir-test-rules-'));
      const file = join(folder, 'test.yml');
      // JSON is YAML.
      writeFileSync(file, JSON.stringify(RULE_TESTS));
      try {
        expect(execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  },
);

/** Counters that rise by so much a minute, over three hours. */
function series(name: string, labels: string, perMinute: number) {
  return { series: `weir_trace_quality_${name}_total{${labels}}`, values: `0+${perMinute}x180` };
}

/** The counters of one process and check, each by what it rises a minute. */
function cart(instance: string, counts: Readonly<Record<string, number>>) {
  const labels = `service_name="cart",check="has_server_span",job="weir",instance="${instance}"`;
  const names = ['judged', 'judged_moved', 'passed', 'passed_moved', 'exempt', 'exempt_moved'];
  return names.map((name) => series(name, labels, counts[name] ?? 0));
}

/** A partition: how old its newest record is, and how many messages follow it. */
function partition(number: number, delaySeconds: number, lagMessages: number) {
  const labels = `{topic="spans",partition="${number}",instance="a"}`;
  return [
    { series: `weir_watermark_delay_seconds${labels}`, values: `${delaySeconds}x180` },
    { series: `weir_consumer_lag_messages${labels}`, values: `${lagMessages}x180` },
  ];
}

const LABELS = '{service_name="cart",check="has_server_span"}';

const RULE_TESTS = {
  rule_files: [RULES],
  evaluation_interval: '1m',
  tests: [
    {
      interval: '1m',
      // One partition that nobody writes to, one that is read slowly, one that is behind; one store that failed once, one that goes on failing.
      input_series: [
        ...partition(0, 9000, 0),
        ...partition(1, 20, 5000),
        ...partition(2, 900, 5000),
        { series: 'weir_data_loss_messages_total{instance="a"}', values: '7x180' },
        { series: 'weir_flush_failures_total{instance="a"}', values: '0x60 1x120' },
        { series: 'weir_flush_failures_total{instance="b"}', values: '0+2x180' },
        {
          series: 'weir_poison_messages_total{topic="spans",reason="truncated",instance="a"}',
          values: '0+1x180',
        },
      ],
      promql_expr_test: [
        {
          expr: 'count by (alertname, partition, instance) (ALERTS{alertstate="firing"})',
          eval_time: '1h5m',
          exp_samples: [
            { labels: '{alertname="WeirCannotWrite",instance="b"}', value: 1 },
            { labels: '{alertname="WeirDataLost",instance="a"}', value: 1 },
            { labels: '{alertname="WeirIsBehind",partition="2",instance="a"}', value: 1 },
            { labels: '{alertname="WeirUndecodableMessages"}', value: 1 },
          ],
        },
      ],
    },
    {
      interval: '1m',
      // Of 100 that count 50 pass in one process, of 50 none in the other.
      input_series: [
        ...cart('a', {
          judged: 130,
          judged_moved: 10,
          passed: 80,
          passed_moved: 30,
          exempt: 25,
          exempt_moved: 5,
        }),
        ...cart('b', { judged: 50 }),
        {
          series: 'weir_trace_quality_score{service_name="cart",category="overall",instance="a"}',
          values: '90x119 60x60',
        },
      ],
      promql_expr_test: [
        {
          expr: 'round(service_check:weir_trace_quality_judged:rate1h * 60, 0.001)',
          eval_time: '3h',
          exp_samples: [{ labels: LABELS, value: 150 }],
        },
        {
          expr: 'round(service_check:weir_trace_quality_failed:ratio_rate1h, 0.0001)',
          eval_time: '3h',
          exp_samples: [
            {
              labels: LABELS,
              value: 0.6667,
            },
          ],
        },
        {
          expr: 'count by (alertname, alertstate) (ALERTS)',
          eval_time: '2h50m',
          exp_samples: [
            { labels: '{alertname="WeirCallsWithoutServerSpans",alertstate="firing"}', value: 1 },
            { labels: '{alertname="WeirTraceQualityFell",alertstate="firing"}', value: 1 },
            { labels: '{alertname="WeirTraceQualityLow",alertstate="pending"}', value: 1 },
          ],
        },
      ],
    },
  ],
};
