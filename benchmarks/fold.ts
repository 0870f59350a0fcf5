/**
 * Spans per CPU-second from OTLP bytes to RED rows on one core: decode, repeats, histogram, and taking the rows every second. Higher is
 * better.
 *
 *     node dist/benchmarks/fold.js [spans] [seconds]
 *
 * The corpus is read again and again, each pass in traces of its own but into the same rows, as steady traffic is. CPU-seconds
 * are those of all threads of the process.
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The checksum is the calls of all rows, over the passes, so no
 * work can be left out.
 */
import type { Rows } from '../operators/rows.ts';
import { red } from '../operators/red.ts';
import { WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import { makeCorpus } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
/** Rows are taken after this much work: five times as often as `flushMs` does by default. */
const ROUND_US = Math.min(1, seconds / 3) * 1e6;

const corpus = makeCorpus({ spans });
const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 200_000 };
const { partition, pass, passes } = openBenchPartition(corpus, [red({ dimensions: [], limits }, 1)], 500_000);
const rounds: { readonly spansPerS: number; readonly rowsMs: number }[] = [];
let calls = 0;
for (const stop = performance.now() + seconds * 1000; rounds.length < 2 || performance.now() < stop;)
  rounds.push(runRound());
// In the first round every row is new, and the compiler still at work.
const steady = rounds.slice(1).sort((a, b) => a.spansPerS - b.spansPerS);
const { spansPerS, rowsMs } = steady[steady.length >> 1]!;
if (calls !== corpus.spans) throw new Error(`BUG: ${calls} calls counted of ${corpus.spans} spans`);

process.stderr.write(`decode + RED otlp_proto: ${(spansPerS / 1e6).toFixed(2)} M spans/s\n`);
const result = {
  benchmark: 'fold',
  spans_per_s: spansPerS,
  best_spans_per_s: steady.at(-1)!.spansPerS,
  rows_ms: rowsMs,
  spans: corpus.spans,
  passes: passes(),
  rounds: rounds.length,
  checksum: calls,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Reads for about a second, then takes the rows. */
function runRound(): (typeof rounds)[number] {
  const from = passes();
  const before = process.cpuUsage();
  while (cpuUsSince(before) < ROUND_US) pass();
  const readUs = cpuUsSince(before);
  const { rows } = partition.flush();
  const allUs = cpuUsSince(before);
  calls = rows.reduce((sum, taken) => sum + callsOf(taken), 0) / passes();
  const spansPerS = Math.round((corpus.spans * (passes() - from) * 1e6) / allUs);
  return { spansPerS, rowsMs: Math.round((allUs - readUs) / 100) / 10 };
}

function callsOf({ name, columns }: Rows): number {
  if (name !== 'red_v1') return 0;
  return (columns['calls_units'] as Float64Array).reduce((sum, units) => sum + units, 0) / WEIGHT_ONE;
}
