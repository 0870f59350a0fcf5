/**
 * What lies between processes and the store: each request meets its fate, now or when a step decides, and what a sender gave up on may still
 * land. A request of a process that died is answered to nobody.
 */
import type { Fate } from './schedule.ts';

/** What a write does on landing: all of it, or of each of its rows what `has` says. */
export type Landing = (has: (row: number) => boolean) => void;

/** The store said no, or nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface Sender {
  readonly isAlive: boolean;
}

interface Held {
  readonly sender: Sender;
  readonly settle: (fate: Fate) => void;
  /** What lands although its sender died; reads have none. */
  readonly landing: Landing | undefined;
}

const ALL = (): boolean => true;

export class Network {
  readonly #fates: Fate[];
  #held: Held[] = [];
  /** Writes on their way that nobody waits for. */
  #late: Landing[] = [];

  constructor(fates: readonly Fate[]) {
    this.#fates = [...fates];
  }

  /** Whether anything a process asked is still on its way. */
  isWaiting(sender: Sender): boolean {
    return this.#held.some((held) => held.sender === sender);
  }

  /** From here on every request is answered, and works. */
  heal(): void {
    this.#fates.length = 0;
    for (const { sender, settle } of this.#held.splice(0)) if (sender.isAlive) settle('ok');
  }

  /** The answer is that of the moment of asking, however late it comes. */
  ask<T>(sender: Sender, answer: () => T, staleAnswer: () => T = answer): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = answer();
      const settle = (fate: Fate): void => {
        if (fate === 'refused') reject(new Refusal('read refused'));
        else resolve(fate === 'stale' ? staleAnswer() : asked);
      };
      this.#send({ sender, settle, landing: undefined });
    });
  }

  tell(sender: Sender, landing: Landing): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (fate: Fate): void => {
        const isLate = fate === 'late' || fate === 'twice';
        if (fate === 'partly') landing((row) => row % 2 === 0);
        else if (fate !== 'refused' && fate !== 'late') landing(ALL);
        if (isLate) this.#late.push(landing);
        if (fate === 'ok' || fate === 'twice' || fate === 'stale') resolve();
        else reject(new Refusal(`write ${fate}`));
      };
      this.#send({ sender, settle, landing });
    });
  }

  /** Decides on a request that is held. */
  answer(request: number, fate: Fate): void {
    const [held] = this.#held.splice(request % Math.max(1, this.#held.length), 1);
    held?.settle(fate === 'held' ? 'ok' : fate);
  }

  land(insert: number, isWhole: boolean): void {
    const [landing] = this.#late.splice(insert % Math.max(1, this.#late.length), 1);
    landing?.(isWhole ? ALL : (row) => row % 3 !== 0);
  }

  /** Lands everything that is late, the newest first. */
  landAll(): void {
    for (const landing of this.#late.splice(0).reverse()) landing(ALL);
  }

  /** What a dead process had on its way may land yet. */
  abandon(sender: Sender): void {
    for (const held of this.#held)
      if (held.sender === sender && held.landing !== undefined) this.#late.push(held.landing);
    this.#held = this.#held.filter((held) => held.sender !== sender);
  }

  #send(request: Held): void {
    const fate = this.#fates.shift() ?? 'ok';
    if (fate === 'held') this.#held.push(request);
    else request.settle(fate);
  }
}
