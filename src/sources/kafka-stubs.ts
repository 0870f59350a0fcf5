/** The internal topics of span stubs: made where they are missing, and written in order. */
import type { Message } from 'kafkajs';
import { failpoint } from '../failpoints.ts';
import type { StubMessage } from '../stubs/stub-format.ts';
import {
  createClient,
  KafkaError,
  kafkaError,
  type KafkaConnection,
  type KafkaLogger,
} from './kafka-client.ts';
import { topicExists } from './kafka-offsets.ts';
import { KafkaProducer } from './kafka-producer.ts';

export interface StubTopic {
  readonly topic: string;
  /** The topic whose spans it holds stubs of. */
  readonly source: string;
  /** Partitions it is made with; undefined: those of the source. */
  readonly partitions: number | undefined;
  /** Retention it is made with. */
  readonly retentionMs: number;
  /** Whether each of its partitions is read beside the source's of the same number: then it must have as many. */
  readonly mustMirror: boolean;
}

/** Bytes of one partition in one request, which makes one record batch of them; and of all partitions together. */
const PARTITION_BYTES_MAX = 512 * 1024;
const REQUEST_BYTES_MAX = 8 * 2 ** 20;

/** Makes a topic of stubs unless it is there, and returns how many partitions it has. Throws KafkaError. */
export async function makeStubTopic(
  connection: KafkaConnection,
  wanted: StubTopic,
  logger: KafkaLogger,
): Promise<number> {
  const { topic, source } = wanted;
  const admin = createClient(connection, logger).admin();
  try {
    await admin.connect();
    const countOf = async (name: string): Promise<number> =>
      (await admin.fetchTopicMetadata({ topics: [name] })).topics[0]!.partitions.length;
    const sourcePartitions = (await topicExists(admin, source)) ? await countOf(source) : undefined;
    const found = (await topicExists(admin, topic)) ? await countOf(topic) : undefined;
    const numPartitions = found ?? wanted.partitions ?? sourcePartitions;
    if (numPartitions === undefined)
      throw refusal(
        `topic ${source} does not exist, so ${topic} cannot have as many partitions: create it, or give stubPartitions`,
      );
    if (wanted.mustMirror && numPartitions !== sourcePartitions)
      throw refusal(
        `topic ${topic} has ${numPartitions} partitions, ${source} ${sourcePartitions ?? 0}: with kafka.topics[].partitions given, both must have as many`,
      );
    if (found !== undefined) return found;
    const configEntries = [
      { name: 'retention.ms', value: String(wanted.retentionMs) },
      { name: 'max.message.bytes', value: String(2 * PARTITION_BYTES_MAX) },
    ];
    // Where another process was faster, its topic stands.
    await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true });
    logger.info({ topic, partitions: numPartitions }, 'topic of stubs created');
    return await countOf(topic);
  } catch (error) {
    throw kafkaError(error, connection);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function refusal(message: string): KafkaError {
  return new KafkaError('kafka_config', message);
}

export interface StubProducer {
  /** Resolves when all messages are durable; see StubSink of the engine. */
  write(messages: readonly StubMessage[]): Promise<void>;
  stop(): Promise<void>;
}

export function openStubs(
  connection: KafkaConnection,
  topics: readonly string[],
  logger: KafkaLogger,
): StubProducer {
  const producers = topics.map((topic) => ({
    topic,
    producer: new KafkaProducer({ ...connection, topic, cargo: 'stubs' }, logger),
  }));
  return {
    write: async (messages) => {
      for (const { topic, producer } of producers)
        for (const request of requestsOf(messages.filter((message) => message.topic === topic))) {
          failpoint('stubs.sending');
          await producer.send(request);
          failpoint('stubs.sent');
        }
    },
    stop: async () => {
      await Promise.all(producers.map(({ producer }) => producer.stop()));
    },
  };
}

/** Messages in their order, as many in a request as may be. */
function* requestsOf(messages: readonly StubMessage[]): Generator<Message[], void, void> {
  let request: Message[] = [];
  let total = 0;
  let bytes = new Map<number, number>();
  for (const { partition, value } of messages) {
    const own = bytes.get(partition) ?? 0;
    const isFull = total + value.length > REQUEST_BYTES_MAX || own + value.length > PARTITION_BYTES_MAX;
    if (request.length > 0 && isFull) {
      yield request;
      request = [];
      total = 0;
      bytes = new Map();
    }
    request.push({ partition, value: Buffer.from(value.buffer, value.byteOffset, value.length) });
    bytes.set(partition, (bytes.get(partition) ?? 0) + value.length);
    total += value.length;
  }
  if (request.length > 0) yield request;
}
