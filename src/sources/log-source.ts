/**
 * A log of messages in partitions: what Weir needs of Kafka, and nothing more. Ownership of a partition is no correctness input: two
 * owners at once write the same rows.
 */
import type { DecodeReason } from '../codecs/decode-error.ts';
import type { Messages } from '../codecs/messages.ts';

/** Consecutive messages of one partition, in offset order, possibly with gaps (compaction, control records, aborted transactions). */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  readonly length: number;
  readonly offsets: Float64Array;
  /** Record timestamps, Unix ms. */
  readonly timestampsMs: Float64Array;
  /** Message values; null where the record has none. Slices of what was fetched: valid until `messages` resolves, then others lie there. */
  readonly values: Messages;
  /** Value of the tenant header per message, where the source was told to look for one. */
  readonly tenants?: readonly (string | undefined)[];
  /** What of this run nobody can read. Absent where all could be read. */
  readonly unreadable?: readonly Unreadable[];
  /** Offset after the last record of this run, counting records that carry no message. */
  readonly nextOffset: number;
  /** Offset after the newest record in the partition, as known now. */
  readonly endOffset: number;
}

/**
 * Messages nobody can read: a compressed run of them that is corrupt or beyond the output cap. A loss to count once under its reason. Depends on the log's
 * bytes alone, so every reader misses the same.
 */
export interface Unreadable {
  /** The first offset that is missing, and the one after the last. */
  readonly offset: number;
  readonly nextOffset: number;
  readonly reason: DecodeReason;
  readonly error: string;
  /** As stored, headers and compression included: for the dead letter, at `offset`. */
  readonly bytes: Uint8Array;
}

/** What the engine does when the log calls. */
export interface LogListener {
  /** The partition is ours from now on: where to read it from. Called again after every rebalance. */
  assigned(topic: string, partition: number): Promise<void>;
  /** Messages to take in. Resolves when they are and there is room for more. The source sends the next only then. */
  messages(batch: LogBatch): Promise<void>;
  /** The partition is no longer ours. */
  lost(topic: string, partition: number): void;
  /** The source ended for good: the process should end too. */
  failed(error: Error): void;
}

/** First and next offset of a partition. */
export interface OffsetRange {
  readonly first: number;
  readonly end: number;
}

export interface LogSource {
  /** The log dies with the process: each start opens a new generation of its topics, from offset 0. */
  readonly ephemeral?: boolean;
  start(listener: LogListener): Promise<void>;
  /** Goes on reading a partition at `offset`. */
  seek(topic: string, partition: number, offset: number): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /** A courtesy to lag tools, after the rows are durable. Never fails the caller. */
  commit(
    positions: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
  ): Promise<void>;
  /**
   * What is true when it is asked, or later: never an older answer. Rejects with an error whose `retryable` is false where asking again is no use; after
   * any other the engine does.
   */
  offsets(topic: string, partition: number): Promise<OffsetRange>;
  /** Offset of the first record at or after a time, Unix ms; the end where there is none. Rejects as `offsets` does. */
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number>;
  /**
   * Stops taking in, and resolves when everything accepted so far was given to the listener. Absent where the log keeps what was not
   * read, as Kafka does.
   */
  drain?(): Promise<void>;
  stop(): Promise<void>;
}

/** An undecodable message, kept with where it came from. */
export interface DeadLetter {
  readonly topic: string;
  readonly generation: number;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly reason: string;
  readonly error: string;
  readonly value: Uint8Array;
}

export interface DeadLetterSink {
  /** Resolves when the letters are durable. A letter may be written again after a crash, under the same key. */
  write(letters: readonly DeadLetter[]): Promise<void>;
  stop(): Promise<void>;
}
