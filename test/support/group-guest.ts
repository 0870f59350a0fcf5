/** A member of a consumer group that joins, takes its share of the partitions, reads none of it, and leaves: two rebalances for the others. */
import type { TestKafka } from './kafka.ts';

/** Resolves when it has left. */
export async function joinAndLeave(kafka: TestKafka, groupId: string, topic: string): Promise<void> {
  const consumer = kafka.client.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500 });
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  await joined;
  await consumer.disconnect();
}
