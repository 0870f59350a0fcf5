/**
 * Makes rows durable: every `flushMs`, or when asked, it takes what changed in every partition, writes dead letters and stubs, then all tables, then progress,
 * retrying the same rows until each is acknowledged, and only then lets counters and offsets advance. One flush is under way at a time.
 */
import { failpoint } from '../failpoints.ts';
import type { RowSink } from '../sinks/sink.ts';
import type { Clock } from './clock.ts';
import type { EngineObserver } from './observer.ts';
import type { Partition, TakenFlush } from './partition.ts';
import { untilDone } from './retry.ts';

export interface FlusherOptions {
  readonly flushMs: number;
  /** Partitions held now. */
  readonly partitions: () => Iterable<Partition>;
  readonly sink: RowSink;
  /** Writes what goes to logs, dead letters and stubs. Resolves when it is durable. */
  readonly writeLogs: (flushes: readonly TakenFlush[]) => Promise<void>;
  /** Called once per flush, when it is durable. */
  readonly acknowledged: (flushes: readonly TakenFlush[]) => Promise<void>;
  /** A flush broke off by no fault of the store's: nothing is flushed from then on. */
  readonly failed: (error: Error) => void;
  readonly observer: EngineObserver;
  readonly clock: Clock;
}

export interface Flusher {
  /** Resolves when everything read before the call is durable. */
  flush(): Promise<void>;
  /** Flushes a last time and ends. Rejects where that takes longer than `timeoutMs`: nothing is lost, the next start reads it again. */
  stop(timeoutMs: number): Promise<void>;
  /** When the last flush was acknowledged, or the start; Unix ms. */
  readonly lastAcknowledgedMs: number;
  /** Why the flush under way fails, where it does. */
  readonly failure: Error | undefined;
}

export function startFlusher(options: FlusherOptions): Flusher {
  const { clock } = options;
  const stopping = new AbortController();
  let lastAcknowledgedMs = clock.wallMs();
  let failure: Error | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let isQueued = false;

  const failed = (error: Error, retryInMs: number): void => {
    failure = error;
    options.observer.flushFailed(error, retryInMs);
  };

  const flushOnce = async (): Promise<void> => {
    isQueued = false;
    // The rows of a flush that was given up are gone: progress must not pass them.
    stopping.signal.throwIfAborted();
    const changed = [...options.partitions()].filter(({ hasProgress }) => hasProgress);
    const taken = changed.map((partition) => partition.flush());
    if (taken.length > 0) {
      failpoint('flush.taken');
      const startedMs = clock.monotonicMs();
      await untilDone(() => options.writeLogs(taken), failed, stopping.signal, clock);
      await untilDone(() => writeTables(options.sink, taken), failed, stopping.signal, clock);
      options.observer.flushed((clock.monotonicMs() - startedMs) / 1000, rowsIn(taken));
      await options.acknowledged(taken);
      failpoint('flush.acknowledged');
    }
    failure = undefined;
    lastAcknowledgedMs = clock.wallMs();
  };

  /** A flush already queued behind the one under way takes whatever is read until it begins. */
  const flush = (): Promise<void> => {
    if (isQueued) return underWay;
    isQueued = true;
    const before = underWay.catch(() => undefined);
    return (underWay = before.then(flushOnce).catch(breakingOff(stopping, options.failed)));
  };

  const stopTicking = clock.every(options.flushMs, () => {
    if (!isQueued) flush().catch(() => undefined);
  });

  return {
    flush,
    async stop(timeoutMs) {
      stopTicking();
      const cancelTimeout = clock.after(timeoutMs, () => stopping.abort(new Error(IN_VAIN)));
      await Promise.race([flush(), rejectedOnAbort(stopping.signal, () => failure)]).finally(cancelTimeout);
    },
    get lastAcknowledgedMs() {
      return lastAcknowledgedMs;
    },
    get failure() {
      return failure;
    },
  };
}

const IN_VAIN = 'the store did not acknowledge the last flush in time';

/** Ends all flushing, and passes the error on. */
function breakingOff(stopping: AbortController, failed: FlusherOptions['failed']): (error: unknown) => never {
  return (error) => {
    if (!stopping.signal.aborted) failed(error as Error);
    stopping.abort(error);
    throw error;
  };
}

/** The order matters: what progress claims, logs included, must be durable before it is written. */
async function writeTables(sink: RowSink, taken: readonly TakenFlush[]): Promise<void> {
  await sink.writeRows(taken);
  failpoint('flush.rows_written');
  await sink.writeProgress(taken);
  failpoint('flush.progress_written');
}

/** Rejects once the signal is aborted: a request may hang for longer. */
function rejectedOnAbort(signal: AbortSignal, failure: () => Error | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(failure() ?? (signal.reason as Error)));
  });
}

function rowsIn(taken: readonly TakenFlush[]): number {
  return taken.flatMap(({ rows }) => rows).reduce((sum, { length }) => sum + length, 0);
}
