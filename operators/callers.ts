/** Who called a span: its first ancestor that is not INTERNAL, as far as the newest span's neighbourhood shows. */
import { INTERNAL } from '../src/spans/span-batch.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

/** INTERNAL spans between a child and its caller beyond which no edge is drawn: bounds the work of a hostile chain. */
const BRIDGED_MAX = 64;

export interface CallVisitor {
  connect(callee: Place, caller: Place): void;
}

export class Callers {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;

  constructor(neighbourhood: Neighbourhood) {
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
  }

  /** Tells the visitor of each call whose chain the newest span completes, in the order the callees were read. */
  complete(newest: Place, visitor: CallVisitor): void {
    const isInternal = this.#spans.kind(newest) === INTERNAL;
    const children = this.#neighbourhood.relatives.childrenOf(newest);
    if (isInternal && children.length === 0) return;
    const caller = this.#callerOf(newest);
    const anchor = isInternal ? caller : newest;
    if (anchor !== NONE && children.length > 0)
      for (const callee of this.#below(children, anchor)) visitor.connect(callee, anchor);
    // The newest span is read last.
    if (!isInternal && caller !== NONE) visitor.connect(newest, caller);
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

  /** The spans whose first ancestor that is not INTERNAL is `anchor`: of `children`, and below those that are INTERNAL. */
  #below(children: readonly Place[], anchor: Place): readonly Place[] {
    const spans = this.#spans;
    if (!this.#needsBridging(children, anchor)) return children;
    const found: Place[] = [];
    let layer = children;
    for (let bridged = 0; bridged <= BRIDGED_MAX && layer.length > 0; bridged++) {
      const next: Place[] = [];
      for (const child of layer) {
        if (child === anchor) continue;
        if (spans.kind(child) !== INTERNAL) found.push(child);
        else for (const below of this.#neighbourhood.relatives.childrenOf(child)) next.push(below);
      }
      layer = next;
    }
    return found.sort((a, b) => spans.age(b) - spans.age(a));
  }

  #needsBridging(children: readonly Place[], anchor: Place): boolean {
    for (const child of children) if (this.#spans.kind(child) === INTERNAL || child === anchor) return true;
    return false;
  }
}
