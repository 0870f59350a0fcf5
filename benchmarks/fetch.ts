/**
 * CPU-seconds of this process per million spans, from a real Kafka's topic to runs of messages that nobody decodes: what reading costs, by compression
 * of the topic. Lower is better. Beside each `none` stands the same read by a bare socket (support/raw-fetch.ts): what lies between the two is what
 * another client than kafkajs could win.
 *
 *     node dist/benchmarks/fetch.js [spans] [seconds]
 *
 * OTLP messages of 200 spans, and jaeger_proto messages of one span, in one partition. The broker compresses. Decompressing is counted, the broker not.
 * Prints one line for people on stderr and one line of JSON on stdout each. The checksum is the messages read. Without Java or Maven it
 * says so and measures nothing.
 */
import { kafkaSkipReason, type OwnKafka, startKafka } from '../test/support/kafka.ts';
import { openKafka } from '../src/sources/kafka.ts';
import { cpuUsSince } from './support/bench-partition.ts';
import { type FilledTopic, fillTopic, SHAPES } from './support/bench-topic.ts';
import { KAFKA_VERSION } from './support/open-topic.ts';
import { rawFetch } from './support/raw-fetch.ts';

const COMPRESSIONS = ['none', 'zstd', 'lz4', 'snappy', 'gzip'] as const;

const spans = Number(process.argv[2] ?? 1_000_000);
/** Where little time is given, not every way of compressing is tried: each takes as long as joining and filling. */
const compressions = Number(process.argv[3] ?? 3) < 1 ? COMPRESSIONS.slice(0, 2) : COMPRESSIONS;
const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const reason = kafkaSkipReason([KAFKA_VERSION]);

if (reason !== undefined) process.stderr.write(`fetch: skipped. ${reason}\n`);
else {
  const kafka = await startKafka(KAFKA_VERSION);
  try {
    for (const { encoding, corpus } of SHAPES)
      for (const compression of compressions) {
        const place = { name: `fetch-${encoding}-${compression}`, spans, corpus };
        const topic = await fillTopic(kafka, place, {
          'compression.type': compression === 'none' ? 'uncompressed' : compression,
        });
        await measure({ client: 'kafkajs', encoding, compression }, topic, (seen) =>
          read(kafka, topic, seen),
        );
        if (compression !== 'none') continue;
        await measure({ client: 'socket', encoding, compression }, topic, (seen) =>
          rawFetch(kafka.brokers[0]!, topic, seen),
        );
      }
  } finally {
    await kafka.stop();
  }
}

interface Way {
  readonly client: string;
  readonly encoding: string;
  readonly compression: string;
}

/** Reads twice: once for the compiler and for the broker's cache. Joining and connecting are not counted, nor are the first messages. */
async function measure(
  way: Way,
  topic: FilledTopic,
  readAll: (seen: (messages: number) => void) => Promise<void>,
): Promise<void> {
  let messages = 0;
  let uncounted = 0;
  let start = 0;
  let before = process.cpuUsage();
  for (let pass = 0; pass < 2; pass++) {
    messages = uncounted = 0;
    await readAll((length) => {
      messages += length;
      if (uncounted > 0) return;
      uncounted = length;
      start = performance.now();
      before = process.cpuUsage();
    });
  }
  const counted = (topic.messages - uncounted) / topic.messages;
  const cpuUs = cpuUsSince(before) / counted;
  const seconds = (performance.now() - start) / 1000 / counted;
  if (messages !== topic.messages) throw new Error(`BUG: ${messages} messages read of ${topic.messages}`);
  const cpuSPerMillion = Math.round((cpuUs / topic.spans) * 1000) / 1000;
  const mbPerS = Math.round(topic.bytes / seconds / 1e6);
  const { client, encoding, compression } = way;
  process.stderr.write(
    `fetch ${encoding} ${compression} by ${client}: ${cpuSPerMillion.toFixed(3)} CPU-seconds a million spans, ${mbPerS} MB/s of messages\n`,
  );
  const result = {
    benchmark: 'fetch',
    ...way,
    cpu_s_per_million: cpuSPerMillion,
    mb_per_s: mbPerS,
    spans: topic.spans,
    checksum: messages,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Reads a topic as Weir does. */
async function read(
  kafka: OwnKafka,
  { name, messages }: FilledTopic,
  seen: (messages: number) => void,
): Promise<void> {
  const source = openKafka({ brokers: kafka.brokers, topics: [name], assign: { [name]: [0] } }, logger);
  await new Promise<void>((resolve, reject) => {
    const listener: Parameters<typeof source.start>[0] = {
      assigned: (topic, partition) => {
        source.seek(topic, partition, 0);
        return Promise.resolve();
      },
      messages: ({ length, nextOffset }) => {
        seen(length);
        if (nextOffset >= messages) resolve();
        return Promise.resolve();
      },
      lost: silent,
      failed: reject,
    };
    source.start(listener).catch(reject);
  });
  await source.stop();
}
