/**
 * Paths of traces that are plain trees: no two spans held have one id. There a parent never gives way to a better one, so what is remembered of a
 * span holds until a span above it leaves or arrives: the parent tells the path of its child at once, and each span waits for its
 * root once. The work per span does not grow with its depth.
 */
import type { Neighbourhood } from './neighbourhood.ts';
import type { PathPlaces } from './path-places.ts';
import type { PathSteps } from './path-steps.ts';
import type { PathWalk, WalkLimits } from './path-walk.ts';
import { PARENT } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

export class PlainPaths {
  readonly #spans: SpanRing;
  readonly #places: PathPlaces;
  readonly #steps: PathSteps;
  readonly #walk: PathWalk;
  readonly #depthMax: number;
  readonly #completedMax: number;

  constructor(
    { spans }: Neighbourhood,
    places: PathPlaces,
    steps: PathSteps,
    walk: PathWalk,
    { depthMax, completedMax }: WalkLimits,
  ) {
    this.#spans = spans;
    this.#places = places;
    this.#steps = steps;
    this.#walk = walk;
    this.#depthMax = depthMax;
    this.#completedMax = completedMax;
  }

  /** Whether all that is known of the newest span's relatives holds: the parent waits or is whole, and the children wait for nobody else. */
  isKnown(parent: Place, children: readonly Place[]): boolean {
    const places = this.#places;
    if (parent !== NONE && !places.isPending(parent) && !places.isWhole(parent)) return false;
    for (const child of children) if (!places.isPending(child)) return false;
    return true;
  }

  /**
   * Fills the walk with the spans whose path the newest one completes, and remembers what it knows of them. False, and nothing is remembered,
   * where they are more than one span may complete.
   */
  complete(newest: Place, parent: Place, children: readonly Place[]): boolean {
    const places = this.#places;
    if (parent === NONE) {
      if (this.#spans.hasId(newest, PARENT)) this.#wait(newest, children);
      else return this.#descend(newest, this.#steps.first(newest), 1, true, places.eraNow, children);
    } else if (places.isPending(parent)) {
      this.#wait(newest, children);
      places.addChild(parent, newest);
    } else {
      const depth = places.depth(parent) + 1;
      const above = places.node(parent);
      if (depth > this.#depthMax) this.#wait(newest, children);
      else {
        const node = this.#steps.below(above, newest);
        return this.#descend(newest, node, depth, node !== above, places.era(parent), children);
      }
    }
    return true;
  }

  /** No root is seen, or only too far up. */
  #wait(newest: Place, children: readonly Place[]): void {
    this.#places.setPending(newest);
    for (const child of children) this.#places.addChild(newest, child);
  }

  #descend(
    newest: Place,
    node: number,
    depth: number,
    isKept: boolean,
    era: number,
    children: readonly Place[],
  ): boolean {
    const walk = this.#walk;
    walk.add(newest, node, depth, isKept, era);
    if (depth < this.#depthMax) {
      for (const child of children) if (!this.#step(0, child)) return false;
      for (let at = 1; at < walk.length && walk.depths[at]! < this.#depthMax; at++)
        if (!this.#stepToChildren(at)) return false;
    }
    for (let at = 0; at < walk.length; at++)
      this.#places.setWhole(walk.places[at]!, walk.nodes[at]!, walk.eras[at]!, walk.depths[at]!);
    return true;
  }

  #stepToChildren(at: number): boolean {
    const parent = this.#walk.places[at]!;
    const places = this.#places;
    for (let child = places.firstChild(parent); child !== NONE; child = places.nextChild(parent, child))
      if (!this.#step(at, child)) return false;
    return true;
  }

  #step(at: number, child: Place): boolean {
    const walk = this.#walk;
    if (walk.length >= this.#completedMax) return false;
    const above = walk.nodes[at]!;
    const node = this.#steps.below(above, child);
    const era = this.#places.eraWith(walk.eras[at]!, child);
    walk.add(child, node, walk.depths[at]! + 1, node !== above, era);
    return true;
  }
}
