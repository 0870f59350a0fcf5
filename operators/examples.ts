/**
 * Example traces of rows: those of the smallest hashes, so that whichever order facts come in, the same traces stay. A hash is a
 * function of the trace alone: no trace takes two places.
 */
import { grown } from './columns.ts';

/** Example traces a row keeps. */
export const EXAMPLES_MAX = 3;

/** Above every hash: the place is free. */
const FREE = 2 ** 32;

export class Examples {
  /** EXAMPLES_MAX hashes a row, in order. */
  #hashes = new Float64Array(16 * EXAMPLES_MAX);
  readonly #traceIds: string[][] = [];

  /** Makes room for the next row. */
  open(row: number): void {
    this.#hashes = grown(this.#hashes, (row + 1) * EXAMPLES_MAX);
    this.#hashes.fill(FREE, row * EXAMPLES_MAX, (row + 1) * EXAMPLES_MAX);
    this.#traceIds.push([]);
  }

  /** Whether a trace may be among the row's examples: few are, so its id need not be spelt before. */
  admits(row: number, hash: number): boolean {
    return hash <= this.#hashes[(row + 1) * EXAMPLES_MAX - 1]!;
  }

  /** Adds a trace that is admitted. Where hashes are equal, the ids decide. */
  add(row: number, hash: number, traceId: string): void {
    const hashes = this.#hashes;
    const traceIds = this.#traceIds[row]!;
    if (traceIds.includes(traceId)) return;
    const first = row * EXAMPLES_MAX;
    let at = 0;
    while (
      at < traceIds.length &&
      (hashes[first + at]! < hash || (hashes[first + at] === hash && traceIds[at]! < traceId))
    )
      at++;
    if (at === EXAMPLES_MAX) return;
    hashes.copyWithin(first + at + 1, first + at, first + EXAMPLES_MAX - 1);
    hashes[first + at] = hash;
    traceIds.splice(at, 0, traceId);
    if (traceIds.length > EXAMPLES_MAX) traceIds.pop();
  }

  /** The row's traces, as they are now. */
  of(row: number): readonly string[] {
    return [...this.#traceIds[row]!];
  }
}
