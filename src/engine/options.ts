/** What the engine is started with. */
import type { FoldRules } from '../../operators/operator.ts';
import type { Codec } from '../codecs/codec.ts';
import type { RowSink } from '../sinks/sink.ts';
import type { DeadLetterSink, LogSource } from '../sources/log-source.ts';
import type { WriterOptions } from '../spans/writer-options.ts';
import type { StubMessage, StubTarget } from '../stubs/stub-format.ts';
import type { Clock } from './clock.ts';
import type { Job } from './job.ts';
import type { EngineObserver } from './observer.ts';

/** How the messages of a topic are read. */
export interface TopicOptions {
  /** Or that they are stubs, which the operators that join read, and no others. */
  readonly codec: Codec | 'stubs';
  /** Where stubs of this topic's spans go: the operators that join read them there, and this topic is read by the others. */
  readonly rekeyedTo?: StubTarget;
  readonly slotMessages: number;
  /** Tenant of a message, from the value of the tenant header where there is one. */
  readonly tenantOf: (header: string | undefined) => string;
  /** Every message of the topic is of that tenant, whatever its resources say, as is any that has the header. */
  readonly isTenantFixed?: boolean;
  /** Where a partition that was never read begins: an end of the log, or a time in Unix ms. */
  readonly start: 'earliest' | 'latest' | number;
  /** Fingerprint of this topic's rows, where something of the topic's own is part of it. Default: the engine's. */
  readonly fingerprint?: string;
}

/** A source, and what to do with its topics. */
export interface SourceBinding {
  readonly source: LogSource;
  readonly topics: ReadonlyMap<string, TopicOptions>;
  /** Where undecodable messages are kept. Without one they are counted and logged, and gone. */
  readonly deadLetters?: DeadLetterSink;
  /** Where stubs go; a binding that re-keys a topic has it. */
  readonly stubs?: StubSink;
}

export interface StubSink {
  /**
   * Resolves when the messages are durable. A partition's messages are there in their order: before one, all that this sink was given
   * before it, though some may be there twice.
   */
  write(messages: readonly StubMessage[]): Promise<void>;
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly jobs: readonly Job[];
  readonly sources: readonly SourceBinding[];
  readonly sink: RowSink;
  readonly observer: EngineObserver;
  readonly rules: FoldRules;
  readonly writer: WriterOptions;
  readonly lookbackSpans: number;
  readonly flushMs: number;
  /** Rows held in memory beyond which reading waits for a flush. */
  readonly rowsHeldMax: number;
  /** Hash of everything that changes what rows mean; see fingerprint.ts. */
  readonly fingerprint: string;
  /** Begin new generations where the newest progress ends, instead of refusing another fingerprint. */
  readonly newGeneration: boolean;
  /** Default: the process's own. */
  readonly clock?: Clock;
  /** The source ended for good. */
  readonly failed: (error: Error) => void;
}

/** How a topic of a binding is read. */
export function topicOf({ topics }: SourceBinding, topic: string): TopicOptions {
  const found = topics.get(topic);
  if (found === undefined) throw new Error(`BUG: the source assigned topic ${topic}, which nobody asked for`);
  return found;
}
