/**
 * How a long-running command ends: on SIGTERM or SIGINT, or because a part of it failed. Parts close in the opposite order of their
 * opening, each even if another cannot. The whole takes at most CLOSE_MS_MAX; a second signal ends the process at once.
 * Asked before everything is open, it closes what is.
 */
import type { Logger } from '../log.ts';
import { EXIT } from './failure.ts';

const CLOSE_MS_MAX = 24_000;
/** npm forwards the signal that a terminal has sent to the whole group: one Ctrl-C may arrive twice. */
const SAME_SIGNAL_MS = 500;

interface Part {
  readonly name: string;
  readonly close: () => Promise<unknown>;
}

export class Shutdown {
  /** Resolves when a signal asks to end; rejects when a part fails. */
  readonly asked: Promise<void>;
  /** Ends the command with an error. */
  fail!: (error: Error) => void;
  readonly #parts: Part[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
    this.asked = new Promise((resolve, reject) => {
      this.fail = reject;
      let askedMs: number | undefined;
      for (const signal of ['SIGTERM', 'SIGINT'] as const)
        process.on(signal, () => {
          if (askedMs !== undefined) {
            if (performance.now() - askedMs > SAME_SIGNAL_MS) process.exit(EXIT.failed);
            return;
          }
          askedMs = performance.now();
          log.info({ signal }, 'draining');
          resolve();
        });
    });
    // Whoever waits for it is told; a failure while closing has been logged.
    this.asked.catch((error: unknown) => log.debug({ error }, 'failed'));
  }

  add(name: string, close: () => Promise<unknown>): void {
    this.#parts.unshift({ name, close });
  }

  /** Closes every part. Throws the first error, after the last part. */
  async close(): Promise<void> {
    const giveUp = setTimeout(() => {
      this.#log.error('closing took too long; what was read and not written is read again at the next start');
      process.exit(EXIT.failed);
    }, CLOSE_MS_MAX);
    let first: Error | undefined;
    for (const { name, close } of this.#parts)
      await close().catch((error: unknown) => {
        first ??= new Error(`${name} could not be closed in order`, { cause: error });
      });
    clearTimeout(giveUp);
    if (first !== undefined) throw first;
  }
}
