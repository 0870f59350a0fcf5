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
import { paths } from '../operators/paths.ts';
import { red } from '../operators/red.ts';
import type { Rows } from '../operators/rows.ts';
import codec from '../src/codecs/otlp-proto.ts';
import { Partition } from '../src/engine/partition.ts';
import { openPipeline } from '../src/engine/pipeline.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import { WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { encoded, SHAPES } from './support/hostile-spans.ts';

const spans = Number(process.argv[2] ?? 200_000);
const seconds = Number(process.argv[3] ?? 3);
const asked = process.argv.slice(4);
const SLOT_MESSAGES = 4096;
const MESSAGES_PER_READ = 10;
/** Of the process: not the one ids are crafted against. */
const SEED = 0x5eed;

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

function run(messages: readonly Uint8Array[]): { readonly cpuUs: number; readonly calls: number } {
  const partition = openPartition();
  const rows: Rows[] = [];
  const before = process.cpuUsage();
  for (let offset = 0; offset < messages.length; offset += MESSAGES_PER_READ) {
    const values = messages.slice(offset, offset + MESSAGES_PER_READ);
    partition.read({
      topic: 'bench',
      partition: 0,
      length: values.length,
      offsets: Float64Array.from(values, (_, at) => offset + at),
      timestampsMs: new Float64Array(values.length).fill(Number.NaN),
      values,
      nextOffset: offset + values.length,
      endOffset: messages.length,
    });
  }
  rows.push(...partition.flush().rows);
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: user + system, calls: rows.reduce((sum, taken) => sum + callsOf(taken), 0) };
}

function openPartition(): Partition {
  const operators = [
    red(
      {
        dimensions: [],
        limits: { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 1_000_000 },
      },
      SEED,
    ),
    dependencies({
      hasSelfEdges: false,
      hasBrokers: false,
      hasUnknownCallers: false,
      limits: { rowsPerTenantMax: 50_000 },
    }),
    paths({
      limits: { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 },
    }),
  ];
  const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
  const job = { name: 'all', summary: '', operators, tables: [], views: [], counters: [] };
  const rules = { windowMs: 60_000, aheadMsMax: 600_000, lateMsMax: 86_400_000, keys: keys.keys };
  return new Partition(
    {
      topic: 'bench',
      partition: 0,
      plan: { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 },
      slotMessages: SLOT_MESSAGES,
      fingerprint: '',
      codec,
      writer: { keys },
      tenantOf: () => 'default',
    },
    openPipeline([job], { rules, spansMax: 500_000, slotMessages: SLOT_MESSAGES, seed: SEED }),
  );
}

function callsOf({ name, columns }: Rows): number {
  if (name !== 'red_v1') return 0;
  return (columns['calls_units'] as Float64Array).reduce((sum, units) => sum + units, 0) / WEIGHT_ONE;
}
