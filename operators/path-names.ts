/**
 * Names of tenants, services and operations as small integers of their own: those of the dictionary change whenever it is compacted, and paths
 * are remembered for longer.
 */
import type { Dictionary } from '../src/spans/dictionary.ts';
import { grown } from './columns.ts';

export class PathNames {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  /** By dictionary id, 1 + the name's number; for one epoch of the dictionary. */
  #known = new Int32Array(1024);
  #dictionary: Dictionary | undefined;
  #epoch = -1;

  /** Tells which dictionary the ids that follow are of. */
  read(dictionary: Dictionary): void {
    if (dictionary === this.#dictionary && dictionary.epoch === this.#epoch) return;
    this.#dictionary = dictionary;
    this.#epoch = dictionary.epoch;
    this.#known.fill(0);
  }

  /** The name of a dictionary id. */
  of(id: number): number {
    const known = id < this.#known.length ? this.#known[id]! : 0;
    return known === 0 ? this.#meet(id) : known - 1;
  }

  ofText(text: string): number {
    let name = this.#ids.get(text);
    if (name === undefined) {
      name = this.#texts.length;
      this.#ids.set(text, name);
      this.#texts.push(text);
    }
    return name;
  }

  text(name: number): string {
    return this.#texts[name]!;
  }

  #meet(id: number): number {
    const dictionary = this.#dictionary!;
    this.#known = grown(this.#known, dictionary.size);
    const name = this.ofText(dictionary.text(id));
    this.#known[id] = name + 1;
    return name;
  }
}
