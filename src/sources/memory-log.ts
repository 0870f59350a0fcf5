/**
 * A bounded log in memory, for sources that have none of their own: one topic, partition 0, offsets from 0. Messages go in
 * through `offer` and come out in order as runs. A message stays, and counts against the budget, until an offset beyond it is
 * committed: what the log holds is what would be lost by a crash.
 */
import type { ByteBudget, Taking } from './byte-budget.ts';
import type { LogBatch, LogListener, LogSource, OffsetRange } from './log-source.ts';

export interface MemoryLogOptions {
  readonly topic: string;
  /** May be shared with other logs. */
  readonly budget: ByteBudget;
  /** Longest that `drain` waits for the listener to take what is still held. */
  readonly drainMsMax?: number;
}

/** What a message costs beside its value. */
export const MESSAGE_OVERHEAD_BYTES = 128;
const RUN_MESSAGES_MAX = 512;
const RUN_BYTES_MAX = 2 ** 20;
const DRAIN_MS_MAX = 5_000;
/** Freed messages are cut off the front of the array once they are this many, and at least half of it. */
const COMPACT_MESSAGES_MIN = 1024;

interface Message {
  readonly value: Uint8Array;
  readonly timestampMs: number;
  readonly tenant: string | undefined;
}

export class MemoryLog implements LogSource {
  readonly ephemeral = true;
  readonly topic: string;
  readonly #budget: ByteBudget;
  readonly #drainMsMax: number;
  /** Message of offset o is at o - #base; freed ones are undefined. */
  #messages: (Message | undefined)[] = [];
  #base = 0;
  #first = 0;
  #position = 0;
  #isPaused = false;
  #isDraining = false;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: MemoryLogOptions) {
    this.topic = options.topic;
    this.#budget = options.budget;
    this.#drainMsMax = options.drainMsMax ?? DRAIN_MS_MAX;
  }

  /** Appends a message, unless the budget has no room for this tenant; a log that is ending is full. The bytes must not change afterwards. */
  offer(value: Uint8Array, timestampMs: number, tenant?: string): Taking {
    if (this.#isDraining) return 'full';
    const taking = this.#budget.take(value.byteLength + MESSAGE_OVERHEAD_BYTES, tenant);
    if (taking !== 'taken') return taking;
    this.#messages.push({ value, timestampMs, tenant });
    this.#wake?.();
    return taking;
  }

  async start(listener: LogListener): Promise<void> {
    await listener.assigned(this.topic, 0);
    this.#running = this.#run(listener);
  }

  /** Messages before the last commit are gone: a seek to one of them goes on at the first that is left. */
  seek(topic: string, partition: number, offset: number): void {
    if (!this.#isOurs(topic, partition)) return;
    this.#position = Math.max(offset, this.#first);
    this.#wake?.();
  }

  pause(topic: string, partition: number): void {
    if (this.#isOurs(topic, partition)) this.#isPaused = true;
  }

  resume(topic: string, partition: number): void {
    if (!this.#isOurs(topic, partition)) return;
    this.#isPaused = false;
    this.#wake?.();
  }

  commit(positions: Parameters<LogSource['commit']>[0]): Promise<void> {
    for (const { topic, partition, offset } of positions)
      if (this.#isOurs(topic, partition)) this.#free(Math.min(offset, this.#end));
    return Promise.resolve();
  }

  offsets(): Promise<OffsetRange> {
    return Promise.resolve({ first: this.#first, end: this.#end });
  }

  offsetAt(_topic: string, _partition: number, timeMs: number): Promise<number> {
    let offset = this.#first;
    while (offset < this.#end && !(this.#at(offset).timestampMs >= timeMs)) offset++;
    return Promise.resolve(offset);
  }

  /** Takes no more messages and hands over those it has, unless the partition is paused. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#wake?.();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.#drainMsMax)));
    await Promise.race([this.#running, overdue]);
    clearTimeout(timer);
  }

  /** Takes and hands over no more. */
  stop(): Promise<void> {
    this.#isDraining = true;
    this.#isStopped = true;
    this.#wake?.();
    return Promise.resolve();
  }

  get #end(): number {
    return this.#base + this.#messages.length;
  }

  #isOurs(topic: string, partition: number): boolean {
    return topic === this.topic && partition === 0;
  }

  #at(offset: number): Message {
    const message = this.#messages[offset - this.#base];
    if (message === undefined) throw new Error(`BUG: offset ${offset} of ${this.topic} is not held`);
    return message;
  }

  async #run(listener: LogListener): Promise<void> {
    try {
      for (;;) {
        if (this.#isStopped) return;
        if (!this.#isPaused && this.#position < this.#end) {
          const batch = this.#take();
          this.#position = batch.nextOffset;
          await listener.messages(batch);
        } else if (this.#isDraining) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } catch (error) {
      listener.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(): LogBatch {
    const start = this.#position;
    let bytes = this.#at(start).value.byteLength;
    let end = start + 1;
    for (; end < this.#end && end - start < RUN_MESSAGES_MAX; end++) {
      bytes += this.#at(end).value.byteLength;
      if (bytes > RUN_BYTES_MAX) break;
    }
    const messages = Array.from({ length: end - start }, (_, i) => this.#at(start + i));
    return {
      topic: this.topic,
      partition: 0,
      length: messages.length,
      offsets: Float64Array.from(messages, (_, i) => start + i),
      timestampsMs: Float64Array.from(messages, (message) => message.timestampMs),
      values: messages.map((message) => message.value),
      tenants: messages.map((message) => message.tenant),
      nextOffset: end,
      endOffset: this.#end,
    };
  }

  #free(offset: number): void {
    for (; this.#first < offset; this.#first++) {
      const { value, tenant } = this.#at(this.#first);
      this.#budget.give(value.byteLength + MESSAGE_OVERHEAD_BYTES, tenant);
      this.#messages[this.#first - this.#base] = undefined;
    }
    this.#position = Math.max(this.#position, this.#first);
    const freed = this.#first - this.#base;
    if (freed >= COMPACT_MESSAGES_MIN && freed * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(freed);
      this.#base = this.#first;
    }
  }
}
