/** Tries again until it works: after 0.2 s, then twice as long each time, 30 s at most, with jitter. */
import type { Clock } from './clock.ts';

const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 30_000;

/** Rejects with the last failure once `signal` is aborted. `failed` hears of each failure and when the next try comes; where it throws, none does. */
export async function untilDone<Result>(
  action: () => Promise<Result>,
  failed: (error: Error, retryInMs: number) => void,
  signal: AbortSignal,
  clock: Clock,
): Promise<Result> {
  for (let waitMs = RETRY_MS_MIN; ; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
    try {
      return await action();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      failed(failure, waitMs);
      await pause(waitMs * (0.5 + clock.random() / 2), signal, clock);
      if (signal.aborted) throw failure;
    }
  }
}

function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
