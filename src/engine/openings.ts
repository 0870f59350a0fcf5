/** Openings of partitions under way: those of one partition come one after another, and all but the newest come to nothing. */
export class Openings {
  readonly #newest = new Map<string, Opening>();

  /** Runs `open` once those begun before it are through. It is to take no effect once `unwanted` is aborted, and need not wait for anything then. */
  begin(name: string, open: (unwanted: AbortSignal) => Promise<void>): Promise<void> {
    this.abandon(name);
    const before = this.#newest.get(name)?.done ?? Promise.resolve();
    const unwanted = new AbortController();
    const done = before.catch(() => undefined).then(() => open(unwanted.signal));
    this.#newest.set(name, { done, unwanted });
    return done;
  }

  /** The partition is lost: whoever is opening it ends, for nothing, and whoever opens it next waits for that. */
  abandon(name: string): void {
    this.#newest.get(name)?.unwanted.abort();
  }
}

interface Opening {
  readonly done: Promise<void>;
  readonly unwanted: AbortController;
}
