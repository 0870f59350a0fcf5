/**
 * Resident memory of Weir's own process, in MiB, its ClickHouse child not counted: `weir start` with the default jobs, lookback and flushes reads OTLP
 * messages of 200 spans from a real Kafka whose spans make some 20,000 live series. Less is better, and flat is best.
 *
 *     node dist/benchmarks/memory.js [spans] [seconds]
 *
 * A topic is filled beforehand and read at full speed. Where `seconds` is a minute or more, 20,000 spans a second then come for so long, and the
 * slope of the last 70 % of that time is told. Prints one line for people on stderr and one line of JSON on stdout. `series` are those of the
 * whole window that has the fewest; the checksum is the spans in view `red`. Without Java, Maven or /proc it says so and measures nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaSkipReason, type OwnKafka, startKafka } from '../test/support/kafka.ts';
import { slopeOf } from '../test/support/slope.ts';
import { type RunningWeir, startWeir, workDirectory } from '../test/support/weir-process.ts';
import { EndlessTraffic } from './support/endless-traffic.ts';
import { KAFKA_VERSION, openTopic, type OpenTopic } from './support/open-topic.ts';
import { MemoryWatch } from './support/memory-watch.ts';
import { NO_PROC } from './support/process-cpu.ts';

const TOPIC = 'bench-memory';
const SPANS_HELD = 500_000;
const SPANS_PER_S = 20_000;
/** Of each of 24 services: with these, 500,000 spans make 21,000 series. */
const OPERATIONS = 240;
const CORPUS_SPANS = 500_000;
const CHUNK_MESSAGES = 100;
const STEADY_S_MIN = 60;
/** Of the steady time, what counts as warming up. */
const WARM_SHARE = 0.3;
const POLL_MS = 100;
const WAIT_MS_MAX = 600_000;

const spans = Number(process.argv[2] ?? 3_000_000);
const seconds = Number(process.argv[3] ?? 0);
const reason = NO_PROC ?? kafkaSkipReason([KAFKA_VERSION]);

if (reason !== undefined) process.stderr.write(`memory: skipped. ${reason}\n`);
else {
  const kafka = await startKafka(KAFKA_VERSION);
  try {
    await measure(kafka);
  } finally {
    await kafka.stop();
  }
}

async function measure(kafka: OwnKafka): Promise<void> {
  const traffic = new EndlessTraffic({
    spans: Math.min(spans, CORPUS_SPANS),
    spansPerS: SPANS_PER_S,
    operations: OPERATIONS,
  });
  // What was read long ago may go: an hour's traffic is 40 GB.
  const topic = await openTopic(kafka, TOPIC, { 'retention.bytes': String(spans * 1000 + 2 ** 32) });
  while (traffic.spansSent < spans) await sendChunk(topic, traffic);
  const directory = await workDirectory();
  const weir = await startWeir(directory.path, [], {
    config: {
      kafka: { brokers: kafka.brokers, groupId: TOPIC, topics: [{ name: TOPIC, encoding: 'otlp_proto' }] },
      otlpHttp: { enabled: false },
      clickhouse: { ttlDays: 0 },
    },
  });
  const memory = new MemoryWatch(weir.pid);
  try {
    await untilRead(weir, traffic.messagesSent);
    const steady = seconds < STEADY_S_MIN ? undefined : await runSteadily(topic, traffic, memory);
    await untilRead(weir, traffic.messagesSent);
    memory.stop();
    await report(weir, traffic, memory, steady);
  } finally {
    memory.stop();
    await topic.close();
    await weir.end('SIGTERM');
    await directory.remove();
  }
}

async function sendChunk(topic: OpenTopic, traffic: EndlessTraffic): Promise<void> {
  const messages = Array.from({ length: CHUNK_MESSAGES }, () => traffic.next());
  await topic.send(
    messages.map(({ bytes }) => bytes),
    messages.at(-1)!.recordMs,
  );
}

async function untilRead(weir: RunningWeir, messages: number): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const [row] = await weir.sql<{ hi: number }>('SELECT max(hi) AS hi FROM weir.progress');
    if (row!.hi === messages) return;
    if (performance.now() > deadlineMs) throw new Error(`never read; weir said:\n${weir.stderr}`);
    await sleep(POLL_MS);
  }
}

interface Steady {
  readonly minutes: number;
  readonly rssMibMax: number;
  readonly rssMibAnHour: number;
}

/** Sends as much as is due, again and again. */
async function runSteadily(topic: OpenTopic, traffic: EndlessTraffic, memory: MemoryWatch): Promise<Steady> {
  const sentBefore = traffic.spansSent;
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  while (performance.now() < endMs) {
    const dueSpans = ((performance.now() - startMs) / 1000) * SPANS_PER_S;
    if (traffic.spansSent - sentBefore < dueSpans) await sendChunk(topic, traffic);
    else await sleep(POLL_MS);
  }
  const samples = memory.samples.filter(({ atMs }) => atMs >= startMs);
  const warm = samples.filter(({ atMs }) => atMs >= startMs + (endMs - startMs) * WARM_SHARE);
  return {
    minutes: Math.round(seconds / 6) / 10,
    rssMibMax: Math.max(...samples.map(({ rssMib }) => rssMib)),
    rssMibAnHour: slopeOf(warm.map(({ atMs, rssMib }) => [atMs / 3_600_000, rssMib])),
  };
}

async function report(
  weir: RunningWeir,
  traffic: EndlessTraffic,
  memory: MemoryWatch,
  steady: Steady | undefined,
): Promise<void> {
  const windows = await weir.sql<{ series: number; spans: number }>(
    `SELECT sum((calls > errors) + (errors > 0)) AS series, sum(spans) AS spans
FROM weir.red GROUP BY window_start ORDER BY window_start`,
  );
  const counted = windows.reduce((sum, window) => sum + window.spans, 0);
  if (counted !== traffic.spansSent) throw new Error(`BUG: ${counted} spans counted of ${traffic.spansSent}`);
  const whole = windows.length < 3 ? windows.slice(0, 1) : windows.slice(0, -1);
  const series = Math.min(...whole.map((window) => window.series));
  const rssMib = memory.samples.map((sample) => sample.rssMib).sort((a, b) => a - b);
  const rssMibMedian = Math.round(rssMib[rssMib.length >> 1]!);
  const rssMibMax = Math.round(memory.peakMib);
  const slope = steady && Math.round(steady.rssMibAnHour * 10) / 10;
  const then =
    steady &&
    `; then ${steady.minutes} minutes, ${slope} MiB an hour, at most ${Math.round(steady.rssMibMax)}`;
  process.stderr.write(
    `memory: ${series} series, at most ${rssMibMax} MiB, mostly ${rssMibMedian}${then ?? ''}\n`,
  );
  const result = {
    benchmark: 'memory',
    rss_mib_max: rssMibMax,
    rss_mib_median: rssMibMedian,
    ...(steady && {
      steady_minutes: steady.minutes,
      steady_rss_mib_max: Math.round(steady.rssMibMax),
      rss_mib_an_hour: slope,
    }),
    spans: traffic.spansSent,
    series,
    spans_held: Math.min(SPANS_HELD, traffic.spansSent),
    checksum: counted,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
