/**
 * CPU-seconds per million spans, and spans per second, from a real Kafka's topic to acknowledged rows in the embedded ClickHouse: `weir
 * start` and its ClickHouse child together, the broker not counted. Less CPU is better.
 *
 *     node dist/benchmarks/end-to-end.js [spans] [seconds] [jobs]
 *
 * Two topics filled beforehand: OTLP messages of 200 spans, and jaeger_proto messages of one span. It begins when `weir start` has printed
 * its screen and ends when `progress` has the whole log; the questions in between are part of the cost. `seconds` is not used; `jobs`
 * is a list like `red,dependencies`, default `red`. Prints for each topic one line for people on stderr and one line of JSON on
 * stdout. The checksum is the spans in view `red`. Without Java, Maven or /proc it says so and measures nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaSkipReason, type OwnKafka, startKafka } from '../test/support/kafka.ts';
import { startWeir, workDirectory } from '../test/support/weir-process.ts';
import { type Corpus, makeCorpus } from './support/corpus.ts';
import { KAFKA_VERSION, openTopic } from './support/filled-topic.ts';
import { makeJaegerCorpus } from './support/single-spans.ts';

interface Case {
  readonly encoding: string;
  readonly corpus: (spans: number, seed: number) => Corpus;
}

const CASES: readonly Case[] = [
  { encoding: 'otlp_proto', corpus: (count, seed) => makeCorpus({ spans: count, seed }) },
  { encoding: 'jaeger_proto', corpus: (count, seed) => makeJaegerCorpus({ spans: count, seed }) },
];
/** Spans made and sent at a time. */
const CHUNK_SPANS = 20_000;
/** When the corpus' traces happened, so that nothing is late. */
const RECORD_MS = 1_758_000_060_000;
/** A fifth of the default: else waiting for a flush were most of the time. */
const FLUSH_MS = 1000;
const POLL_MS = 200;
const WAIT_MS_MAX = 600_000;
/** /proc counts in these, whatever the kernel's own clock. */
const TICKS_PER_S = 100;

const spans = Number(process.argv[2] ?? 2_000_000);
const jobs = (process.argv[4] ?? 'red').split(',');
const reason = existsSync('/proc/self/stat')
  ? kafkaSkipReason([KAFKA_VERSION])
  : 'CPU time is read from /proc';

if (reason !== undefined) process.stderr.write(`end to end: skipped. ${reason}\n`);
else {
  const kafka = await startKafka(KAFKA_VERSION);
  try {
    for (const one of CASES) await measure(kafka, one);
  } finally {
    await kafka.stop();
  }
}

async function measure(kafka: OwnKafka, { encoding, corpus }: Case): Promise<void> {
  const topic = `bench-${encoding}`;
  const filled = await fill(kafka, topic, corpus);
  const directory = await workDirectory();
  const weir = await startWeir(directory.path, [], {
    config: {
      kafka: { brokers: kafka.brokers, groupId: topic, topics: [{ name: topic, encoding }] },
      otlpHttp: { enabled: false },
      clickhouse: { ttlDays: 0 },
      jobs,
      engine: { flushMs: FLUSH_MS },
    },
  });
  try {
    const startCpuS = cpuSeconds(weir.pid);
    const start = performance.now();
    const isRead = async (): Promise<boolean> => {
      const [row] = await weir.sql<{ hi: number }>('SELECT max(hi) AS hi FROM weir.progress');
      return row!.hi === filled.messages;
    };
    while (!(await isRead())) {
      if (performance.now() - start > WAIT_MS_MAX) throw new Error(`never read; weir said:\n${weir.stderr}`);
      await sleep(POLL_MS);
    }
    const seconds = (performance.now() - start) / 1000;
    const cpuS = cpuSeconds(weir.pid) - startCpuS;
    const [counted] = await weir.sql<{ spans: number }>('SELECT sum(spans) AS spans FROM weir.red');
    if (counted?.spans !== filled.spans)
      throw new Error(`BUG: ${counted?.spans} spans counted of ${filled.spans}`);
    report({ encoding, ...filled, seconds, cpuS, checksum: counted.spans });
  } finally {
    await weir.end('SIGTERM');
    await directory.remove();
  }
}

interface Measured extends Filled {
  readonly encoding: string;
  readonly seconds: number;
  readonly cpuS: number;
  readonly checksum: number;
}

function report({ encoding, spans, messages, seconds, cpuS, checksum }: Measured): void {
  const cpuSPerMillion = Math.round((cpuS / spans) * 1e8) / 100;
  const spansPerS = Math.round(spans / seconds);
  process.stderr.write(
    `end to end ${encoding}: ${cpuSPerMillion.toFixed(2)} CPU-seconds a million spans, ${spansPerS} spans/s\n`,
  );
  const result = {
    benchmark: 'end-to-end',
    encoding,
    cpu_s_per_million: cpuSPerMillion,
    spans_per_s: spansPerS,
    spans,
    messages,
    jobs: jobs.join('+'),
    checksum,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

interface Filled {
  readonly spans: number;
  readonly messages: number;
}

async function fill(kafka: OwnKafka, name: string, corpus: Case['corpus']): Promise<Filled> {
  const topic = await openTopic(kafka, name);
  let made = 0;
  let messages = 0;
  for (let seed = 1; made < spans; seed++) {
    const chunk = corpus(Math.min(CHUNK_SPANS, spans - made), seed);
    made += chunk.spans;
    messages += chunk.messages.length;
    await topic.send(chunk.messages, RECORD_MS);
  }
  await topic.close();
  return { spans: made, messages };
}

/** What a process and its descendants have used so far. */
function cpuSeconds(pid: number): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(Number(name)) : []));
  const family = new Set([pid]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => family.has(one.pid)).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_S;
}

/** One entry; none where the process ended meanwhile. */
function statOf(pid: number): { readonly pid: number; readonly parent: number; readonly ticks: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold blanks; what follows its last bracket may not.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [{ pid, parent: fields[1]!, ticks: fields[11]! + fields[12]! }];
  } catch {
    return [];
  }
}
