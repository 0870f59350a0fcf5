/** An unruly log in a topic of a real broker that grows as a test says, and what is in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Producer } from 'kafkajs';
import type { TestKafka } from './kafka.ts';
import type { PlainMessage } from './plain-span.ts';
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
  /** What each offset holds, by partition. */
  readonly partitions: PlainMessage[][] = [];
  readonly #options: GrowingLogOptions;
  readonly #messages: Generator<StoredMessage, never, void>[] = [];
  #producer: Producer | undefined;
  #chunks = 0;

  private constructor(options: GrowingLogOptions) {
    this.topic = options.topic;
    this.#options = options;
    this.added(options.partitions);
  }

  /** Makes the topic. */
  static async create(options: GrowingLogOptions): Promise<GrowingLog> {
    const { kafka, topic, partitions } = options;
    await kafka.createTopic(topic, { partitions });
    return new GrowingLog(options);
  }

  get length(): number {
    return this.partitions.reduce((sum, log) => sum + log.length, 0);
  }

  /** The topic has so many partitions more. */
  added(partitions: number): void {
    for (let at = 0; at < partitions; at++) {
      this.#messages.push(unrulyMessages(this.#options.seed + this.partitions.length));
      this.partitions.push([]);
    }
  }

  /** Appends at least so many messages, a chunk at a time. */
  async send(messages: number, pauseMs = 0): Promise<void> {
    this.#producer ??= await this.#connect();
    for (let sent = 0; sent < messages; sent += CHUNK_MESSAGES) {
      const { partition, chunk } = this.#next();
      await this.#producer.send({ topic: this.topic, messages: recordsOf(chunk, partition) });
      this.partitions[partition]!.push(...chunk);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  /** Appends chunks in transactions, and takes every second one back: its offsets and the control records remain, and hold nothing. */
  async sendInTransactions(transactions: number): Promise<void> {
    const producer = await this.#connect(this.topic);
    for (let at = 0; at < transactions; at++) {
      const { partition, chunk } = this.#next();
      const transaction = await producer.transaction();
      await transaction.send({ topic: this.topic, messages: recordsOf(chunk, partition) });
      const isKept = at % 2 === 0;
      await (isKept ? transaction.commit() : transaction.abort());
      const held = isKept ? chunk : chunk.map(({ recordMs }) => nothingAt(recordMs));
      this.partitions[partition]!.push(...held, nothingAt(chunk[0]!.recordMs));
    }
    await producer.disconnect();
  }

  /** Lets the broker go; what is sent next connects anew. */
  async close(): Promise<void> {
    await this.#producer?.disconnect();
    this.#producer = undefined;
  }

  async #connect(transactionalId?: string): Promise<Producer> {
    const id = transactionalId === undefined ? {} : { transactionalId };
    const producer = this.#options.kafka.client.producer({ ...id, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return producer;
  }

  #next(): { readonly partition: number; readonly chunk: readonly StoredMessage[] } {
    const partition = this.#chunks++ % this.partitions.length;
    const messages = this.#messages[partition]!;
    return { partition, chunk: Array.from({ length: CHUNK_MESSAGES }, () => messages.next().value) };
  }
}

function recordsOf(chunk: readonly StoredMessage[], partition: number): Message[] {
  return chunk.map(({ value, recordMs }) => ({
    value: Buffer.from(value),
    timestamp: String(recordMs),
    partition,
  }));
}

function nothingAt(recordMs: number): PlainMessage {
  return { recordMs, spans: [] };
}
