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
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaSkipReason, type OwnKafka, startKafka } from '../test/support/kafka.ts';
import { startWeir, workDirectory } from '../test/support/weir-process.ts';
import { type FilledTopic, fillTopic, SHAPES, type Shape } from './support/bench-topic.ts';
import { KAFKA_VERSION } from './support/open-topic.ts';
import { cpuSeconds, NO_PROC } from './support/process-cpu.ts';

const POLL_MS = 200;
const WAIT_MS_MAX = 600_000;

const spans = Number(process.argv[2] ?? 2_000_000);
const jobs = (process.argv[4] ?? 'red').split(',');
const reason = NO_PROC ?? kafkaSkipReason([KAFKA_VERSION]);

if (reason !== undefined) process.stderr.write(`end to end: skipped. ${reason}\n`);
else {
  const kafka = await startKafka(KAFKA_VERSION);
  try {
    for (const shape of SHAPES) await measure(kafka, shape);
  } finally {
    await kafka.stop();
  }
}

async function measure(kafka: OwnKafka, { encoding, corpus }: Shape): Promise<void> {
  const topic = `bench-${encoding}`;
  const filled = await fillTopic(kafka, { name: topic, spans, corpus });
  const directory = await workDirectory();
  const weir = await startWeir(directory.path, [], {
    config: {
      kafka: { brokers: kafka.brokers, groupId: topic, topics: [{ name: topic, encoding }] },
      otlpHttp: { enabled: false },
      clickhouse: { ttlDays: 0 },
      jobs,
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

interface Measured extends FilledTopic {
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
