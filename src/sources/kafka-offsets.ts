/**
 * What the brokers know of topics: which exist, how many partitions, first and next offsets, offsets by time. Many partitions ask about one topic at the
 * same moment (after each rebalance), and two answers serve all of them.
 */
import type { Admin } from 'kafkajs';
import { KafkaError } from './kafka-client.ts';
import type { OffsetRange } from './log-source.ts';

export interface TopicReader {
  readonly offsets: (topic: string, partition: number) => Promise<OffsetRange>;
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number>;
  /** Those of the topics that exist, as far as the broker lets us see. */
  existing(topics: readonly string[]): Promise<string[]>;
  /** Throws a KafkaError where a partition asked for does not exist. */
  checkPartitions(wanted: Readonly<Record<string, readonly number[]>>): Promise<void>;
}

export function topicReader(admin: Admin): TopicReader {
  const rangesOf = shared((topic: string) => admin.fetchTopicOffsets(topic));
  const offsetsAt = shared((key: string) => {
    const [topic, timeMs] = JSON.parse(key) as [string, number];
    return admin.fetchTopicOffsetsByTimestamp(topic, timeMs);
  });
  return {
    offsets: async (topic, partition) => {
      const { low, high } = pick(await rangesOf(topic), topic, partition);
      return { first: Number(low), end: Number(high) };
    },
    offsetAt: async (topic, partition, timeMs) =>
      Number(pick(await offsetsAt(JSON.stringify([topic, timeMs])), topic, partition).offset),
    existing: async (topics) => {
      const existing: string[] = [];
      for (const topic of topics) if (await topicExists(admin, topic)) existing.push(topic);
      return existing;
    },
    checkPartitions: async (wanted) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: Object.keys(wanted) });
      for (const { name, partitions } of topics) {
        for (const partition of wanted[name] ?? [])
          pick(
            partitions.map(({ partitionId }) => ({ partition: partitionId })),
            name,
            partition,
          );
      }
    },
  };
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

function pick<Entry extends { readonly partition: number }>(
  entries: readonly Entry[],
  topic: string,
  partition: number,
): Entry {
  const entry = entries.find((candidate) => candidate.partition === partition);
  if (entry === undefined)
    throw new KafkaError(
      'kafka_config',
      `topic ${topic} has ${entries.length} partitions, and none numbered ${partition}: check kafka.assign`,
    );
  return entry;
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
