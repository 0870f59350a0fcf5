/** A topic of one partition of a real Kafka, to send corpora to. */
import type { Producer } from 'kafkajs';
import type { TestKafka } from '../../test/support/kafka.ts';

export const KAFKA_VERSION = '3.9.2';

const SEND_BYTES_MAX = 4_000_000;

export interface OpenTopic {
  /** Resolves when the broker has the messages. */
  send(messages: readonly Uint8Array[], recordMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function openTopic(
  kafka: TestKafka,
  topic: string,
  config: Readonly<Record<string, string>> = {},
): Promise<OpenTopic> {
  await kafka.createTopic(topic, { config: { 'retention.ms': '-1', ...config } });
  const producer: Producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return {
    async send(messages, recordMs) {
      for (const batch of inBatches(messages)) {
        const stored = batch.map((value) => ({
          value: Buffer.from(value),
          timestamp: String(recordMs),
          partition: 0,
        }));
        await producer.send({ topic, messages: stored });
      }
    },
    close: () => producer.disconnect(),
  };
}

function inBatches(messages: readonly Uint8Array[]): Uint8Array[][] {
  const batches: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const message of messages) {
    bytes += message.length;
    if (bytes > SEND_BYTES_MAX) {
      batches.push([]);
      bytes = message.length;
    }
    batches.at(-1)!.push(message);
  }
  return batches;
}
