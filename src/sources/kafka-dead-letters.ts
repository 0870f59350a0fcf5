/**
 * Keeps messages Weir cannot read in a topic of their own, byte for byte, with their origin in key and headers. In: dead letters. Out: a promise that
 * resolves once the brokers have them all, however long that takes. Letters may be written again after a crash: under the same key, so a compacted
 * topic keeps one.
 */
import type { Kafka, Message } from 'kafkajs';
import { failpoint } from '../failpoints.ts';
import { kafkaError, type KafkaConnection, type KafkaLogger } from './kafka-client.ts';
import { LetterSender } from './kafka-letter-sizes.ts';
import { topicExists } from './kafka-offsets.ts';
import { KafkaProducer } from './kafka-producer.ts';
import type { DeadLetter, DeadLetterSink } from './log-source.ts';

export interface DeadLettersOptions extends KafkaConnection {
  /** Default `weir-dead-letters`. */
  readonly topic?: string | undefined;
  /** False leaves making the topic to an administrator. Default true. */
  readonly isTopicCreated?: boolean | undefined;
}

/** Bytes of letters in one request: well under a broker's usual limit, of which a larger single letter is a matter of its own. */
const REQUEST_BYTES_MAX = 512 * 1024;

export function openDeadLetters(options: DeadLettersOptions, logger: KafkaLogger): DeadLetterSink {
  return new KafkaDeadLetters(options, logger);
}

class KafkaDeadLetters implements DeadLetterSink {
  readonly #options: DeadLettersOptions;
  readonly #topic: string;
  readonly #logger: KafkaLogger;
  readonly #producer: KafkaProducer;
  readonly #sender: LetterSender;

  constructor(options: DeadLettersOptions, logger: KafkaLogger) {
    const { topic = 'weir-dead-letters', isTopicCreated = true } = options;
    this.#options = options;
    this.#topic = topic;
    this.#logger = logger;
    this.#producer = new KafkaProducer(
      {
        ...options,
        topic,
        cargo: 'dead letters',
        ...(isTopicCreated ? { prepare: (kafka) => this.#createTopic(kafka) } : {}),
      },
      logger,
    );
    this.#sender = new LetterSender({ topic, logger, send: (messages) => this.#send(messages) });
  }

  async write(letters: readonly DeadLetter[]): Promise<void> {
    for (const messages of requestsOf(letters.map(messageOf))) await this.#sender.send(messages);
  }

  stop(): Promise<void> {
    this.#sender.stop();
    return this.#producer.stop();
  }

  async #send(messages: Message[]): Promise<void> {
    failpoint('letters.sending');
    await this.#producer.send(messages);
    failpoint('letters.sent');
  }

  async #createTopic(kafka: Kafka): Promise<void> {
    const admin = kafka.admin();
    try {
      await admin.connect();
      if (await topicExists(admin, this.#topic)) return;
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
