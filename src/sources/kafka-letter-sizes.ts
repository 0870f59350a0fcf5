/**
 * Dead letters and a topic that refuses some as too large. In: letters. Out: a promise that resolves once the topic has them all, where need be without
 * the end of their message, all of it, or the text of their error. Where it does not take even that they wait for it: none is dropped.
 */
import type { Message } from 'kafkajs';
import { KafkaError, type KafkaLogger } from './kafka-client.ts';
import { isTooLarge } from './kafka-producer.ts';
import { Pauses } from './pauses.ts';

export interface LetterTopic {
  readonly topic: string;
  readonly logger: KafkaLogger;
  /** One request; see KafkaProducer. */
  readonly send: (messages: Message[]) => Promise<void>;
}

/** Kept of a letter the brokers refuse as too large; the header `weir.bytes` tells its full length. */
const EXCERPT_BYTES = 256 * 1024;
const BACKOFF_MS = { first: 1_000, max: 30_000 } as const;

export class LetterSender {
  readonly #options: LetterTopic;
  readonly #pauses = new Pauses();

  constructor(options: LetterTopic) {
    this.#options = options;
  }

  /** Letters for one request, if the topic takes them. */
  async send(letters: readonly Message[]): Promise<void> {
    if (await this.#isTaken(letters)) return;
    if (letters.length === 1) await this.#sendShortened(letters[0]!);
    else for (const letter of letters) await this.send([letter]);
  }

  stop(): void {
    this.#pauses.stop();
  }

  async #isTaken(letters: readonly Message[]): Promise<boolean> {
    try {
      await this.#options.send([...letters]);
      return true;
    } catch (error) {
      if (isTooLarge(error)) return false;
      throw error;
    }
  }

  async #sendShortened(letter: Message): Promise<void> {
    const { topic, logger } = this.#options;
    const { key } = letter;
    const bytes = letter.value?.length ?? 0;
    logger.warn({ key, bytes }, `a dead letter is larger than ${topic} takes: raise its max.message.bytes`);
    for (let waitMs: number = BACKOFF_MS.first; ; waitMs = Math.min(waitMs * 2, BACKOFF_MS.max)) {
      for (const shorter of shortenings(letter)) if (await this.#isTaken([shorter])) return;
      const problem = `${topic} takes no dead letter, however short: raise its max.message.bytes`;
      logger.error({ topic, key, waitMs }, `${problem}; nothing is claimed to be read before`);
      await this.#pauses.wait(waitMs);
      if (this.#pauses.isOver) throw new KafkaError('kafka_config', `dead letters not written: ${problem}`);
      // It may have been raised.
      if (await this.#isTaken([letter])) return;
    }
  }
}

/** Ever shorter forms of a letter: its message shortened to nothing, then the text of its error. */
function* shortenings(letter: Message): Generator<Message, void, void> {
  const value = letter.value as Buffer;
  const headers = { 'weir.bytes': String(value.length), ...letter.headers };
  for (let length = value.length; length > 0;) {
    length = length > EXCERPT_BYTES ? EXCERPT_BYTES : length >>> 1;
    yield { ...letter, value: value.subarray(0, length), headers };
  }
  const error = String(letter.headers?.['weir.error'] ?? '');
  for (let length = error.length; length > 0;) {
    length >>>= 1;
    yield {
      ...letter,
      value: value.subarray(0, 0),
      headers: { ...headers, 'weir.error': error.slice(0, length) },
    };
  }
}
