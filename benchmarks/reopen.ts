/**
 * Spans per CPU-second through decode, RED and dependencies, of a partition that is opened, read and given up again and again in one process,
 * as rebalances do: the last time against the first. 1 is best; what V8 forgets between them once made it a third.
 *
 *     node --expose-gc dist/benchmarks/reopen.js [spans] [seconds]
 *
 * `seconds` are those of all times together. Prints one line for people on stderr and one line of JSON on stdout. The checksum is the spans of a
 * pass.
 */
import { setTimeout } from 'node:timers/promises';
import { dependencies } from '../operators/dependencies.ts';
import { red } from '../operators/red.ts';
import { type OpenOptions, openPartition } from '../src/engine/open-partition.ts';
import type { TopicOptions } from '../src/engine/options.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import { apart, batchAt, cpuUsSince } from './support/bench-partition.ts';
import { makeGrowthCorpus } from './support/growth-corpus.ts';

const spans = Number(process.argv[2] ?? 200_000);
const seconds = Number(process.argv[3] ?? 8);
const LIVES = 8;

const shape = { services: 100, series: 1000, dimensions: 0, spansPerTrace: 20 };
const corpus = makeGrowthCorpus({ ...shape, spans });
const limits = { servicesPerTenantMax: 20_000, seriesPerServiceMax: 2_000_000, rowsPerTenantMax: 4_000_000 };
const rules = { profile: 'weir', hasSelfEdges: false, hasBrokers: false, hasUnknownCallers: false } as const;
const operators = [red({ dimensions: [], limits }, 1), dependencies({ ...rules, limits })];
const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
const job = { name: 'bench', summary: '', operators, tables: [], views: [], counters: [] };
const options: OpenOptions = {
  jobs: [job],
  rules: { windowMs: 60_000, aheadMsMax: 600_000, lateMsMax: 86_400_000, keys: keys.keys },
  lookbackSpans: spans * 2,
  writer: { keys },
  fingerprint: '',
};
let passes = 0;
const topic: TopicOptions = {
  start: 'earliest',
  slotMessages: 2 ** 30,
  tenantOf: () => 'default',
  codec: apart(() => passes),
};

const rates: number[] = [];
for (let life = 0; life < LIVES; life++) {
  rates.push(live());
  // Nothing of it may be left.
  for (let time = 0; time < 2; time++) {
    await setTimeout(50);
    globalThis.gc?.();
  }
}
const [first, last] = [rates[0]!, rates.at(-1)!];
process.stderr.write(
  `opened ${LIVES} times: ${(first / 1e6).toFixed(2)} M spans/s at first, ${(last / 1e6).toFixed(2)} M at last\n`,
);
const result = {
  benchmark: 'reopen',
  ratio: Math.round((last / first) * 100) / 100,
  first_spans_per_s: Math.round(first),
  last_spans_per_s: Math.round(last),
  checksum: spans,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** One opening to the last flush; spans per CPU-second, once warm. */
function live(): number {
  const plan = { generation: 1, origin: 0, readFrom: 0, ownersFrom: 0, countedTo: 0, lostMessages: 0 };
  const partition = openPartition(options, topic, { topic: 'bench', partition: 0, plan, seed: 1 });
  const pass = (): void => {
    passes++;
    partition.read(batchAt(corpus.messages, partition.hi));
  };
  for (let warm = 0; warm < 3; warm++) pass();
  partition.flush();
  const { spans: before } = partition.tally;
  const start = process.cpuUsage();
  while (cpuUsSince(start) < (seconds / LIVES) * 1e6) pass();
  const read = partition.tally.spans - before;
  if (read % spans !== 0) throw new Error(`BUG: ${read} spans read in passes of ${spans}`);
  return (read * 1e6) / cpuUsSince(start);
}
