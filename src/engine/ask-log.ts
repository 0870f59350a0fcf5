/** Questions that decide where a partition goes on: a log or a store that is away is asked again, for as long as the partition is wanted. */
import { SinkError } from '../sinks/sink-error.ts';
import type { Clock } from './clock.ts';
import type { EngineObserver } from './observer.ts';
import { untilDone } from './retry.ts';

/** The log did not answer, and may the next time. */
export class LogUnanswered extends Error {
  override readonly name = 'LogUnanswered';
  /** What it threw. */
  readonly failure: Error;

  constructor(failure: Error) {
    super(failure.message, { cause: failure });
    this.failure = failure;
  }
}

export interface Asking {
  readonly topic: string;
  readonly partition: number;
  readonly observer: EngineObserver;
  readonly clock: Clock;
  /** Aborted once the partition is lost or opened anew. */
  readonly unwanted: AbortSignal;
  /** Aborted once the engine ends. */
  readonly ended: AbortSignal;
}

/** Throws LogUnanswered; and what the log threw where that says it will never answer. */
export async function askLog<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && 'retryable' in error && error.retryable === false) throw error;
    throw new LogUnanswered(error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * Asks again, each time all of it, while the log or the store does not answer. Undefined where nobody wants the answer any more. Throws every other
 * failure at once, and the last one when the engine ends.
 */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer>,
  { topic, partition, observer, clock, unwanted, ended }: Asking,
): Promise<Answer | undefined> {
  const failed = (error: Error, retryInMs: number): void => {
    const isAway = error instanceof SinkError && error.retryable;
    if (error instanceof LogUnanswered) observer.claimFailed(topic, partition, error.failure, retryInMs);
    else if (isAway) observer.claimFailed(topic, partition, error, retryInMs);
    else throw error;
  };
  try {
    return await untilDone(ask, failed, AbortSignal.any([unwanted, ended]), clock);
  } catch (error) {
    if (unwanted.aborted) return undefined;
    throw error instanceof LogUnanswered ? error.failure : error;
  }
}
