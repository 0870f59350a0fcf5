/** Reads the last messages of a topic's partitions once, as a reader of its own that disturbs no group. */
import type { KafkaConnection, KafkaLogger } from './kafka-client.ts';
import { openKafka } from './kafka.ts';
import type { LogBatch, OffsetRange } from './log-source.ts';

export interface Sample {
  readonly topic: string;
  readonly partitions: readonly OffsetRange[];
  /** Messages of a partition to read. */
  readonly messagesMax: number;
  /** Longest time to read for. */
  readonly msMax: number;
}

/** Calls `take` with each run. Resolves when all are read, or time is up; rejects with KafkaError. */
export async function sampleTopic(
  connection: KafkaConnection,
  { topic, partitions, messagesMax, msMax }: Sample,
  logger: KafkaLogger,
  take: (batch: LogBatch) => void,
): Promise<void> {
  const waiting = new Set(partitions.keys());
  for (const [partition, { first, end }] of partitions.entries())
    if (first === end) waiting.delete(partition);
  if (waiting.size === 0) return;
  const source = openKafka({ ...connection, topics: [topic], assign: { [topic]: [...waiting] } }, logger);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, msMax);
      const started = source.start({
        assigned: async (_topic, partition) => {
          const { first, end } = partitions[partition]!;
          source.seek(topic, partition, Math.max(first, end - messagesMax));
          await Promise.resolve();
        },
        messages: async (batch) => {
          take(batch);
          if (batch.nextOffset >= partitions[batch.partition]!.end) waiting.delete(batch.partition);
          if (waiting.size === 0) resolve();
          await Promise.resolve();
        },
        lost: () => {},
        failed: reject,
      });
      started.catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await source.stop();
  }
}
