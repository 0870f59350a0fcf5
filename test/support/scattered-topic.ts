/** A topic of a real broker whose traces lie scattered over its partitions, as a test sends them, and a Weir that re-keys it. */
import { type AbstractSpan, messagesOf } from './encoders.ts';
import type { TestKafka } from './kafka.ts';
import { plainOfAbstract } from './plain-messages.ts';
import type { PlainMessage, PlainSpan } from './plain-span.ts';
import { DURATION_US_MAX, MINIMUM_VERSIONS, TOLERANCE_US } from './quality-oracle.ts';
import { scatteredTraces } from './scattered-traces.ts';
import type { RunningWeir } from './weir-process.ts';

export interface ScatteredMessage extends PlainMessage {
  readonly value: Uint8Array;
  readonly spans: readonly PlainSpan[];
}

export interface ScatteredOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly stubSlotMessages: number;
  /** Else each process is given all partitions, and none waits until a group has given up a killed one. */
  readonly isInGroup: boolean;
  /** Of a ClickHouse server; else an embedded one is started. */
  readonly clickhouseUrl?: string;
}

export const SCATTERED_RULES = { slotMessages: 60, lookbackSpans: 20_000 };
const PORTION_SPANS = 200;
const CHUNK_MESSAGES = 50;
const SPANS_PER_TRACE = 8;

export class ScatteredTopic {
  readonly options: ScatteredOptions;
  readonly stubs: string;
  /** What each offset holds, by partition. */
  readonly logs: ScatteredMessage[][];
  readonly #kafka: TestKafka;

  private constructor(kafka: TestKafka, options: ScatteredOptions) {
    this.#kafka = kafka;
    this.options = options;
    this.stubs = `weir-stubs-${options.topic}`;
    this.logs = Array.from({ length: options.partitions }, () => []);
  }

  static async create(kafka: TestKafka, options: ScatteredOptions): Promise<ScatteredTopic> {
    await kafka.createTopic(options.topic, { partitions: options.partitions });
    return new ScatteredTopic(kafka, options);
  }

  config(rekey = true): object {
    const { topic, partitions, stubSlotMessages, isInGroup, clickhouseUrl } = this.options;
    const own = isInGroup ? {} : { partitions: Array.from({ length: partitions }, (_, at) => at) };
    const { slotMessages, lookbackSpans } = SCATTERED_RULES;
    return {
      kafka: {
        brokers: this.#kafka.brokers,
        topics: [{ name: topic, encoding: 'otlp_proto', rekey, slotMessages, stubSlotMessages, ...own }],
        deadLetterTopic: `${topic}-dead-letters`,
        groupId: topic,
      },
      ...(clickhouseUrl === undefined ? {} : { clickhouse: { url: clickhouseUrl } }),
      jobs: ['red', 'dependencies', 'paths', 'quality'],
      quality: {
        clockToleranceMs: TOLERANCE_US / 1000,
        durationMsMax: DURATION_US_MAX / 1000,
        minimumVersions: MINIMUM_VERSIONS,
      },
      otlpHttp: { enabled: false },
      engine: { flushMs: 100, lookbackSpans },
    };
  }

  /** Sends in portions, in turn to all partitions, and goes on while Weir reads. */
  async send(messages: readonly ScatteredMessage[]): Promise<void> {
    const { topic, partitions } = this.options;
    const producer = this.#kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (let at = 0; at < messages.length; at += CHUNK_MESSAGES) {
      const chunk = messages
        .slice(at, at + CHUNK_MESSAGES)
        .map((message, i) => ({ message, partition: (at + i) % partitions }));
      await producer.send({
        topic,
        messages: chunk.map(({ message: { value, recordMs }, partition }) => ({
          value: Buffer.from(value),
          timestamp: String(recordMs),
          partition,
        })),
      });
      for (const { message, partition } of chunk) this.logs[partition]!.push(message);
    }
    await producer.disconnect();
  }

  /** All that was sent, and all stubs of it, are durable in every table. */
  async isRead(weir: RunningWeir): Promise<boolean> {
    const sent = this.logs.reduce((sum, log) => sum + log.length, 0);
    return (
      (await readOf(weir, this.options.topic)) === sent &&
      (await readOf(weir, this.stubs)) === (await this.#stubMessages())
    );
  }

  async #stubMessages(): Promise<number> {
    const admin = this.#kafka.client.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(this.stubs);
    await admin.disconnect();
    if (offsets.length !== this.options.partitions) throw new Error(`${this.stubs}: ${offsets.length}`);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }
}

/** Messages of a topic that are durable. */
export async function readOf(weir: RunningWeir, topic: string): Promise<number> {
  const [row] = await weir.sql<{ read: number }>(
    `SELECT sum(hi) AS read FROM weir.progress WHERE topic = '${topic}'`,
  );
  return row!.read;
}

/** Messages of one or two spans of any traces; some are there twice. */
export function scatteredMessages(seed: number): ScatteredMessage[] {
  const recordMs = Date.now();
  const spans = scatteredTraces({
    seed,
    traces: 200,
    spansPerTrace: SPANS_PER_TRACE,
    startMs: recordMs - 200_000,
    spreadMs: 150_000,
  });
  const stored: ScatteredMessage[] = [];
  // Spans of a trace are sent within a portion, in no order.
  for (let from = 0; from < spans.length; from += PORTION_SPANS) {
    const portion = spans.slice(from, from + PORTION_SPANS);
    const shuffled = portion.map((_, at) => portion[(at * 77 + seed) % portion.length]!);
    for (let at = 0; at < shuffled.length; at += 2)
      stored.push(messageOf(shuffled.slice(at, at + 2), recordMs));
    if (from % 3 === 0) stored.push(stored.at(-10)!);
  }
  return stored;
}

function messageOf(spans: readonly AbstractSpan[], recordMs: number): ScatteredMessage {
  const [value] = messagesOf('otlp_proto', spans);
  return { value: value!, recordMs, spans: spans.map(plainOfAbstract) };
}
