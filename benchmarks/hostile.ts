/**
 * What it costs when ids are crafted: spans per CPU-second of ordinary spans over those of each hostile shape, from OTLP bytes through
 * repeats, RED, dependencies and paths. Lower is better; 3 is the promise.
 *
 *     node dist/benchmarks/hostile.js [spans] [seconds] [shape...]
 *
 * Each shape is run in turns with ordinary spans, and the median of the ratios is taken. Prints for each one line for people on stderr and
 * one line of JSON on stdout. The checksum is the spans that RED counted.
 */
import { dependencies } from '../operators/dependencies.ts';
import type { Operator } from '../operators/operator.ts';
import { paths } from '../operators/paths.ts';
import { red } from '../operators/red.ts';
import type { Rows } from '../operators/rows.ts';
import { WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { cpuUsSince, openBenchPartition } from './support/bench-partition.ts';
import type { Corpus } from './support/corpus.ts';
import { encoded, SHAPES } from './support/hostile-spans.ts';

const spans = Number(process.argv[2] ?? 200_000);
const seconds = Number(process.argv[3] ?? 3);
const asked = process.argv.slice(4);
const SPANS_HELD = 500_000;

for (const [name, { shape, like }] of Object.entries(SHAPES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const hostile = encoded(shape(), spans);
  const ordinary = encoded(like(), spans);
  const ratios: number[] = [];
  let best = 0;
  let calls = run(ordinary).calls;
  for (const stop = performance.now() + seconds * 1000; ratios.length < 3 || performance.now() < stop;) {
    const usual = run(ordinary).cpuUs;
    const crafted = run(hostile);
    calls = crafted.calls;
    best = Math.max(best, (spans * 1e6) / crafted.cpuUs);
    ratios.push(crafted.cpuUs / usual);
  }
  ratios.sort((a, b) => a - b);
  const ratio = Math.round(ratios[ratios.length >> 1]! * 100) / 100;
  process.stderr.write(`hostile ${name}: ${ratio} times the CPU of ordinary spans\n`);
  const figures = { ratio, best_spans_per_s: Math.round(best), spans, runs: ratios.length };
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'hostile', encoding: name, ...figures, checksum: calls })}\n`,
  );
}

function run(corpus: Corpus): { readonly cpuUs: number; readonly calls: number } {
  const { partition, pass } = openBenchPartition(corpus, operators(), SPANS_HELD);
  const before = process.cpuUsage();
  pass();
  const { rows } = partition.flush();
  return { cpuUs: cpuUsSince(before), calls: rows.reduce((sum, taken) => sum + callsOf(taken), 0) };
}

function operators(): readonly Operator[] {
  const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 1_000_000 };
  return [
    red({ dimensions: [], limits }, 1),
    dependencies({
      profile: 'weir',
      hasSelfEdges: false,
      hasBrokers: false,
      hasUnknownCallers: false,
      limits: { rowsPerTenantMax: 50_000 },
    }),
    paths({ limits: { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 } }),
  ];
}

function callsOf({ name, columns }: Rows): number {
  if (name !== 'red_v1') return 0;
  return (columns['calls_units'] as Float64Array).reduce((sum, units) => sum + units, 0) / WEIGHT_ONE;
}
