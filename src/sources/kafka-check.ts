/** What `weir check` asks of Kafka: whether the brokers answer, which topics are there, and what their partitions hold. */
import { createClient, kafkaError, type KafkaConnection, type KafkaLogger } from './kafka-client.ts';
import { existingTopics } from './kafka-offsets.ts';
import type { OffsetRange } from './log-source.ts';

export interface TopicReport {
  readonly topic: string;
  /** Undefined where the topic does not exist, or we may not see it. */
  readonly partitions: readonly OffsetRange[] | undefined;
}

/** Throws KafkaError where the brokers cannot be reached or refuse. */
export async function inspectKafka(
  connection: KafkaConnection,
  topics: readonly string[],
  logger: KafkaLogger,
): Promise<readonly TopicReport[]> {
  const admin = createClient(connection, logger).admin({ retry: { retries: 2 } });
  try {
    await admin.connect();
    const existing = await existingTopics(admin, topics);
    return await Promise.all(
      topics.map(async (topic): Promise<TopicReport> => {
        if (!existing.includes(topic)) return { topic, partitions: undefined };
        const offsets = await admin.fetchTopicOffsets(topic);
        return {
          topic,
          partitions: offsets.map(({ low, high }) => ({ first: Number(low), end: Number(high) })),
        };
      }),
    );
  } catch (error) {
    throw kafkaError(error, connection);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
