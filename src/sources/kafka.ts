/**
 * Spans' messages from Kafka. In: brokers, topics, a group or a fixed list of partitions. Out: a LogSource. A session (`kafka-session.ts`) may end at any
 * time: it is replaced with growing patience, and each partition (`kafka-partition.ts`) goes on at its own offset, so nothing is lost, doubled or
 * disordered. Kafka's committed offsets decide nothing.
 */
import type { Admin } from 'kafkajs';
import {
  createClient,
  KafkaError,
  kafkaError,
  type KafkaConnection,
  type KafkaLogger,
} from './kafka-client.ts';
import { installFetchDecoder, type FetchedRecords } from './kafka-fetch.ts';
import { topicReader, type TopicReader } from './kafka-offsets.ts';
import { KafkaPartition, type PartitionControl } from './kafka-partition.ts';
import { createSession, type Assignment, type KafkaAssign, type Session } from './kafka-session.ts';
import type { LogListener, LogSource } from './log-source.ts';

export interface KafkaOptions extends KafkaConnection {
  readonly topics: readonly string[];
  readonly assign: KafkaAssign;
  /** Default `weir`. Static assignment makes groups of its own, whose names begin with this one. */
  readonly groupId?: string | undefined;
  /** Name of a record header that names the tenant. */
  readonly tenantHeader?: string | undefined;
  /** A partition Kafka gives no answer for in this time has the session replaced. */
  readonly silenceMs?: number | undefined;
}

/** Groups of others whose offsets Weir would steal. */
const FOREIGN_GROUPS: readonly string[] = ['jaeger-ingester', 'otel-collector'];
/** About five minutes of trying, then the process ends and whoever supervises it decides. */
const ATTEMPTS_MAX = 14;
const BACKOFF_MS = { first: 500, max: 30_000 } as const;
/** A session that lived this long ends a row of failures. */
const SOUND_MS = 60_000;
const TICK_MS = 5_000;
const SILENCE_MS = 60_000;
const SILENCE_MAX_MS = 600_000;

export function openKafka(options: KafkaOptions, logger: KafkaLogger): LogSource {
  const groupId = options.groupId ?? 'weir';
  if (FOREIGN_GROUPS.includes(groupId)) {
    throw new KafkaError(
      'kafka_config',
      `kafka.groupId ${groupId} belongs to another program, which would lose its messages: choose a name of Weir's own`,
    );
  }
  if (options.topics.length === 0)
    throw new KafkaError('kafka_config', 'kafka.topics is empty: name at least one topic');
  installFetchDecoder();
  return new KafkaSource({ ...options, groupId }, logger);
}

class KafkaSource implements LogSource {
  readonly #options: KafkaOptions & { readonly groupId: string };
  readonly #logger: KafkaLogger;
  readonly #admin: Admin;
  readonly #topics: TopicReader;
  readonly #kafka: ReturnType<typeof createClient>;
  readonly #partitions = new Map<string, KafkaPartition>();
  readonly #control: PartitionControl = {
    seek: (...place) => this.#session?.seek(...place),
    pause: (...place) => this.#session?.pause(...place),
    resume: (...place) => this.#session?.resume(...place),
    failed: (error) => {
      this.#fail(error);
    },
  };
  #listener: LogListener | undefined;
  #session: Session | undefined;
  #missing: readonly string[] = [];
  #ticker: NodeJS.Timeout | undefined;
  #attempts = 0;
  #soundAtMs = 0;
  #silenceMs: number;
  #isConnecting = false;
  #isOver = false;

  constructor(options: KafkaOptions & { readonly groupId: string }, logger: KafkaLogger) {
    this.#options = options;
    this.#logger = logger;
    this.#kafka = createClient(options, logger);
    this.#admin = this.#kafka.admin();
    this.#topics = topicReader(this.#admin);
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
  }

  async start(listener: LogListener): Promise<void> {
    this.#listener = listener;
    try {
      await this.#admin.connect();
      const { assign } = this.#options;
      if (assign !== 'group') await this.#topics.checkPartitions(assign);
    } catch (error) {
      await this.stop();
      throw kafkaError(error, this.#options);
    }
    await this.#reconnect('start');
    this.#ticker = setInterval(() => void this.#tick(), TICK_MS);
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#partitions.get(keyOf(topic, partition))?.seek(offset);
  }

  pause(topic: string, partition: number): void {
    this.#partitions.get(keyOf(topic, partition))?.hold();
  }

  resume(topic: string, partition: number): void {
    this.#partitions.get(keyOf(topic, partition))?.release();
  }

  async commit(positions: Parameters<LogSource['commit']>[0]): Promise<void> {
    const owned = positions.filter(({ topic, partition }) => this.#partitions.has(keyOf(topic, partition)));
    try {
      await this.#session?.commit(owned);
    } catch (error) {
      this.#logger.debug(
        { error: (error as Error).message },
        'offsets not committed, which only lag tools notice',
      );
    }
  }

  offsets(topic: string, partition: number): ReturnType<LogSource['offsets']> {
    return this.#topics.offsets(topic, partition);
  }

  offsetAt(topic: string, partition: number, timeMs: number): Promise<number> {
    return this.#topics.offsetAt(topic, partition, timeMs);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#ticker);
    for (const partition of this.#partitions.values()) partition.close();
    await this.#session?.close();
    await this.#admin.disconnect().catch(() => undefined);
  }

  /** Joins with the topics that exist; the others may come later, as they do when their first producer makes them. */
  async #connect(): Promise<void> {
    const { topics, assign, groupId } = this.#options;
    const existing = await this.#topics.existing(topics);
    this.#missing = topics.filter((topic) => !existing.includes(topic));
    if (this.#missing.length > 0)
      this.#logger.warn(
        { topics: this.#missing },
        'topics do not exist yet, or may not be read: waiting for them',
      );
    if (existing.length === 0 || this.#isOver) return;
    this.#session = createSession({
      kafka: this.#kafka,
      groupId,
      topics: existing,
      assign,
      joined: (assignment) => {
        this.#joined(assignment);
      },
      fetched: (topic, partition, records, resolve) => this.#fetched(topic, partition, records, resolve),
      ended: (error) => void this.#reconnect(error.message, error),
    });
    this.#soundAtMs = Date.now() + SOUND_MS;
    await this.#session.run();
  }

  /** Never throws: ends in a new session or in `listener.failed`. Only failures are waited after. */
  async #reconnect(reason: string, error?: Error): Promise<void> {
    if (this.#isConnecting || this.#isOver) return;
    this.#isConnecting = true;
    if (Date.now() > this.#soundAtMs) this.#attempts = 0;
    let failure = error;
    do {
      await this.#session?.close();
      if (failure !== undefined && !(await this.#backOff(failure))) break;
      this.#logger.info({ reason, attempt: this.#attempts }, 'joining Kafka');
      failure = await this.#connect().then(
        () => undefined,
        (caught: unknown) => kafkaError(caught, this.#options),
      );
    } while (failure !== undefined && !this.#isOver);
    this.#isConnecting = false;
  }

  /** False when it is time to give up. */
  async #backOff(failure: Error): Promise<boolean> {
    this.#attempts++;
    if (
      this.#attempts > ATTEMPTS_MAX ||
      (failure instanceof KafkaError && failure.code !== 'kafka_unreachable')
    ) {
      this.#fail(kafkaError(failure, this.#options));
      return false;
    }
    const waitMs = Math.min(BACKOFF_MS.max, (BACKOFF_MS.first / 2) * 2 ** this.#attempts);
    this.#logger.warn(
      { error: failure.message, attempt: this.#attempts, waitMs },
      'Kafka failed: joining anew',
    );
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return !this.#isOver;
  }

  #joined(assignment: Assignment): void {
    const owned = new Set(
      Object.entries(assignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => keyOf(topic, partition)),
      ),
    );
    for (const [key, partition] of this.#partitions) {
      if (owned.has(key)) continue;
      this.#partitions.delete(key);
      partition.close();
      this.#listener?.lost(partition.topic, partition.partition);
    }
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const kept = this.#partitions.get(keyOf(topic, partition));
        if (kept === undefined) void this.#assign(topic, partition);
        else kept.attach();
      }
    }
  }

  async #assign(topic: string, partition: number): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    const { tenantHeader } = this.#options;
    const assigned = new KafkaPartition({
      topic,
      partition,
      listener,
      control: this.#control,
      logger: this.#logger,
      tenantHeader,
    });
    const key = keyOf(topic, partition);
    this.#partitions.set(key, assigned);
    assigned.attach();
    try {
      await listener.assigned(topic, partition);
      if (this.#partitions.get(key) === assigned) assigned.open();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async #fetched(
    topic: string,
    partition: number,
    records: FetchedRecords,
    resolve: (position: number) => void,
  ): Promise<void> {
    const owner = this.#partitions.get(keyOf(topic, partition));
    if (owner === undefined) return;
    if (records.isOutOfRange && records.fetchedOffset === owner.position)
      await this.#recover(owner, records.fetchedOffset);
    else await owner.accept(records, resolve);
  }

  /** The log begins later, or ends earlier, than where we read: goes on at the nearest offset there is. The reader sees the gap in the offsets. */
  async #recover(owner: KafkaPartition, wanted: number): Promise<void> {
    const { topic, partition } = owner;
    const { first, end } = await this.#topics.offsets(topic, partition);
    if (owner.position !== wanted) return;
    const offset = Math.min(Math.max(wanted, first), end);
    this.#logger.error(
      { topic, partition, wanted, first, end },
      `the offset to read is gone from Kafka: going on at ${offset}`,
    );
    owner.seek(offset);
  }

  /** kafkajs can fall silent without a word: no answer at all for a partition we wait on is the sign. */
  async #tick(): Promise<void> {
    if (this.#isConnecting || this.#isOver) return;
    if (this.#missing.length > 0) {
      const appeared = await this.#topics.existing(this.#missing).catch(() => []);
      if (appeared.length > 0) await this.#reconnect(`topics exist now: ${appeared.join(', ')}`);
    }
    const silentSinceMs = Date.now() - this.#silenceMs;
    const silent = [...this.#partitions.values()].filter(
      (partition) => partition.isFetching && partition.answeredAtMs < silentSinceMs,
    );
    if (silent.length === 0) return;
    // A partition without a leader stays silent however often we join: each time later, for the sake of the others.
    this.#silenceMs = Math.min(SILENCE_MAX_MS, this.#silenceMs * 2);
    await this.#reconnect(
      `no answer for ${silent.map(({ topic, partition }) => keyOf(topic, partition)).join(', ')}`,
    );
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#listener?.failed(error);
    void this.stop();
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
