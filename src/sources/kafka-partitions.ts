/**
 * The partitions a source owns right now. In: assignments and fetches. Out: calls to the listener: `assigned` before a partition's first message, `lost`
 * after its last; a partition kept through a rebalance goes on as if nothing happened.
 */
import type { KafkaLogger } from './kafka-client.ts';
import type { FetchedRecords } from './kafka-fetch.ts';
import { KafkaPartition, type PartitionControl } from './kafka-partition.ts';
import type { Assignment } from './kafka-session.ts';
import type { LogListener, LogSource } from './log-source.ts';

export interface PartitionsOptions {
  readonly listener: LogListener;
  readonly control: PartitionControl;
  readonly offsets: LogSource['offsets'];
  readonly logger: KafkaLogger;
  readonly tenantHeader?: string | undefined;
}

export class KafkaPartitions {
  readonly #options: PartitionsOptions;
  readonly #owned = new Map<string, KafkaPartition>();

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  get(topic: string, partition: number): KafkaPartition | undefined {
    return this.#owned.get(keyOf(topic, partition));
  }

  /** Takes over what a session was given: all of it, each time. */
  join(assignment: Assignment): void {
    const places = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const given = new Set(places.map(({ topic, partition }) => keyOf(topic, partition)));
    for (const [key, owned] of this.#owned) {
      if (given.has(key)) continue;
      this.#owned.delete(key);
      owned.close();
      this.#options.listener.lost(owned.topic, owned.partition);
    }
    for (const { topic, partition } of places) {
      const kept = this.get(topic, partition);
      if (kept === undefined) void this.#assign(topic, partition);
      else kept.attach();
    }
  }

  async fetched(
    topic: string,
    partition: number,
    records: FetchedRecords,
    resolve: (position: number) => void,
  ): Promise<void> {
    const owned = this.get(topic, partition);
    if (owned === undefined) return;
    if (records.isOutOfRange && records.fetchedOffset === owned.position)
      await this.#recover(owned, records.fetchedOffset);
    else await owned.accept(records, resolve);
  }

  /** Those Kafka should have answered for in this time. */
  silentFor(ms: number): string[] {
    const sinceMs = performance.now() - ms;
    const silent = [...this.#owned].filter(([, owned]) => owned.isFetching && owned.answeredAtMs < sinceMs);
    return silent.map(([key]) => key);
  }

  close(): void {
    for (const owned of this.#owned.values()) owned.close();
    this.#owned.clear();
  }

  async #assign(topic: string, partition: number): Promise<void> {
    const assigned = new KafkaPartition({ ...this.#options, topic, partition });
    this.#owned.set(keyOf(topic, partition), assigned);
    assigned.attach();
    try {
      await this.#options.listener.assigned(topic, partition);
      // It may be lost again by now, and even be given back.
      if (this.get(topic, partition) === assigned) assigned.open();
    } catch (error) {
      this.#options.control.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The log begins later, or ends earlier, than where we read: goes on at the nearest offset there is. The reader sees the gap in the offsets. */
  async #recover(owned: KafkaPartition, wanted: number): Promise<void> {
    const { topic, partition } = owned;
    const range = await this.#options.offsets(topic, partition);
    if (owned.position !== wanted) return;
    owned.recover(range);
    this.#options.logger.error(
      { topic, partition, wanted, ...range },
      `the offset to read is gone from Kafka: going on at ${owned.position}`,
    );
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
