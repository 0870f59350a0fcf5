/**
 * Spans per CPU-second from OTLP bytes through RED, dependencies, paths and quality together on one core, 500,000 spans held. More spans are
 * better.
 *
 *     node --expose-gc dist/benchmarks/all-jobs.js [spans] [seconds] [spans held]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. `bytes_per_span` is what ring, chains and the folds' own columns take at
 * full occupancy. The checksum is the RED calls, net edge calls, net path spans and net verdicts of a pass, so no job can be left out.
 */
import { setTimeout } from 'node:timers/promises';
import { dependencies } from '../operators/dependencies.ts';
import { paths } from '../operators/paths.ts';
import { quality } from '../operators/quality.ts';
import { red } from '../operators/red.ts';
import type { Rows } from '../operators/rows.ts';
import { loadChecks } from '../src/engine/load-jobs.ts';
import { WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { makeCorpus } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const held = Number(process.argv[4] ?? (seconds < 1 ? 10_000 : 500_000));
const ROUND_US = Math.min(1, seconds / 3) * 1e6;

const corpus = makeCorpus({ spans });
const rowsPerTenantMax = 1_000_000;
const series = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax };
const rules = { clockToleranceUs: 500_000, durationUsMax: 86_400_000_000, minimumVersions: {} };
const verdicts = { servicesPerTenantMax: 1000, rowsPerTenantMax, operationsPerServiceMax: 500 };
const edges = { profile: 'weir', hasSelfEdges: false, hasBrokers: false, hasUnknownCallers: false } as const;
const operators = [
  red({ dimensions: [], limits: series }, 1),
  dependencies({ ...edges, limits: { rowsPerTenantMax } }),
  paths({ limits: { rowsPerTenantMax, entriesMax: 32, depthMax: 64, completedMax: 65_536 } }, 1),
  quality(await loadChecks(), { ...rules, limits: verdicts }, 1),
];
// What the collector frees, it gives back a little later: twice, so that none of it is counted.
for (let time = 0; time < 2; time++) {
  globalThis.gc?.();
  await setTimeout(50);
}
const before = process.memoryUsage().external;
const { partition, pass, passes } = openBenchPartition(corpus, operators, held);
const bytesPerSpan = (process.memoryUsage().external - before) / held;

while (passes() < 3 || passes() * corpus.spans < held) pass();
const rounds: number[] = [];
let checksum = 0;
for (const stop = performance.now() + seconds * 1000; rounds.length < 2 || performance.now() < stop;) {
  const from = passes();
  const start = process.cpuUsage();
  while (cpuUsSince(start) < ROUND_US || passes() === from) pass();
  rounds.push(((passes() - from) * corpus.spans * 1e6) / cpuUsSince(start));
  checksum = partition.flush().rows.reduce((sum, rows) => sum + countedBy(rows), 0) / passes();
}
rounds.sort((a, b) => a - b);
const spansPerS = Math.round(rounds[rounds.length >> 1]!);
process.stderr.write(
  `decode + all four jobs, ${held} spans held: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${bytesPerSpan.toFixed(1)} bytes a span\n`,
);
const result = {
  benchmark: 'all-jobs',
  spans_held: held,
  spans_per_s: spansPerS,
  best_spans_per_s: Math.round(rounds.at(-1)!),
  bytes_per_span: Math.round(bytesPerSpan * 10) / 10,
  checksum,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** What a table counted, less what it took back. */
function countedBy({ name, columns }: Rows): number {
  const numbers = (column: string): readonly number[] => Array.from(columns[column] as Float64Array);
  const sum = (column: string): number => numbers(column).reduce((all, one) => all + one, 0);
  const net = (column: string): number => {
    const signs = columns['sign'] as readonly string[];
    return numbers(column).reduce((all, one, at) => all + (signs[at] === '-' ? -one : one), 0);
  };
  if (name === 'red_v1') return sum('calls_units') / WEIGHT_ONE;
  if (name === 'dependencies_v1') return net('calls');
  if (name === 'paths_v1') return net('spans');
  return name === 'quality_v1' ? sum('judged') - sum('judged_moved') : 0;
}
