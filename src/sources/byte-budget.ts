/**
 * Bytes a source may hold in memory. Whoever keeps bytes takes them first and gives them back when they are gone; nothing is
 * ever held beyond `bytesMax`. Among several holders one may hold no more than a share of what the others leave, so that none
 * can fill it alone: at one half the first may hold half, a second half of what is left, and so on. As bytes come back, k holders
 * that always want more near one part in k + 1 each, and at no time have they more than all but (1 - share)^k.
 */
export type Taking = 'taken' | 'full' | 'over_share';

/** The budget as one holder has it. */
export type HolderBudget = Pick<ByteBudget, 'take' | 'give'>;

const SOLE_HOLDER = '';

export class ByteBudget {
  readonly bytesMax: number;
  readonly #holderShare: number;
  readonly #heldBy = new Map<string, number>();
  #held = 0;
  #waiting: (() => void)[] = [];

  /** A `holderShare` of 1 lets one holder have everything. */
  constructor(bytesMax: number, holderShare = 1) {
    this.bytesMax = bytesMax;
    this.#holderShare = holderShare;
  }

  get bytesHeld(): number {
    return this.#held;
  }

  of(holder: string): HolderBudget {
    return {
      take: (bytes) => this.take(bytes, holder),
      give: (bytes) => this.give(bytes, holder),
    };
  }

  /** Nothing is taken where the budget has no room, or the holder its share. */
  take(bytes: number, holder = SOLE_HOLDER): Taking {
    if (this.#held + bytes > this.bytesMax) return 'full';
    const own = this.#heldBy.get(holder) ?? 0;
    const left = this.bytesMax - (this.#held - own);
    if (own + bytes > this.#holderShare * left) return 'over_share';
    this.#held += bytes;
    this.#heldBy.set(holder, own + bytes);
    return 'taken';
  }

  give(bytes: number, holder = SOLE_HOLDER): void {
    if (bytes === 0) return;
    const own = (this.#heldBy.get(holder) ?? 0) - bytes;
    if (own < 0) throw new Error('BUG: more bytes given back than taken');
    this.#held -= bytes;
    if (own === 0) this.#heldBy.delete(holder);
    else this.#heldBy.set(holder, own);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when bytes are next given back. */
  freed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
