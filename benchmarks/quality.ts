/**
 * Spans per CPU-second from OTLP bytes through RED and trace quality on one core, all checks, 500,000 spans held. More spans are better.
 *
 *     node dist/benchmarks/quality.js [spans] [seconds] [spans held]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. `flush_ms` is the CPU time in which all rows are taken. The checksum
 * is the verdicts of all checks, over the passes, so no work can be left out.
 */
import { quality } from '../operators/quality.ts';
import { red } from '../operators/red.ts';
import type { Rows } from '../operators/rows.ts';
import { loadChecks } from '../src/engine/load-jobs.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { makeCorpus } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const held = Number(process.argv[4] ?? (seconds < 1 ? 10_000 : 500_000));
const ROUND_US = Math.min(1, seconds / 3) * 1e6;

const corpus = makeCorpus({ spans });
const limits = { servicesPerTenantMax: 1000, rowsPerTenantMax: 1_000_000 };
const rules = { clockToleranceUs: 500_000, durationUsMax: 86_400_000_000, minimumVersions: {} };
const { partition, pass, passes } = openBenchPartition(
  corpus,
  [
    red({ dimensions: [], limits: { ...limits, seriesPerServiceMax: 2000 } }, 1),
    quality(await loadChecks(), { ...rules, limits: { ...limits, operationsPerServiceMax: 500 } }, 1),
  ],
  held,
);
while (passes() * corpus.spans < held) pass();

let verdicts = 0;
const rounds: number[] = [];
const flushes: number[] = [];
for (const stop = performance.now() + seconds * 1000; rounds.length < 2 || performance.now() < stop;) {
  const from = passes();
  const start = process.cpuUsage();
  while (cpuUsSince(start) < ROUND_US || passes() === from) pass();
  rounds.push(((passes() - from) * corpus.spans * 1e6) / cpuUsSince(start));
  const flush = process.cpuUsage();
  const { rows } = partition.flush();
  flushes.push(cpuUsSince(flush) / 1000);
  verdicts = rows.reduce((sum, its) => sum + verdictsOf(its), 0);
}
const spansPerS = Math.round(median(rounds));
const flushMs = Math.round(median(flushes));
process.stderr.write(
  `decode + RED + quality, ${held} spans held: ${(spansPerS / 1e6).toFixed(2)} M spans/s, flush ${flushMs} ms\n`,
);
const result = {
  benchmark: 'quality',
  spans_held: held,
  spans_per_s: spansPerS,
  best_spans_per_s: Math.round(Math.max(...rounds)),
  flush_ms: flushMs,
  checksum: verdicts / passes(),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function verdictsOf({ name, columns }: Rows): number {
  if (name !== 'quality_v1') return 0;
  const of = (column: string): number => (columns[column] as Float64Array).reduce((sum, one) => sum + one, 0);
  return of('judged') - of('judged_moved');
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}
