/** Asks the store now and then whether it answers: `/readyz` then knows of a mute one before a flush has waited for it in vain, and without traffic. */
import { type Clock, SYSTEM_CLOCK } from '../engine/clock.ts';
import type { StoreReader } from '../sinks/store-reader.ts';

const INTERVAL_MS = 3000;
const TIMEOUT_MS = 5000;

export interface StoreWatch {
  /** What the last question found. */
  readonly isAnswering: boolean;
  stop(): void;
}

export function watchStore(reader: Pick<StoreReader, 'query'>, clock: Clock = SYSTEM_CLOCK): StoreWatch {
  let isAnswering = true;
  let isAsking = false;
  const ask = async (): Promise<void> => {
    isAsking = true;
    const giveUp = new AbortController();
    const cancelTimeout = clock.after(TIMEOUT_MS, () => giveUp.abort());
    isAnswering = await reader.query('SELECT 1', {}, giveUp.signal).then(
      () => true,
      () => false,
    );
    cancelTimeout();
    isAsking = false;
  };
  const stop = clock.every(INTERVAL_MS, () => {
    if (!isAsking) void ask();
  });
  return {
    get isAnswering() {
      return isAnswering;
    },
    stop,
  };
}
