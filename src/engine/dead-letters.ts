/** Undecodable messages of a partition, held until a flush takes them. */
import type { DeadLetter } from '../sources/log-source.ts';
import type { ResumePlan } from './resume.ts';

/** Where they come from. */
interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly plan: ResumePlan;
}

export class DeadLetters {
  /** Bytes of the messages held. */
  bytes = 0;
  readonly #place: Place;
  #letters: DeadLetter[] = [];

  constructor(place: Place) {
    this.#place = place;
  }

  get length(): number {
    return this.#letters.length;
  }

  /** Those held, from the `from`th on. */
  from(from: number): readonly DeadLetter[] {
    return from === this.#letters.length ? [] : this.#letters.slice(from);
  }

  take(): readonly DeadLetter[] {
    const letters = this.#letters;
    this.#letters = [];
    this.bytes = 0;
    return letters;
  }

  /** Keeps a copy of a message. Below `countedTo` an earlier process made it durable before it wrote its progress. */
  bury(letter: Omit<DeadLetter, 'topic' | 'partition' | 'generation'>): void {
    const { topic, partition, plan } = this.#place;
    if (letter.offset < plan.countedTo) return;
    const value = Uint8Array.from(letter.value);
    this.bytes += value.length;
    this.#letters.push({ topic, generation: plan.generation, partition, ...letter, value });
  }
}
