/** Counters and histograms made from acknowledged rows, in the Prometheus text format. */
import type { PartitionFlush } from './sink.ts';

/** How a set of counter rows becomes Prometheus series. Declared by a job. */
export interface CounterFamily {
  /** Name of the Rows it consumes. */
  readonly rows: string;
}

export interface CounterSink {
  /** Adds what an acknowledged flush counted. Called once per flush beyond the newest progress. */
  acknowledged(flush: PartitionFlush): void;
}
