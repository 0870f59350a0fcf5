/** The Kafka source against real brokers: what was produced arrives once, in order, whatever compressed it and whatever happens around it. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LogSource } from '../../src/sources/log-source.ts';
import { openKafka, type KafkaOptions } from '../../src/sources/kafka.ts';
import {
  KAFKA_VERSIONS,
  kafkaSkipReason,
  sharedKafka,
  startKafka,
  type TestKafka,
} from '../support/kafka.ts';
import { recordLog, until, type LogRecorder, type RecorderOptions } from '../support/log-recorder.ts';

const reason = kafkaSkipReason();
const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const sources: LogSource[] = [];
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});

async function read(
  kafka: TestKafka,
  options: Partial<KafkaOptions> & Pick<KafkaOptions, 'topics'>,
  recorderOptions: RecorderOptions = {},
): Promise<{ source: LogSource; log: LogRecorder }> {
  const source = openKafka(
    {
      brokers: kafka.brokers,
      assign: Object.fromEntries(options.topics.map((topic) => [topic, [0]])),
      ...options,
    },
    logger,
  );
  sources.push(source);
  const log = recordLog(() => source, recorderOptions);
  await source.start(log);
  return { source, log };
}

async function produce(
  kafka: TestKafka,
  topic: string,
  values: readonly (string | null)[],
  partition = 0,
): Promise<void> {
  const producer = kafka.client.producer();
  await producer.connect();
  // Several requests, so that there are several record batches.
  for (let at = 0; at < values.length; at += 100) {
    await producer.send({
      topic,
      messages: values.slice(at, at + 100).map((value) => ({ value, partition })),
    });
  }
  await producer.disconnect();
}

const texts = (count: number, name = 'span'): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}-${'x'.repeat(index % 50)}`);
const numbered = (values: readonly (string | null)[]): object[] =>
  values.map((value, offset) => expect.objectContaining({ offset, value }));

describe.skipIf(reason !== undefined).each(KAFKA_VERSIONS)(
  `kafka %s${reason === undefined ? '' : ` (${reason})`}`,
  (version) => {
    it.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])(
      'delivers what Java stored as %s',
      async (compression) => {
        const kafka = await sharedKafka(version);
        const topic = `stored-${compression}`;
        // The broker recompresses with its own codecs: the bytes read are not this library's.
        await kafka.createTopic(topic, { config: { 'compression.type': compression } });
        const values = [...texts(1_000), null, ''];
        await produce(kafka, topic, values);
        const { log } = await read(kafka, { topics: [topic] });
        await until(() => log.nextOffsetOf(topic) === values.length);
        expect(log.messagesOf(topic)).toEqual(numbered(values));
        expect(log.batches.at(-1)?.endOffset).toBe(values.length);
        expect(log.errors).toEqual([]);
      },
    );
  },
);
