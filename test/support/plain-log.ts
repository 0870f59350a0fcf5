/** A LogSource over a plain log, one partition: the test decides when messages are delivered. */
import type { LogListener, LogSource, OffsetRange } from '../../src/sources/log-source.ts';
import type { PlainMessage } from './plain-span.ts';
import { batchOf } from './run-partition.ts';

export class PlainLog implements LogSource {
  readonly log: readonly PlainMessage[];
  readonly committed: number[] = [];
  first = 0;
  position = 0;
  listener: LogListener | undefined;

  constructor(log: readonly PlainMessage[]) {
    this.log = log;
  }

  async start(listener: LogListener): Promise<void> {
    this.listener = listener;
    await listener.assigned('t', 0);
  }

  /** Delivers up to `messages` from where the engine asked to read. */
  async deliver(messages: number): Promise<void> {
    const end = Math.min(this.log.length, this.position + messages);
    const from = this.position;
    this.position = end;
    await this.listener!.messages(batchOf(this.log, from, end));
  }

  seek(_topic: string, _partition: number, offset: number): void {
    this.position = offset;
  }

  pause(): void {
    throw new Error('BUG: not asked for');
  }

  resume(): void {
    throw new Error('BUG: not asked for');
  }

  async commit(positions: readonly { readonly offset: number }[]): Promise<void> {
    await Promise.resolve();
    this.committed.push(...positions.map(({ offset }) => offset));
  }

  async offsets(): Promise<OffsetRange> {
    return Promise.resolve({ first: this.first, end: this.log.length });
  }

  async offsetAt(_topic: string, _partition: number, timeMs: number): Promise<number> {
    const found = this.log.findIndex(({ recordMs }) => recordMs >= timeMs);
    return Promise.resolve(found < 0 ? this.log.length : found);
  }

  async stop(): Promise<void> {
    return Promise.resolve();
  }
}
