/**
 * What a flush of many series takes of the thread: milliseconds to take the changed rows, to encode them for ClickHouse, and to count them for
 * Prometheus. Jobs `red`, `dependencies` and `quality`, 24 services of 240 operations each, a flush after every 100,000 spans.
 *
 *     node dist/benchmarks/flush.js [spans a flush] [seconds]
 *
 * Prints one line for people on stderr and one line of JSON on stdout: medians. The checksum is the bytes that were encoded of the first flush.
 */
import dependenciesJob from '../jobs/dependencies.ts';
import qualityJob from '../jobs/quality.ts';
import redJob from '../jobs/red.ts';
import { loadChecks } from '../src/engine/load-jobs.ts';
import { limitHeap } from '../src/heap-size.ts';
import { encodeRows } from '../src/sinks/arrow.ts';
import { createCounters } from '../src/sinks/prometheus.ts';
import type { PartitionFlush } from '../src/sinks/sink.ts';
import { openBenchPartition } from './support/bench-partition.ts';
import { EndlessTraffic } from './support/endless-traffic.ts';

const spans = Number(process.argv[2] ?? 100_000);
const seconds = Number(process.argv[3] ?? 20);
const SPANS_HELD = 500_000;
const OPERATIONS = 240;
/** Flushes until the compiler is done. */
const WARM = 3;

limitHeap();
const rowsPerTenantMax = 1_000_000;
const perService = { servicesPerTenantMax: 1000, rowsPerTenantMax };
const jobs = [
  redJob({ dimensions: [], limits: { ...perService, seriesPerServiceMax: 2000 }, seed: 1 }),
  dependenciesJob({
    selfEdges: false,
    brokers: false,
    unknownCallers: false,
    limits: { rowsPerTenantMax },
    jaeger: { tenant: 'default' },
  }),
  qualityJob({
    checks: await loadChecks(),
    clockToleranceMs: 500,
    durationMsMax: 86_400_000,
    minimumVersions: {},
    limits: { ...perService, operationsPerServiceMax: 500 },
    seed: 1,
  }),
];
const tables = jobs.flatMap((job) => job.tables);
const counters = createCounters(
  jobs.flatMap((job) => job.counters),
  { seriesPerTenantMax: rowsPerTenantMax },
);
const traffic = new EndlessTraffic({ spans, spansPerS: 20_000, operations: OPERATIONS });
const { partition, read } = openBenchPartition(
  { messages: [] },
  jobs.flatMap((job) => job.operators),
  SPANS_HELD,
);
const taken: number[] = [];
const encoded: number[] = [];
const acknowledged: number[] = [];
let rows = 0;
let firstBytes = 0;

const start = performance.now();
while (taken.length <= WARM || performance.now() - start < seconds * 1000) {
  const messages = Array.from({ length: spans / traffic.spansPerMessage }, () => traffic.next().bytes);
  read(messages, 0);
  let flush: PartitionFlush | undefined;
  taken.push(timed(() => (flush = partition.flush())));
  encoded.push(timed(() => encode(flush!)));
  acknowledged.push(
    timed(() => {
      counters.acknowledged(flush!);
    }),
  );
  rows = flush!.rows.reduce((sum, { length }) => sum + length, 0);
}
const [takeMs, encodeMs, acknowledgeMs] = [taken, encoded, acknowledged].map(medianOf);
process.stderr.write(
  `a flush of ${rows} rows: ${takeMs} ms to take them, ${encodeMs} ms to encode, ${acknowledgeMs} ms to count for Prometheus\n`,
);
const result = { take_ms: takeMs, encode_ms: encodeMs, acknowledge_ms: acknowledgeMs, rows };
process.stdout.write(`${JSON.stringify({ benchmark: 'flush', ...result, checksum: firstBytes })}\n`);

function encode(flush: PartitionFlush): void {
  let bytes = 0;
  for (const table of tables) {
    const parts = flush.rows
      .filter(({ name }) => name === table.name)
      .map((its) => ({ ...flush, rows: its }));
    for (const chunk of encodeRows(table, parts).chunks) bytes += chunk.length;
  }
  firstBytes ||= bytes;
}

function timed(work: () => void): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}

function medianOf(all: readonly number[]): number {
  const sorted = all.slice(WARM).sort((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1]!);
}
