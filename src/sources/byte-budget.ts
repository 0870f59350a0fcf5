/**
 * Bytes a source may hold in memory. Whoever keeps bytes takes them first and gives them back when they are gone; nothing is
 * ever held beyond `bytesMax`.
 */
export class ByteBudget {
  readonly bytesMax: number;
  #held = 0;
  #waiting: (() => void)[] = [];

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytesHeld(): number {
    return this.#held;
  }

  /** False, and nothing taken, where the budget has no room. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.bytesMax) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    if (bytes === 0) return;
    this.#held -= bytes;
    if (this.#held < 0) throw new Error('BUG: more bytes given back than taken');
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when bytes are next given back. */
  freed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
