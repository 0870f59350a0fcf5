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
import type { Codec } from '../src/codecs/codec.ts';
import codec from '../src/codecs/otlp-proto.ts';
import { Partition } from '../src/engine/partition.ts';
import { openPipeline } from '../src/engine/pipeline.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import type { LogBatch } from '../src/sources/log-source.ts';
import { ID_WORDS, WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { makeCorpus } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const SLOT_MESSAGES = 2 ** 30;
/** Rows are taken after this much work: five times as often as `flushMs` does by default. */
const ROUND_US = Math.min(1, seconds / 3) * 1e6;

const corpus = makeCorpus({ spans });
const partition = openPartition();
const rounds: { readonly spansPerS: number; readonly rowsMs: number }[] = [];
let passes = 0;
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
  passes,
  rounds: rounds.length,
  checksum: calls,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Reads for about a second, then takes the rows. */
function runRound(): (typeof rounds)[number] {
  const from = passes;
  const before = process.cpuUsage();
  while (cpuUsSince(before) < ROUND_US) {
    partition.read(batchAt(passes * corpus.messages.length));
    passes++;
  }
  const readUs = cpuUsSince(before);
  const { rows } = partition.flush();
  const allUs = cpuUsSince(before);
  calls = rows.reduce((sum, taken) => sum + callsOf(taken), 0) / passes;
  const spansPerS = Math.round((corpus.spans * (passes - from) * 1e6) / allUs);
  return { spansPerS, rowsMs: Math.round((allUs - readUs) / 100) / 10 };
}

/** Of all threads, the garbage collector's and the compiler's included. */
function cpuUsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The corpus again, in traces of its own each pass: else every span would repeat one of the pass before. */
function inAnotherTrace(): Codec {
  return {
    decode(message, into) {
      const from = into.length;
      codec.decode(message, into);
      for (let row = from; row < into.length; row++) into.ids[row * ID_WORDS]! ^= passes;
    },
  };
}

function openPartition(): Partition {
  const keys = new AttributeKeys([]);
  const limits = { servicesPerTenantMax: 1000, seriesPerServiceMax: 2000, rowsPerTenantMax: 200_000 };
  const job = {
    name: 'red',
    summary: '',
    operators: [red({ dimensions: [], limits }, 1)],
    tables: [],
    views: [],
    counters: [],
  };
  const rules = { windowMs: 60_000, aheadMsMax: 600_000, lateMsMax: 86_400_000, keys: keys.keys };
  return new Partition(
    {
      topic: 'bench',
      partition: 0,
      plan: { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 },
      slotMessages: SLOT_MESSAGES,
      fingerprint: '',
      codec: inAnotherTrace(),
      writer: { keys },
      tenantOf: () => 'default',
    },
    openPipeline([job], { rules, spansMax: 500_000, slotMessages: SLOT_MESSAGES, seed: 1 }),
  );
}

function batchAt(offset: number): LogBatch {
  const { messages } = corpus;
  return {
    topic: 'bench',
    partition: 0,
    length: messages.length,
    offsets: Float64Array.from(messages, (_, at) => offset + at),
    timestampsMs: new Float64Array(messages.length).fill(Number.NaN),
    values: messages,
    nextOffset: offset + messages.length,
    endOffset: offset + messages.length,
  };
}

function callsOf({ name, columns }: Rows): number {
  if (name !== 'red_v1') return 0;
  return (columns['calls_units'] as Float64Array).reduce((sum, units) => sum + units, 0) / WEIGHT_ONE;
}
