/** What the engine tells whoever watches: metrics, logs, the start screen. Every call is cheap and never throws. */
import type { ResumePlan } from './resume.ts';
import type { TakenFlush } from './partition.ts';

export interface EngineObserver {
  /** A partition is ours, and reading resumes by this plan. */
  opened(topic: string, partition: number, plan: ResumePlan): void;
  closed(topic: string, partition: number): void;
  /** Messages were read. */
  read(topic: string, partition: number, messages: number, spans: number, bytes: number): void;
  /** So many more traces of a sample were seen, and so many of the sample turned out to lie on more than one partition. */
  traces(topic: string, sampled: number, split: number): void;
  /** Stubs were passed over: they had been read before, or a later generation of their source had been. */
  passedOver(topic: string, repeated: number, outdated: number): void;
  /** A message could not be decoded. */
  poisoned(topic: string, reason: string): void;
  /** A flush is durable: counters may advance by its increments, where `flush.hi` is beyond `flush.countedTo`. */
  acknowledged(flush: TakenFlush): void;
  flushed(seconds: number, rows: number): void;
  flushFailed(error: Error, retryInMs: number): void;
  /** A partition is ours, but the store or the log does not say where to go on with it. */
  claimFailed(topic: string, partition: number, error: Error, retryInMs: number): void;
  /** Offsets are committed as a courtesy; a failure costs nothing but a lag tool's picture. */
  commitFailed(error: Error): void;
}
