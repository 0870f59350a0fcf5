/** Openings of partitions under way: those of one partition come one after another, and all but the newest come to nothing. */
export class Openings {
  readonly #newest = new Map<string, Promise<void>>();

  /** Runs `open` once those begun before it are through. It is to ask `isWanted` before it takes effect. */
  begin(name: string, open: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    const before = this.#newest.get(name) ?? Promise.resolve();
    const isWanted = (): boolean => this.#newest.get(name) === opening;
    const opening = before.catch(() => undefined).then(() => open(isWanted));
    this.#newest.set(name, opening);
    return opening;
  }

  /** The partition is lost: whoever is opening it goes on, for nothing, and whoever opens it next waits for that. */
  abandon(name: string): void {
    const opening = this.#newest.get(name);
    if (opening !== undefined)
      this.#newest.set(
        name,
        opening.catch(() => undefined),
      );
  }
}
