/** A LogListener that writes down what it hears, checks the contract's order as it goes, and starts each partition where it is told to. */
import type { LogBatch, LogListener, LogSource } from '../../src/sources/log-source.ts';

export interface Message {
  readonly offset: number;
  readonly value: string | null;
  readonly timestampMs: number;
  readonly tenant?: string | undefined;
}

export interface LogRecorder extends LogListener {
  readonly batches: readonly LogBatch[];
  readonly assignments: readonly string[];
  readonly losses: readonly string[];
  readonly errors: readonly Error[];
  messagesOf(topic: string, partition?: number): Message[];
  nextOffsetOf(topic: string, partition?: number): number;
}

export interface RecorderOptions {
  readonly from?: (topic: string, partition: number) => number | Promise<number>;
  /** What each `messages` call waits for. */
  readonly room?: (topic: string, partition: number) => Promise<void>;
}

/** `source` is read at the first assignment, so it may be made after the recorder. */
export function recordLog(source: () => Pick<LogSource, 'seek'>, options: RecorderOptions = {}): LogRecorder {
  const batches: LogBatch[] = [];
  const assignments: string[] = [];
  const losses: string[] = [];
  const errors: Error[] = [];
  const busy = new Set<string>();
  const of = (topic: string, partition: number): LogBatch[] =>
    batches.filter((batch) => batch.topic === topic && batch.partition === partition);
  return {
    batches,
    assignments,
    losses,
    errors,
    assigned: async (topic, partition) => {
      assignments.push(`${topic}/${partition}`);
      source().seek(topic, partition, (await options.from?.(topic, partition)) ?? 0);
    },
    messages: async (batch) => {
      const key = `${batch.topic}/${batch.partition}`;
      if (busy.has(key)) errors.push(new Error(`${key}: two calls at once`));
      busy.add(key);
      // What they lie in belongs to the source again when this resolves.
      const values = Array.from(batch.values, (value) => (value === null ? null : Buffer.from(value)));
      batches.push({ ...batch, values });
      await options.room?.(batch.topic, batch.partition);
      busy.delete(key);
    },
    lost: (topic, partition) => {
      losses.push(`${topic}/${partition}`);
    },
    failed: (error) => {
      errors.push(error);
    },
    messagesOf: (topic, partition = 0) => of(topic, partition).flatMap(messagesIn),
    nextOffsetOf: (topic, partition = 0) => of(topic, partition).at(-1)?.nextOffset ?? 0,
  };
}

export function messagesIn(
  batch: Pick<LogBatch, 'length' | 'offsets' | 'timestampsMs' | 'values' | 'tenants'>,
): Message[] {
  return Array.from({ length: batch.length }, (_, index) => {
    const value = batch.values.at(index);
    return {
      offset: batch.offsets[index] ?? NaN,
      value: value === null || value === undefined ? null : Buffer.from(value).toString(),
      timestampMs: batch.timestampsMs[index] ?? NaN,
      ...(batch.tenants === undefined ? {} : { tenant: batch.tenants[index] }),
    };
  });
}

/** Polls until true; a test's own time limit ends it. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}
