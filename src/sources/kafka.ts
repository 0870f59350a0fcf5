/**
 * Spans' messages from Kafka. In: brokers, topics, a group or a fixed list of partitions. Out: a LogSource. A session (`kafka-session.ts`) may end at any
 * time: it is replaced with growing patience, and each partition (`kafka-partition.ts`) goes on at its own offset, so nothing is lost, doubled or
 * disordered. Kafka's committed offsets decide nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaAdmin } from './kafka-admin.ts';
import {
  createClient,
  KafkaError,
  kafkaError,
  type KafkaConnection,
  type KafkaLogger,
} from './kafka-client.ts';
import { installFetchDecoder } from './kafka-fetch.ts';
import { topicReader, type TopicReader } from './kafka-offsets.ts';
import type { PartitionControl } from './kafka-partition.ts';
import { KafkaPartitions } from './kafka-partitions.ts';
import { createSession, type KafkaAssign, type Session } from './kafka-session.ts';
import type { LogListener, LogSource } from './log-source.ts';

export interface KafkaOptions extends KafkaConnection {
  readonly topics: readonly string[];
  readonly assign: KafkaAssign;
  /** Default `weir`. Static assignment makes groups of its own, whose names begin with this one. */
  readonly groupId?: string | undefined;
  /** Name of a record header that names the tenant. */
  readonly tenantHeader?: string | undefined;
}

/** About five minutes of trying, then the process ends and whoever supervises it decides. */
const ATTEMPTS_MAX = 14;
const BACKOFF_MS = { first: 500, max: 30_000 } as const;
/** A session that lived this long ends a row of failures. */
const SOUND_MS = 60_000;
const TICK_MS = 5_000;
/** A partition that Kafka gives no answer for in this time has the session replaced. */
const SILENCE_MS = 60_000;
const SILENCE_MAX_MS = 600_000;

export function openKafka(options: KafkaOptions, logger: KafkaLogger): LogSource {
  const groupId = options.groupId ?? 'weir';
  const { topics, assign } = options;
  if (topics.length === 0) throw refusal('kafka.topics is empty: name at least one topic');
  const foreign =
    assign === 'group' ? undefined : Object.keys(assign).find((topic) => !topics.includes(topic));
  if (foreign !== undefined)
    throw refusal(`partitions of ${foreign} are assigned, which kafka.topics does not name: add it there`);
  installFetchDecoder();
  return new KafkaSource({ ...options, groupId }, logger);
}

function refusal(message: string): KafkaError {
  return new KafkaError('kafka_config', message);
}

class KafkaSource implements LogSource {
  readonly #options: KafkaOptions & { readonly groupId: string };
  readonly #logger: KafkaLogger;
  readonly #brokers: KafkaAdmin;
  readonly #topics: TopicReader;
  readonly #kafka: ReturnType<typeof createClient>;
  readonly #stopping = new AbortController();
  readonly #control: PartitionControl = {
    seek: (...place) => this.#session?.seek(...place),
    pause: (...place) => this.#session?.pause(...place),
    resume: (...place) => this.#session?.resume(...place),
    failed: (error) => {
      this.#fail(error);
    },
  };
  #listener: LogListener | undefined;
  #partitions: KafkaPartitions | undefined;
  #session: Session | undefined;
  #missing: readonly string[] = [];
  #ticker: NodeJS.Timeout | undefined;
  #attempts = 0;
  #soundAtMs = 0;
  #silenceMs = SILENCE_MS;
  #isConnecting = false;

  constructor(options: KafkaOptions & { readonly groupId: string }, logger: KafkaLogger) {
    this.#options = options;
    this.#logger = logger;
    this.#kafka = createClient(options, logger);
    this.#brokers = new KafkaAdmin(options, () => this.#kafka.admin());
    this.#topics = topicReader(this.#brokers);
  }

  async start(listener: LogListener): Promise<void> {
    this.#listener = listener;
    const { tenantHeader } = this.#options;
    const { offsets } = this.#topics;
    this.#partitions = new KafkaPartitions({
      listener,
      control: this.#control,
      offsets,
      logger: this.#logger,
      tenantHeader,
    });
    try {
      await this.#brokers.ask((admin) => admin.connect());
    } catch (error) {
      await this.stop();
      throw error;
    }
    await this.#reconnect('start');
    if (!this.#isOver) this.#ticker = setInterval(() => void this.#tick(), TICK_MS);
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#partitions?.get(topic, partition)?.seek(offset);
  }

  pause(topic: string, partition: number): void {
    this.#partitions?.get(topic, partition)?.hold();
  }

  resume(topic: string, partition: number): void {
    this.#partitions?.get(topic, partition)?.release();
  }

  async commit(positions: Parameters<LogSource['commit']>[0]): Promise<void> {
    const owned = positions.filter(
      ({ topic, partition }) => this.#partitions?.get(topic, partition) !== undefined,
    );
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
    this.#stopping.abort();
    clearInterval(this.#ticker);
    this.#partitions?.close();
    await this.#session?.close();
    await this.#brokers.close();
  }

  get #isOver(): boolean {
    return this.#stopping.signal.aborted;
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
    const wanted =
      assign === 'group'
        ? assign
        : Object.fromEntries(Object.entries(assign).filter(([topic]) => existing.includes(topic)));
    if (wanted !== 'group') await this.#topics.checkPartitions(wanted);
    this.#session = createSession({
      kafka: this.#kafka,
      groupId,
      topics: existing,
      assign: wanted,
      joined: (assignment) => this.#partitions?.join(assignment),
      fetched: async (...fetched) => this.#partitions?.fetched(...fetched),
      ended: (error) => void this.#reconnect(error.message, error),
    });
    this.#soundAtMs = performance.now() + SOUND_MS;
    await this.#session.run();
  }

  /** Never throws: ends in a new session or in `listener.failed`. Only failures are waited after. */
  async #reconnect(reason: string, error?: Error): Promise<void> {
    if (this.#isConnecting || this.#isOver) return;
    this.#isConnecting = true;
    if (performance.now() > this.#soundAtMs) this.#attempts = 0;
    let failure = error;
    for (let isTried = false; !isTried || failure !== undefined; isTried = true) {
      await this.#session?.close();
      if (failure !== undefined && !(await this.#backOff(failure))) break;
      this.#logger.info({ reason, attempt: this.#attempts }, 'joining Kafka');
      failure = await this.#connect().then(
        () => undefined,
        (caught: unknown) => kafkaError(caught, this.#options),
      );
    }
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
    await sleep(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    return !this.#isOver;
  }

  /** kafkajs can fall silent without a word: no answer at all for a partition we wait on is the sign. */
  async #tick(): Promise<void> {
    if (this.#isConnecting || this.#isOver) return;
    if (this.#missing.length > 0) {
      const appeared = await this.#topics.existing(this.#missing).catch(() => []);
      if (appeared.length > 0) await this.#reconnect(`topics exist now: ${appeared.join(', ')}`);
    }
    const silent = this.#partitions?.silentFor(this.#silenceMs) ?? [];
    this.#silenceMs = Math.max(SILENCE_MS, this.#silenceMs - TICK_MS / 4);
    if (silent.length === 0) return;
    // A partition without a leader stays silent however often we join: each time later, for the sake of the others.
    this.#silenceMs = Math.min(SILENCE_MAX_MS, this.#silenceMs * 2);
    await this.#reconnect(`no answer for ${silent.join(', ')}`);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#listener?.failed(error);
    void this.stop();
  }
}
