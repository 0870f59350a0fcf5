/** The log: one topic of a few partitions that grow, lose their oldest messages and may be made anew. */
import type { OffsetRange } from '../../src/sources/log-source.ts';
import type { LogBatch } from '../../src/sources/log-source.ts';
import { type PlainMessage, bytesOf } from '../support/plain-span.ts';
import { type MessageDraft, messagesOf } from './schedule.ts';

export const TOPIC = 't';

/** One life of a partition. */
export interface Incarnation {
  readonly number: number;
  readonly drafts: readonly MessageDraft[];
  readonly messages: readonly PlainMessage[];
  /** Number of its first message among all. */
  readonly base: number;
  /** What is there now: [first, end). */
  first: number;
  end: number;
}

export class Topic {
  /** Every message of every incarnation: the codec finds them by number. */
  readonly messages: PlainMessage[] = [];
  readonly partitions: Incarnation[];

  constructor(logs: readonly (readonly MessageDraft[])[]) {
    this.partitions = logs.map((drafts) => this.#open(0, drafts));
  }

  range(partition: number): OffsetRange {
    const { first, end } = this.partitions[partition]!;
    return { first, end };
  }

  recreate(partition: number): void {
    const { number, drafts } = this.partitions[partition]!;
    this.partitions[partition] = this.#open(number + 1, drafts.toReversed());
  }

  /** Messages [from, to), without offsets that carry none. */
  batch(partition: number, from: number, to: number): LogBatch {
    const { drafts, messages, base, end } = this.partitions[partition]!;
    const all = Array.from({ length: to - from }, (_, at) => from + at);
    const offsets = Float64Array.from(all.filter((offset) => drafts[offset] !== 'control'));
    return {
      topic: TOPIC,
      partition,
      length: offsets.length,
      offsets,
      timestampsMs: offsets.map((offset) => messages[offset]!.recordMs),
      values: Array.from(offsets, (offset) => bytesOf(base + offset)),
      nextOffset: to,
      endOffset: end,
    };
  }

  #open(number: number, drafts: readonly MessageDraft[]): Incarnation {
    const messages = messagesOf(drafts);
    const base = this.messages.length;
    this.messages.push(...messages);
    return { number, drafts, messages, base, first: 0, end: 0 };
  }
}
