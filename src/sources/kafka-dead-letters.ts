/**
 * Keeps messages Weir cannot read in a topic of their own, byte for byte, with their origin in key and headers. In: dead letters. Out: a promise that
 * resolves once the brokers have them all, however long that takes. Letters may be written again after a crash: under the same key, so a compacted
 * topic keeps one.
 */
import { Partitioners, type Kafka, type Message, type Producer } from 'kafkajs';
import { failpoint } from '../failpoints.ts';
import {
  createClient,
  KafkaError,
  kafkaError,
  type KafkaConnection,
  type KafkaLogger,
} from './kafka-client.ts';
import type { DeadLetter, DeadLetterSink } from './log-source.ts';

export interface DeadLettersOptions extends KafkaConnection {
  /** Default `weir-dead-letters`. */
  readonly topic?: string | undefined;
  /** False leaves making the topic to an administrator. Default true. */
  readonly isTopicCreated?: boolean | undefined;
}

/** Bytes of letters in one request: well under a broker's usual limit, of which a larger single letter is a matter of its own. */
const REQUEST_BYTES_MAX = 512 * 1024;
/** Kept of a letter the brokers refuse as too large; the header `weir.bytes` tells its full length. */
const EXCERPT_BYTES = 256 * 1024;
const BACKOFF_MS = { first: 200, max: 10_000 } as const;

export function openDeadLetters(options: DeadLettersOptions, logger: KafkaLogger): DeadLetterSink {
  return new KafkaDeadLetters(options, logger);
}

class KafkaDeadLetters implements DeadLetterSink {
  readonly #options: DeadLettersOptions;
  readonly #topic: string;
  readonly #logger: KafkaLogger;
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(options: DeadLettersOptions, logger: KafkaLogger) {
    this.#options = options;
    this.#topic = options.topic ?? 'weir-dead-letters';
    this.#logger = logger;
    this.#kafka = createClient(options, logger);
  }

  async write(letters: readonly DeadLetter[]): Promise<void> {
    for (const messages of requestsOf(letters.map(messageOf))) await this.#send(messages);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#wake?.();
    await this.#drop();
  }

  async #send(messages: Message[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (this.#isOver)
        throw new KafkaError(
          'kafka_unreachable',
          `dead letters not written: stopped while ${this.#topic} could not be reached`,
        );
      try {
        this.#producer ??= this.#connect();
        const producer = await this.#producer;
        failpoint('letters.sending');
        await producer.send({ topic: this.#topic, messages, acks: -1 });
        failpoint('letters.sent');
        return;
      } catch (error) {
        if (isTooLarge(error)) {
          await this.#sendOneByOne(messages);
          return;
        }
        // An idempotent producer whose sequence broke never recovers: the next attempt has a new one.
        await this.#drop();
        await this.#backOff(attempt, error);
      }
    }
  }

  async #sendOneByOne(messages: readonly Message[]): Promise<void> {
    if (messages.length > 1) {
      for (const message of messages) await this.#send([message]);
      return;
    }
    for (const message of messages) {
      const value = message.value as Buffer;
      const bytesMax = value.length > EXCERPT_BYTES ? EXCERPT_BYTES : Math.floor(value.length / 2);
      this.#logger.warn(
        { key: message.key, bytes: value.length },
        `a dead letter is larger than ${this.#topic} takes: raise its max.message.bytes`,
      );
      const headers = { 'weir.bytes': String(value.length), ...message.headers };
      await this.#send([{ ...message, value: value.subarray(0, bytesMax), headers }]);
    }
  }

  async #connect(): Promise<Producer> {
    if (this.#options.isTopicCreated !== false) await this.#createTopic();
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Retries beyond a short outage are `#send`'s, which can stop.
      retry: { retries: 3 },
    });
    await producer.connect();
    return producer;
  }

  async #createTopic(): Promise<void> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      if ((await admin.listTopics()).includes(this.#topic)) return;
      await admin.createTopics({ topics: [{ topic: this.#topic, numPartitions: 1 }], waitForLeaders: true });
      this.#logger.info({ topic: this.#topic }, 'dead-letter topic created');
    } catch (error) {
      const { message } = kafkaError(error, this.#options);
      this.#logger.warn(
        { topic: this.#topic, error: message },
        'dead-letter topic not created: create it if it does not exist',
      );
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  async #drop(): Promise<void> {
    const dropped = this.#producer;
    this.#producer = undefined;
    await dropped?.then((producer) => producer.disconnect()).catch(() => undefined);
  }

  async #backOff(attempt: number, error: unknown): Promise<void> {
    const waitMs = Math.min(BACKOFF_MS.max, BACKOFF_MS.first * 2 ** attempt);
    const { message } = kafkaError(error, this.#options);
    this.#logger.warn(
      { topic: this.#topic, attempt, waitMs, error: message },
      'dead letters not written yet: trying again',
    );
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export function messageOf(letter: DeadLetter): Message {
  const { topic, generation, partition, offset, timestampMs, reason, error, value } = letter;
  return {
    key: `${topic}/${generation}/${partition}/${offset}`,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: {
      'weir.topic': topic,
      'weir.partition': String(partition),
      'weir.offset': String(offset),
      'weir.timestamp': String(timestampMs),
      'weir.reason': reason,
      'weir.error': error,
    },
  };
}

function* requestsOf(messages: readonly Message[]): Generator<Message[], void, void> {
  let request: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.value?.length ?? 0;
    if (request.length > 0 && bytes + size > REQUEST_BYTES_MAX) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

function isTooLarge(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && (at.type === 'MESSAGE_TOO_LARGE' || at.type === 'RECORD_LIST_TOO_LARGE')) return true;
  }
  return false;
}
