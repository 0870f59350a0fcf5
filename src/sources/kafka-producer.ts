/**
 * Writes messages to one topic and resolves once the brokers have them all, however long that takes. Requests go one after the other, each
 * after the one before was acknowledged by all replicas in sync: a partition's messages keep their order, though after a failure some may
 * be there twice.
 */
import { Partitioners, type Kafka, type Message, type Producer } from 'kafkajs';
import {
  createClient,
  KafkaError,
  kafkaError,
  type KafkaConnection,
  type KafkaLogger,
} from './kafka-client.ts';
import { Pauses } from './pauses.ts';

export interface ProducerOptions extends KafkaConnection {
  readonly topic: string;
  /** For people: `dead letters`. */
  readonly cargo: string;
  /** Called before the first message, and again after a failure. Throws where the topic cannot be written yet. */
  readonly prepare?: (kafka: Kafka) => Promise<void>;
}

const BACKOFF_MS = { first: 200, max: 10_000 } as const;

export class KafkaProducer {
  readonly #options: ProducerOptions;
  readonly #logger: KafkaLogger;
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  readonly #pauses = new Pauses();

  constructor(options: ProducerOptions, logger: KafkaLogger) {
    this.#options = options;
    this.#logger = logger;
    this.#kafka = createClient(options, logger);
  }

  /** One request. Throws where it is larger than the brokers take, and a KafkaError where it was stopped before they had it. */
  async send(messages: Message[]): Promise<void> {
    const { topic, cargo } = this.#options;
    for (let attempt = 1; ; attempt++) {
      if (this.#pauses.isOver)
        throw new KafkaError(
          'kafka_unreachable',
          `${cargo} not written: stopped while ${topic} could not be reached`,
        );
      try {
        this.#producer ??= this.#connect();
        const producer = await this.#producer;
        await producer.send({ topic, messages, acks: -1 });
        return;
      } catch (error) {
        if (isTooLarge(error)) throw error;
        // An idempotent producer whose sequence broke never recovers: the next attempt has a new one.
        await this.#drop();
        await this.#backOff(attempt, error);
      }
    }
  }

  async stop(): Promise<void> {
    this.#pauses.stop();
    await this.#drop();
  }

  async #connect(): Promise<Producer> {
    await this.#options.prepare?.(this.#kafka);
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Retries beyond a short outage are `send`'s, which can stop.
      retry: { retries: 3 },
    });
    await producer.connect();
    return producer;
  }

  async #drop(): Promise<void> {
    const dropped = this.#producer;
    this.#producer = undefined;
    await dropped?.then((producer) => producer.disconnect()).catch(() => undefined);
  }

  async #backOff(attempt: number, error: unknown): Promise<void> {
    const { topic, cargo } = this.#options;
    const waitMs = Math.min(BACKOFF_MS.max, BACKOFF_MS.first * 2 ** attempt);
    const { message } = kafkaError(error, this.#options);
    this.#logger.warn({ topic, attempt, waitMs, error: message }, `${cargo} not written yet: trying again`);
    await this.#pauses.wait(waitMs);
  }
}

export function isTooLarge(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && (at.type === 'MESSAGE_TOO_LARGE' || at.type === 'RECORD_LIST_TOO_LARGE')) return true;
  }
  return false;
}
