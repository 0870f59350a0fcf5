/** Time that passes when a schedule says so, and chance that a seed decides. */
import type { Clock } from '../../src/engine/clock.ts';
import { BASE_MS } from '../support/plain-span.ts';

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly action: () => void;
}

/** Lets everything run that waits for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

export class VirtualTime {
  nowMs = BASE_MS;
  readonly #timers = new Set<Timer>();
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = chanceOf(seed);
  }

  /** The clock of one process: `kill` stops it for good. */
  openClock(): Clock & { kill(): void } {
    const own = new Set<Timer>();
    const add = (ms: number, everyMs: number | undefined, action: () => void): (() => void) => {
      const timer: Timer = { dueMs: this.nowMs + ms, everyMs, action };
      this.#timers.add(timer);
      own.add(timer);
      return () => void this.#timers.delete(timer);
    };
    return {
      wallMs: () => this.nowMs,
      monotonicMs: () => this.nowMs - BASE_MS,
      after: (ms, action) => add(ms, undefined, action),
      every: (ms, action) => add(ms, ms, action),
      random: this.#chance,
      kill: () => {
        for (const timer of own) this.#timers.delete(timer);
      },
    };
  }

  /** Lets time pass; what is due happens in its order, and what follows from it before the next. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (let timer = this.#nextUntil(untilMs); timer !== undefined; timer = this.#nextUntil(untilMs)) {
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      if (timer.everyMs === undefined) this.#timers.delete(timer);
      else timer.dueMs += timer.everyMs;
      timer.action();
      await settled();
    }
    this.nowMs = untilMs;
  }

  #nextUntil(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    return next;
  }
}

/** Mulberry32. */
function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
