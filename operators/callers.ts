/** Who called a span: its first ancestor that is not INTERNAL, as far as the newest span's neighbourhood shows. */
import { INTERNAL } from '../src/spans/span-batch.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

/** INTERNAL spans between a child and its caller beyond which no edge is drawn: bounds the work of a hostile chain. */
const BRIDGED_MAX = 64;

export class Callers {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;

  constructor(neighbourhood: Neighbourhood) {
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
  }

  /** The (child, caller) pairs whose chain the newest span completes, in the order the children were read. */
  completedBy(newest: Place): readonly (readonly [Place, Place])[] {
    const caller = this.#callerOf(newest);
    const isInternal = this.#spans.kind(newest) === INTERNAL;
    const anchor = isInternal ? caller : newest;
    const pairs: [Place, Place][] = anchor === NONE ? [] : this.#below(newest, anchor);
    if (!isInternal && caller !== NONE) pairs.push([newest, caller]);
    return pairs.length < 2 ? pairs : pairs.sort(([a], [b]) => this.#spans.age(b) - this.#spans.age(a));
  }

  #callerOf(span: Place): Place {
    let ancestor = span;
    for (let bridged = 0; bridged <= BRIDGED_MAX; bridged++) {
      ancestor = this.#neighbourhood.relatives.parentOf(ancestor);
      if (ancestor === NONE || ancestor === span) return NONE;
      if (this.#spans.kind(ancestor) !== INTERNAL) return ancestor;
    }
    return NONE;
  }

  /** The spans whose first ancestor that is not INTERNAL is `anchor`, through `from`. */
  #below(from: Place, anchor: Place): [Place, Place][] {
    const found: [Place, Place][] = [];
    let layer = this.#neighbourhood.relatives.childrenOf(from);
    for (let bridged = 0; bridged <= BRIDGED_MAX && layer.length > 0; bridged++) {
      const next: Place[] = [];
      for (const child of layer) {
        if (child === anchor) continue;
        if (this.#spans.kind(child) !== INTERNAL) found.push([child, anchor]);
        else for (const below of this.#neighbourhood.relatives.childrenOf(child)) next.push(below);
      }
      layer = next;
    }
    return found;
  }
}
