/**
 * Spans per CPU-second from OTLP bytes through RED and dependencies on one core, and the bytes a held span takes: ring, chains and the folds'
 * own columns, at full occupancy. More spans are better, and fewer bytes.
 *
 *     node --expose-gc dist/benchmarks/joins.js [spans] [seconds] [spans held...]
 *
 * Prints one line for people on stderr and one line of JSON on stdout for each number of spans held. The checksum is the calls of all
 * edges, over the passes, so no work can be left out.
 */
import { setTimeout } from 'node:timers/promises';
import { dependencies } from '../operators/dependencies.ts';
import type { Rows } from '../operators/rows.ts';
import { red } from '../operators/red.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { makeCorpus } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const asked = process.argv.slice(4).map(Number);
const ROUND_US = Math.min(1, seconds / 3) * 1e6;
const isSmall = seconds < 1;

const corpus = makeCorpus({ spans });
for (const held of asked.length > 0 ? asked : isSmall ? [10_000] : [500_000, 1_000_000, 5_000_000])
  await measure(held);

async function measure(held: number): Promise<void> {
  // What the collector frees, it gives back a little later: twice, so that none of it is counted.
  for (let time = 0; time < 2; time++) {
    globalThis.gc?.();
    await setTimeout(50);
  }
  const before = process.memoryUsage().external;
  const { partition, pass, passes } = openBenchPartition(corpus, operators(), held);
  const bytesPerSpan = (process.memoryUsage().external - before) / held;
  let calls = 0;
  const rounds: number[] = [];
  while (passes() * corpus.spans < held) pass();
  for (const stop = performance.now() + seconds * 1000; rounds.length < 2 || performance.now() < stop;) {
    const from = passes();
    const start = process.cpuUsage();
    while (cpuUsSince(start) < ROUND_US) pass();
    calls = partition.flush().rows.reduce((sum, rows) => sum + callsOf(rows), 0);
    rounds.push(((passes() - from) * corpus.spans * 1e6) / cpuUsSince(start));
  }
  rounds.sort((a, b) => a - b);
  const spansPerS = Math.round(rounds[rounds.length >> 1]!);
  process.stderr.write(
    `decode + RED + dependencies, ${held} spans held: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${bytesPerSpan.toFixed(1)} bytes a span\n`,
  );
  const result = {
    benchmark: 'joins',
    spans_held: held,
    spans_per_s: spansPerS,
    best_spans_per_s: Math.round(rounds.at(-1)!),
    bytes_per_span: Math.round(bytesPerSpan * 10) / 10,
    checksum: calls / passes(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function operators() {
  const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 1_000_000 };
  return [
    red({ dimensions: [], limits }, 1),
    dependencies({
      profile: 'weir',
      hasSelfEdges: false,
      hasBrokers: false,
      hasUnknownCallers: false,
      limits,
    }),
  ];
}

function callsOf({ name, columns }: Rows): number {
  if (name !== 'dependencies_v1') return 0;
  const signs = columns['sign'] as readonly string[];
  return (columns['calls'] as readonly number[]).reduce(
    (sum, calls, at) => sum + (signs[at] === '-' ? -calls : calls),
    0,
  );
}
