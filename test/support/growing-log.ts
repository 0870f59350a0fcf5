/** An unruly log in a topic of a real broker that grows as a test says, and what is in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import type { TestKafka } from './kafka.ts';
import { type StoredMessage, unrulyMessages } from './unruly-log.ts';

export interface GrowingLogOptions {
  readonly kafka: TestKafka;
  readonly topic: string;
  readonly partitions: number;
  readonly seed: number;
}

/** Messages of one request, all to one partition; partitions take turns. */
export const CHUNK_MESSAGES = 8;

export class GrowingLog {
  readonly topic: string;
  /** What was sent, by partition. */
  readonly partitions: readonly StoredMessage[][];
  readonly #messages: readonly Generator<StoredMessage, never, void>[];
  readonly #producer: Producer;

  private constructor(options: GrowingLogOptions, producer: Producer) {
    this.topic = options.topic;
    this.partitions = Array.from({ length: options.partitions }, () => []);
    this.#messages = this.partitions.map((_, partition) => unrulyMessages(options.seed + partition));
    this.#producer = producer;
  }

  /** Makes the topic. */
  static async create(options: GrowingLogOptions): Promise<GrowingLog> {
    const { kafka, topic, partitions } = options;
    await kafka.createTopic(topic, { partitions });
    const producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return new GrowingLog(options, producer);
  }

  get length(): number {
    return this.partitions.reduce((sum, log) => sum + log.length, 0);
  }

  /** Appends at least so many messages, a chunk at a time. */
  async send(messages: number, pauseMs = 0): Promise<void> {
    for (let sent = 0; sent < messages; sent += CHUNK_MESSAGES) {
      const partition = (this.length / CHUNK_MESSAGES) % this.partitions.length;
      const chunk = Array.from({ length: CHUNK_MESSAGES }, () => this.#messages[partition]!.next().value);
      await this.#producer.send({
        topic: this.topic,
        messages: chunk.map(({ value, recordMs }) => ({
          value: Buffer.from(value),
          timestamp: String(recordMs),
          partition,
        })),
      });
      this.partitions[partition]!.push(...chunk);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }
}
