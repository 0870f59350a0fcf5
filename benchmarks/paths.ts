/**
 * Spans per CPU-second from OTLP bytes through RED and paths on one core, the milliseconds of taking the rows, and the bytes a held span takes:
 * ring, chains and the fold's own columns, at full occupancy. More spans are better, and fewer bytes.
 *
 *     node --expose-gc dist/benchmarks/paths.js [spans] [seconds] [spans held]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The checksum is the spans of all paths, less those taken back, over the
 * passes: all of the corpus but those whose root is not in it, so no work can be left out.
 */
import { setTimeout } from 'node:timers/promises';
import { paths } from '../operators/paths.ts';
import { red } from '../operators/red.ts';
import type { Rows } from '../operators/rows.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { makeCorpus } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const held = Number(process.argv[4] ?? (seconds < 1 ? 10_000 : 500_000));
const ROUND_US = Math.min(1, seconds / 3) * 1e6;

const corpus = makeCorpus({ spans });
const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 1_000_000 };
const operators = [
  red({ dimensions: [], limits }, 1),
  paths({ limits: { rowsPerTenantMax: 1_000_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 } }, 1),
];
// What the collector frees, it gives back a little later: twice, so that none of it is counted.
for (let time = 0; time < 2; time++) {
  globalThis.gc?.();
  await setTimeout(50);
}
const before = process.memoryUsage().external;
const { partition, pass, passes } = openBenchPartition(corpus, operators, held);
const bytesPerSpan = (process.memoryUsage().external - before) / held;

// In the first passes every path is new, and the compiler still at work.
while (passes() < 3 || passes() * corpus.spans < held) pass();
partition.flush();
const rounds: { readonly spansPerS: number; readonly rowsMs: number }[] = [];
let counted = 0;
let rows = 0;
for (const stop = performance.now() + seconds * 1000; rounds.length < 2 || performance.now() < stop;)
  rounds.push(runRound());
rounds.sort((a, b) => a.spansPerS - b.spansPerS);
const { spansPerS, rowsMs } = rounds[rounds.length >> 1]!;
process.stderr.write(
  `decode + RED + paths, ${held} spans held: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${bytesPerSpan.toFixed(1)} bytes a span\n`,
);
const result = {
  benchmark: 'paths',
  spans_held: held,
  spans_per_s: spansPerS,
  best_spans_per_s: rounds.at(-1)!.spansPerS,
  bytes_per_span: Math.round(bytesPerSpan * 10) / 10,
  rows,
  rows_ms: rowsMs,
  checksum: counted / passes(),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Reads for about a second, then takes the rows. */
function runRound(): (typeof rounds)[number] {
  const from = passes();
  const start = process.cpuUsage();
  while (cpuUsSince(start) < ROUND_US) pass();
  const readUs = cpuUsSince(start);
  const taken = partition.flush().rows.find(({ name }) => name === 'paths_v1')!;
  const flushUs = cpuUsSince(start) - readUs;
  counted = spansOf(taken);
  rows = taken.length;
  return {
    spansPerS: Math.round(((passes() - from) * corpus.spans * 1e6) / readUs),
    rowsMs: Math.round(flushUs / 100) / 10,
  };
}

/** Every row is taken each time: each pass counts on all of them. */
function spansOf({ columns }: Rows): number {
  const signs = columns['sign'] as readonly string[];
  return (columns['spans'] as Float64Array).reduce(
    (sum, count, at) => sum + (signs[at] === '-' ? -count : count),
    0,
  );
}
