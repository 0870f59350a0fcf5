/** A real Prometheus scrapes the rendered metrics and answers the PromQL that Jaeger issues. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Counters, createCounters } from '../../src/sinks/prometheus.ts';
import { EXPOSITION_CONTENT_TYPE, renderMetrics } from '../../src/sinks/prometheus-text.ts';
import { createTelemetry } from '../../src/telemetry.ts';
import {
  type JaegerMetricsQuery,
  callsQuery,
  errorsQuery,
  latenciesQuery,
} from '../support/jaeger-promql.ts';
import {
  type Prometheus,
  type RangeSeries,
  prometheusSkipReason,
  startPrometheus,
} from '../support/prometheus.ts';
import { type Increment, flushOf, incrementRows, spanMetricsFamily } from '../support/span-metrics-rows.ts';

const INTERVAL_MS = 250;
/** What a span could be called by someone who wishes a scrape ill. */
const HOSTILE = `"} 1\n# TYPE x counter\nx{a="\\${String.fromCharCode(0)}\r\ud800€😀`;
const HOSTILE_READ = HOSTILE.replace('\ud800', '');

const skipReason = prometheusSkipReason();

describe.skipIf(skipReason !== undefined)(
  `a real Prometheus${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    let counters: Counters;
    let server: Server;
    let prometheus: Prometheus;
    let startMs: number;

    beforeAll(async () => {
      counters = createCounters([spanMetricsFamily()], { naming: 'both' });
      server = await serve(counters);
      prometheus = await startPrometheus({
        scrapeTarget: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        intervalMs: INTERVAL_MS,
      });
      startMs = Date.now();
      await runShop(counters);
    });

    afterAll(async () => {
      await prometheus.stop();
      server.closeAllConnections();
      server.close();
    });

    test('takes the scrape', async () => {
      expect(await prometheus.target()).toMatchObject({ health: 'up', lastError: '' });
      expect(newest(await prometheus.query('sum(weir_flush_failures_total)'))).toBe(0);
    });

    test('counts what was acknowledged, from each series first sample on', async () => {
      const calls = 'traces_span_metrics_calls_total{span_name="buy",status_code="STATUS_CODE_UNSET"}';
      expect(newest(await prometheus.query(calls))).toBe(ROUNDS * 2);
      expect(newest(await prometheus.query(`min_over_time(${calls}[1m])`))).toBe(0);
      const sum = 'sum(traces_span_metrics_duration_milliseconds_sum{span_name="buy"})';
      expect(newest(await prometheus.query(sum))).toBe(ROUNDS * (3 + 7.5 + 150));
      expect(newest(await prometheus.query('sum(traces_span_metrics_duration_count{span_name="buy"})'))).toBe(
        ROUNDS * 3,
      );
    });

    test('keeps a hostile name as a label value and nothing else', async () => {
      const [series] = await prometheus.query(
        'traces_span_metrics_calls_total{service_name="hostile",status_code="STATUS_CODE_UNSET"}',
      );
      expect(series!.labels['span_name']).toBe(HOSTILE_READ);
      expect(await prometheus.query('x')).toEqual([]);
    });

    for (const naming of ['normalized', 'raw'] as const)
      test(`answers Jaeger's queries, configured for ${naming} names`, async () => {
        const byOperation = query({ naming, groupByOperation: true });
        const calls = await range(callsQuery(byOperation));
        expect(operations(calls)).toEqual(['shop/browse', 'shop/buy']);
        const rates = new Map(calls.map(({ labels, points }) => [labels['span_name'], last(points)]));
        expect(rates.get('buy')! / rates.get('browse')!).toBeCloseTo(3, 6);

        const errors = await range(errorsQuery(byOperation));
        expect(
          errors.map(({ labels, points }) => [labels['span_name'], last(points).toFixed(6)]).sort(),
        ).toEqual([
          ['browse', '0.000000'],
          ['buy', '0.333333'],
        ]);

        const latencies = await range(latenciesQuery(byOperation, 0.95));
        expect(operations(latencies)).toEqual(['shop/browse', 'shop/buy']);
        const buy = latencies.find(({ labels }) => labels['span_name'] === 'buy')!;
        expect(last(buy.points)).toBeGreaterThan(100);
        expect(last(buy.points)).toBeLessThanOrEqual(200);

        const byService = await range(callsQuery(query({ naming, groupByOperation: false })));
        expect(byService.map(({ labels }) => labels)).toEqual([{ service_name: 'shop' }]);
        const ofClients = { ...byOperation, spanKinds: ['SPAN_KIND_CLIENT'] };
        expect(operations(await range(callsQuery(ofClients)))).toEqual(['shop/charge']);
        const ofAll = { ...byOperation, spanKinds: [] };
        expect(operations(await range(callsQuery(ofAll)))).toEqual([
          'shop/browse',
          'shop/buy',
          'shop/charge',
        ]);
      });

    async function range(promQl: string): Promise<readonly RangeSeries[]> {
      return prometheus.queryRange({ query: promQl, startMs, endMs: Date.now(), stepMs: INTERVAL_MS });
    }
  },
);

const ROUNDS = 8;

/** The same load in every round: of three purchases one fails. */
async function runShop(counters: Counters): Promise<void> {
  const round: readonly Increment[] = [
    { operation: 'buy', durationsUs: [3000, 7500] },
    { operation: 'buy', status: 'error', durationsUs: [150_000] },
    { operation: 'browse', durationsUs: [1000] },
    { operation: 'charge', kind: 'client', status: 'ok', durationsUs: [40_000] },
    { service: 'hostile', operation: HOSTILE },
  ];
  for (let i = 0; i < ROUNDS; i++) {
    counters.acknowledged(flushOf(incrementRows(round)));
    await sleep(INTERVAL_MS * 2);
  }
  await sleep(INTERVAL_MS * 2);
}

async function serve(counters: Counters): Promise<Server> {
  const telemetry = createTelemetry();
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/metrics' ? 200 : 404;
    response.setHeader('content-type', EXPOSITION_CONTENT_TYPE);
    Readable.from(request.url === '/metrics' ? renderMetrics([telemetry, counters]) : []).pipe(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function query(options: Pick<JaegerMetricsQuery, 'naming' | 'groupByOperation'>): JaegerMetricsQuery {
  return { services: ['shop'], spanKinds: ['SPAN_KIND_SERVER'], rate: '1m', ...options };
}

function operations(series: readonly RangeSeries[]): readonly string[] {
  return series.map(({ labels }) => `${labels['service_name']}/${labels['span_name']}`).sort();
}

function newest(series: readonly RangeSeries[]): number {
  expect(series).toHaveLength(1);
  return last(series[0]!.points);
}

function last(points: RangeSeries['points']): number {
  return points.at(-1)!.value;
}
