/** Where rows go. */
import type { Rows } from '../../operators/rows.ts';

/** The rows of one partition's prefix `hi`, and what its `progress` row will claim once they are durable. */
export interface PartitionFlush {
  readonly topic: string;
  readonly generation: number;
  readonly partition: number;
  /** Offset of the first message this generation owns. */
  readonly origin: number;
  /** The prefix: version of every row in this flush. */
  readonly hi: number;
  /** Largest record timestamp read, Unix ms; NaN where none has one. */
  readonly watermarkMs: number;
  /** Hash of everything that changes what rows mean. */
  readonly fingerprint: string;
  readonly rows: readonly Rows[];
  /** Of a partition of stubs: the marks where a process that resumes at `hi` will read from. */
  readonly stubMarks?: string;
}

/** Newest progress of a partition. */
export interface Progress {
  readonly generation: number;
  readonly origin: number;
  readonly hi: number;
  readonly fingerprint: string;
  /** See PartitionFlush. */
  readonly stubMarks?: string;
}

export interface RowSink {
  /** Writes every table's rows. Resolves when all are acknowledged; may be called again with the same rows. */
  writeRows(flushes: readonly PartitionFlush[]): Promise<void>;
  /** Then writes the progress rows. */
  writeProgress(flushes: readonly PartitionFlush[]): Promise<void>;
  /**
   * Newest progress by (topic, partition), of the largest generation; undefined where there is none. Where processes that began a
   * generation at once disagree about its origin, the one written first counts.
   */
  readProgress(topic: string, partition: number): Promise<Progress | undefined>;
  /** Largest version stored in any table for a partition's generation; 0 where there is none. */
  newestVersion(topic: string, generation: number, partition: number): Promise<number>;
}
