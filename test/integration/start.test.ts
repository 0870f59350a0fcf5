/** `weir start` as a newcomer meets it: the demo on the embedded ClickHouse, every line it prints pasted into a shell, an own SDK pointed at it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExposition, samplesOf } from '../support/exposition.ts';
import { redOf } from '../support/public-views.ts';
import type { RedViewRow } from '../support/red-view-oracle.ts';
import {
  type RunningWeir,
  runWeir,
  startWeir,
  untilTrue,
  valueOf,
  workDirectory,
} from '../support/weir-process.ts';

const shell = promisify(execFile);
const STOP_MS_MAX = 25_000;

describe('weir start --demo', () => {
  let weir: RunningWeir;
  let directory: Awaited<ReturnType<typeof workDirectory>>;

  beforeAll(async () => {
    directory = await workDirectory();
    weir = await startWeir(directory.path, ['--demo'], { environment: { WEIR_ENGINE_FLUSH_MS: '1000' } });
    await untilTrue(weir, async () => (await redOf(weir, 'default')).size > 100);
    // Counters rise once the rows' progress is durable too, and show 0 first.
    await untilTrue(weir, async () => (await valueOf(weir, 'traces_span_metrics_calls_total')) > 0);
  });

  afterAll(async () => {
    await (weir as RunningWeir | undefined)?.end('SIGKILL');
    await directory.remove();
  });

  it('says what runs and where', () => {
    const { screen } = weir;
    expect(screen).toMatch(/^ {2}reads +OTLP\/HTTP: http:\/\/127\.0\.0\.1:\d+\n +Demo shop: /m);
    expect(screen).toMatch(/^ {2}jobs +.*\bred\b/m);
    expect(screen).toMatch(/^ {2}stores +ClickHouse: embedded, \.\/weir-data, database weir$/m);
    expect(screen).toContain(`${weir.address}/metrics`);
    // Nothing to worry about happened.
    expect(weir.stderr).toBe('');
  });

  it('prints lines that work when pasted', async () => {
    const pasted = weir.screen.split('\n').filter((line) => line.startsWith('  curl '));
    expect(pasted).toHaveLength(4);
    // From anywhere, and whatever the shell's own options.
    const answers = await Promise.all(
      pasted.map(async (line) => (await shell('bash', ['-o', 'pipefail', '-ec', line], { cwd: '/' })).stdout),
    );
    const [services, calls, table, metrics] = answers as [string, string, string, string];
    expect((JSON.parse(services) as { services: string[] }).services).toContain('frontend');
    expect(largestOf(calls)).toBeGreaterThan(0);
    expect(table).toMatch(/│ frontend +│ +[\d.]+ │/);
    expect(metrics).toMatch(/^traces_span_metrics_calls_total\{service_name="/m);
  });

  it('prints how to get a report, which finds what is planted in the demo', async () => {
    const [line] = /^ {2}node .* report .*$/m.exec(weir.screen)!;
    await untilTrue(weir, async () =>
      (await shell('bash', ['-ec', line], { cwd: '/' })).stdout.includes('email'),
    );
    const { stdout } = await shell('bash', ['-ec', line], { cwd: '/' });
    expect(stdout).toMatch(/1\. \+\d+\.\d {2}Emits server spans: /);
    expect(stdout).toMatch(/^ {2}recommendation +\d\d\.\d /m);
  });

  it('is alive and ready', async () => {
    for (const path of ['/livez', '/readyz']) expect((await weir.get(path)).status).toBe(200);
  });

  it('serves metrics that a strict reader takes', async () => {
    const exposition = parseExposition(await (await weir.get('/metrics')).text());
    expect(samplesOf(exposition, 'weir_spans_total', { topic: 'demo' })[0]!.value).toBeGreaterThan(0);
    expect(samplesOf(exposition, 'weir_flush_failures_total')[0]!.value).toBe(0);
  });

  it("takes the spans of the SDK's own exporter, set up as the screen says", async () => {
    const [line] = /OTEL_EXPORTER_OTLP_PROTOCOL=.*$/m.exec(weir.screen)!;
    const environment = Object.fromEntries(
      line.split(' ').map((pair) => pair.split('=') as [string, string]),
    );
    expect(environment['OTEL_EXPORTER_OTLP_PROTOCOL']).toBe('http/protobuf');
    await exportSpans(environment);
    const mine = async (): Promise<readonly [string, RedViewRow][]> =>
      [...(await redOf(weir, 'default'))].filter(([key]) =>
        key.startsWith('["my-own","GET /mine","server",'),
      );
    await untilTrue(weir, async () => (await mine())[0]?.[1].spans === 3);
    expect(await mine()).toMatchObject([
      [expect.any(String), { calls: 3, errors: 1, duration_us_sum: 60_000, duration_us_p95: 20_000 }],
    ]);
  });

  it('refuses a second process on the same data directory', async () => {
    const second = await runWeir(directory.path, ['start'], {
      environment: { WEIR_HTTP_PORT: '0', WEIR_OTLP_HTTP_PORT: '0' },
    });
    expect(second.code).toBe(1);
    expect(second.stdout.toString()).toBe('');
    expect(second.stderr).toMatch(
      /^weir: data directory \.\/weir-data is in use by process \d+\. Stop that one .*\n$/,
    );
    expect((await weir.get('/readyz')).status).toBe(200);
  });

  it('ends on SIGTERM in time, with what it read made durable', async () => {
    const pastEndS = Math.floor(Date.now() / 1000) - 600;
    const past = async (): Promise<unknown> =>
      weir.sql(
        `SELECT sum(spans) FROM weir.red WHERE service = 'cart' AND toUnixTimestamp(window_start) < ${pastEndS}`,
      );
    /** The demo's generation, once it has caught up with the clock. */
    let generation = 0;
    const isLiveAgain = async (): Promise<boolean> => {
      const [demo] = await weir.sql<{ generation: number; behindS: number }>(
        "SELECT generation, toUnixTimestamp(now()) - toUnixTimestamp(watermark) AS behindS FROM weir.progress WHERE topic = 'demo' AND watermark IS NOT NULL",
      );
      const isNew = demo !== undefined && demo.generation !== generation && demo.behindS < 60;
      if (isNew) ({ generation } = demo);
      return isNew;
    };
    await untilTrue(weir, isLiveAgain);
    const pastBefore = await past();
    const askedMs = performance.now();
    const { code, stderr } = await weir.end('SIGTERM');
    expect(code, stderr).toBe(0);
    expect(performance.now() - askedMs).toBeLessThan(STOP_MS_MAX);
    // The rows are there for the next process, and sources without a log begin a generation of their own.
    weir = await startWeir(directory.path, ['--demo'], { environment: { WEIR_ENGINE_FLUSH_MS: '500' } });
    const mine = [...(await redOf(weir, 'default'))].filter(([key]) => key.startsWith('["my-own"'));
    expect(mine.map(([, { spans }]) => spans)).toEqual([3]);
    const generations = await weir.sql<{ n: number }>(
      "SELECT uniqExact(generation) AS n FROM weir.progress_v1 WHERE topic = 'otlp-http'",
    );
    expect(generations).toEqual([{ n: 2 }]);
    // The demo goes on where it ended, and does not make its past twice.
    await untilTrue(weir, isLiveAgain);
    expect(await past()).toEqual(pastBefore);
  });
});

/** Three spans within a window, one of them an error. */
async function exportSpans(environment: Readonly<Record<string, string>>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'my-own' }),
    spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
  });
  process.env = before;
  const tracer = provider.getTracer('mine');
  const startMs = Math.floor(Date.now() / 60_000) * 60_000;
  for (const code of [SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR]) {
    const span = tracer.startSpan('GET /mine', { kind: SpanKind.SERVER, startTime: startMs });
    span.setStatus({ code });
    span.end(startMs + 20);
  }
  await provider.forceFlush();
  await provider.shutdown();
}

/** The largest point of a metrics answer. */
function largestOf(answer: string): number {
  const { metrics } = JSON.parse(answer) as {
    metrics: { metricPoints: { gaugeValue: { doubleValue: number | 'NaN' } }[] }[];
  };
  return Math.max(
    ...metrics.flatMap(({ metricPoints }) =>
      metricPoints.map(({ gaugeValue: { doubleValue } }) => (doubleValue === 'NaN' ? 0 : doubleValue)),
    ),
  );
}
