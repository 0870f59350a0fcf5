/**
 * What the brokers know of topics: which exist, how many partitions, first and next offsets, offsets by time. Many partitions ask about one topic at the
 * same moment (after each rebalance), and two answers serve all of them.
 */
import type { Admin } from 'kafkajs';
import type { KafkaAdmin } from './kafka-admin.ts';
import { KafkaError } from './kafka-client.ts';
import type { OffsetRange } from './log-source.ts';

interface NumberedPartition {
  readonly partition: number;
}

export interface TopicReader {
  readonly offsets: (topic: string, partition: number) => Promise<OffsetRange>;
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number>;
  /** Those of the topics that exist, as far as the broker lets us see. */
  existing(topics: readonly string[]): Promise<string[]>;
  /** Throws a KafkaError where a partition asked for does not exist. */
  checkPartitions(wanted: Readonly<Record<string, readonly number[]>>): Promise<void>;
}

/** What they throw is a KafkaError. */
export function topicReader(brokers: KafkaAdmin): TopicReader {
  const rangesOf = shared((topic: string) => brokers.ask((admin) => admin.fetchTopicOffsets(topic)));
  const offsetsAt = shared((key: string) => {
    const [topic, timeMs] = JSON.parse(key) as [string, number];
    return brokers.ask((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
  });
  /** kafkajs asks for the partitions it has heard of: those added since are found on a new connection. */
  const known = <Entry extends NumberedPartition>(
    entries: readonly Entry[],
    topic: string,
    partition: number,
  ): Entry => {
    const entry = entries.find((candidate) => candidate.partition === partition);
    if (entry !== undefined) return entry;
    brokers.renew();
    throw new KafkaError('kafka_unreachable', `the brokers did not say how far ${topic}/${partition} goes`);
  };
  return {
    offsets: async (topic, partition) => {
      const { low, high } = known(await rangesOf(topic), topic, partition);
      return { first: Number(low), end: Number(high) };
    },
    offsetAt: async (topic, partition, timeMs) =>
      Number(known(await offsetsAt(JSON.stringify([topic, timeMs])), topic, partition).offset),
    existing: (topics) => brokers.ask((admin) => existingTopics(admin, topics)),
    checkPartitions: (wanted) => brokers.ask((admin) => checkPartitions(admin, wanted)),
  };
}

export async function existingTopics(admin: Admin, topics: readonly string[]): Promise<string[]> {
  const existing: string[] = [];
  for (const topic of topics) if (await topicExists(admin, topic)) existing.push(topic);
  return existing;
}

/** What a broker says of a topic that is not there, or that we may not see. */
const ABSENT: readonly unknown[] = ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED'];

/** Asks for this topic alone: kafkajs gives no list of all while any topic of the cluster, somebody else's too, is without a leader. */
export async function topicExists(admin: Admin, topic: string): Promise<boolean> {
  try {
    await admin.fetchTopicMetadata({ topics: [topic] });
    return true;
  } catch (error) {
    if (ABSENT.includes((error as { readonly type?: unknown }).type)) return false;
    throw error;
  }
}

async function checkPartitions(
  admin: Admin,
  wanted: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: Object.keys(wanted) });
  for (const { name, partitions } of topics) {
    const missing = wanted[name]?.find((partition) =>
      partitions.every(({ partitionId }) => partitionId !== partition),
    );
    if (missing !== undefined)
      throw new KafkaError(
        'kafka_config',
        `topic ${name} has ${partitions.length} partitions, and none numbered ${missing}: check kafka.topics[].partitions`,
      );
  }
}

/**
 * Of each question one is under way at most, and one waits for it, which all who ask meanwhile share. Nobody gets an answer older than their asking: a
 * log would seem to end before what was read of it since.
 */
function shared<Answer>(ask: (key: string) => Promise<Answer>): (key: string) => Promise<Answer> {
  const underWay = new Map<string, Promise<Answer>>();
  const waiting = new Map<string, Promise<Answer>>();
  const begin = (key: string): Promise<Answer> => {
    waiting.delete(key);
    const answer = ask(key).finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
  return (key) => {
    const joined = waiting.get(key);
    if (joined !== undefined) return joined;
    const before = underWay.get(key);
    if (before === undefined) return begin(key);
    const next = before.catch(() => undefined).then(() => begin(key));
    waiting.set(key, next);
    return next;
  };
}
