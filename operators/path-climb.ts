/** Paths by the definitions, of whatever trace: nothing is remembered, each chain is climbed again and all below is asked for. */
import type { Neighbourhood } from './neighbourhood.ts';
import type { PathSteps } from './path-steps.ts';
import type { PathWalk, WalkLimits } from './path-walk.ts';
import type { Relatives } from './relatives.ts';
import { PARENT } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

export class PathClimb {
  readonly #spans: SpanRing;
  readonly #relatives: Relatives;
  readonly #steps: PathSteps;
  readonly #walk: PathWalk;
  readonly #completedMax: number;
  /** The chain being climbed: as deep as it may be. */
  readonly #chain: Int32Array;

  constructor(
    { spans, relatives }: Neighbourhood,
    steps: PathSteps,
    walk: PathWalk,
    { depthMax, completedMax }: WalkLimits,
  ) {
    this.#spans = spans;
    this.#relatives = relatives;
    this.#steps = steps;
    this.#walk = walk;
    this.#completedMax = completedMax;
    this.#chain = new Int32Array(depthMax);
  }

  /** Fills the walk with the spans whose path the newest one completes, as far as limits allow, nearest first. */
  complete(newest: Place, parent: Place, children: readonly Place[]): void {
    const depth = this.#climb(newest, parent);
    if (depth === 0) return;
    const chain = this.#chain;
    let above = 0;
    let node = this.#steps.first(chain[depth - 1]!);
    for (let at = depth - 2; at >= 0; at--) {
      above = node;
      node = this.#steps.below(above, chain[at]!);
    }
    this.#walk.add(newest, node, depth, node !== above, 0);
    this.#descend(children);
  }

  /** Fills the chain, and returns its length: 0 where no root is seen, or only too far up. A cycle has none. */
  #climb(newest: Place, parent: Place): number {
    const chain = this.#chain;
    chain[0] = newest;
    let depth = 1;
    for (let above = parent; above !== NONE; above = this.#relatives.parentOf(above)) {
      if (depth === chain.length) return 0;
      chain[depth++] = above;
    }
    return this.#spans.hasId(chain[depth - 1]!, PARENT) ? 0 : depth;
  }

  #descend(children: readonly Place[]): void {
    const walk = this.#walk;
    const depthMax = this.#chain.length;
    for (let at = 0; at < walk.length && walk.length < this.#completedMax; at++) {
      const depth = walk.depths[at]!;
      if (depth === depthMax) return;
      const above = walk.nodes[at]!;
      for (const span of at === 0 ? children : this.#relatives.childrenOf(walk.places[at]!)) {
        if (walk.length >= this.#completedMax) return;
        const node = this.#steps.below(above, span);
        walk.add(span, node, depth + 1, node !== above, 0);
      }
    }
  }
}
