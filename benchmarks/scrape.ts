/**
 * Longest time, in milliseconds, that the event loop stood still while 50,000 lines of span metrics were scraped over HTTP. Lower is
 * better; over 100 it exits 1.
 *
 *     node dist/benchmarks/scrape.js [lines]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The server runs here, the scraper in another thread. Names need
 * escaping and weights have fractions in a tenth of the series.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Rows } from '../operators/rows.ts';
import { CLASSIC_BOUNDS_US, CLASSIC_BUCKETS } from '../operators/histogram.ts';
import { SPAN_METRICS_ROWS } from '../operators/red-rows.ts';
import { createCounters } from '../src/sinks/prometheus.ts';
import { EXPOSITION_CONTENT_TYPE, renderMetrics } from '../src/sinks/prometheus-text.ts';
import { spanMetrics } from '../src/sinks/span-metrics.ts';
import { WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { createTelemetry } from '../src/telemetry.ts';

const BLOCK_MS_MAX = 100;
const SCRAPES = 10;
/** A call counter and its error counter at 0, a histogram's buckets, sum and count. */
const LINES_PER_SERIES = 2 + CLASSIC_BUCKETS + 2;

const lines = Number(process.argv[2] ?? 50_000);
const seriesCount = Math.ceil(lines / LINES_PER_SERIES);
const counters = createCounters(
  [spanMetrics({ rows: SPAN_METRICS_ROWS, boundsUs: CLASSIC_BOUNDS_US, dimensions: [] })],
  { seriesPerTenantMax: seriesCount * 2 },
);
const telemetry = createTelemetry();
const increments = rowsOf(seriesCount);
const acknowledge = (): void =>
  counters.acknowledged({
    topic: 'spans',
    generation: 0,
    partition: 0,
    origin: 0,
    hi: 1,
    watermarkMs: Number.NaN,
    fingerprint: '',
    rows: [increments],
  });
acknowledge();

const server = createServer((_, response) => {
  response.setHeader('content-type', EXPOSITION_CONTENT_TYPE);
  Readable.from(renderMetrics([telemetry, counters])).pipe(response);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

await scrape(port, 2);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const { bytes, linesRead, ms } = await scrape(port, SCRAPES);
delay.disable();
server.close();

const acknowledgeStart = performance.now();
acknowledge();
const acknowledgeMs = performance.now() - acknowledgeStart;
const blockMs = delay.max / 1e6;
process.stderr.write(
  `scrape of ${linesRead} lines: event loop blocked ${blockMs.toFixed(1)} ms at most, ${ms.toFixed(0)} ms and ${(bytes / 1e6).toFixed(1)} MB a scrape\n`,
);
const result = {
  benchmark: 'scrape',
  block_ms_max: rounded(blockMs),
  scrape_ms: rounded(ms),
  lines: linesRead,
  bytes,
  series: counters.seriesCount,
  acknowledge_ms: rounded(acknowledgeMs),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
if (!(linesRead >= lines && blockMs <= BLOCK_MS_MAX)) process.exitCode = 1;

/** Scrapes `times` times from another thread; the median time, and what the last scrape held. */
async function scrape(
  from: number,
  times: number,
): Promise<{ readonly bytes: number; readonly linesRead: number; readonly ms: number }> {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    (async () => {
      const times = [];
      let body;
      for (let i = 0; i < workerData.times; i++) {
        const start = performance.now();
        body = Buffer.from(await (await fetch('http://127.0.0.1:' + workerData.port + '/metrics')).arrayBuffer());
        times.push(performance.now() - start);
      }
      times.sort((a, b) => a - b);
      const lines = body.toString().split('\\n').filter((line) => line.startsWith('traces_span_metrics_'));
      parentPort.postMessage({ bytes: body.length, linesRead: lines.length, ms: times[times.length >> 1] });
    })();`;
  const worker = new Worker(source, { eval: true, workerData: { port: from, times } });
  const [answer] = (await once(worker, 'message')) as [{ bytes: number; linesRead: number; ms: number }];
  await worker.terminate();
  return answer;
}

function rowsOf(length: number): Rows {
  const series = Array.from({ length }, (_, at) => ({
    service: `service-${at % 50}`,
    operation: at % 10 === 0 ? `GET "/api/\\${at}"` : `GET /api/v1/resource/${at}`,
    weight: at % 10 === 0 ? WEIGHT_ONE + 12_345 : WEIGHT_ONE,
  }));
  return {
    name: SPAN_METRICS_ROWS,
    length,
    slot: new Float64Array(0),
    columns: {
      tenant: series.map(() => 'default'),
      service: series.map(({ service }) => service),
      operation: series.map(({ operation }) => operation),
      span_kind: series.map(() => 'server'),
      status: series.map(() => 'unset'),
      dimensions: series.map(() => '{}'),
      calls_units: series.map(({ weight }) => weight * CLASSIC_BUCKETS),
      duration_us_units: series.map(({ weight }, at) => BigInt(weight) * BigInt(1_234_567 + at)),
      buckets: series.map(({ weight }) => new Array<number>(CLASSIC_BUCKETS).fill(weight)),
    },
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
