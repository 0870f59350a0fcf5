/** Who called a span: its first ancestor that is not INTERNAL, as far as the newest span's neighbourhood shows. */
import { INTERNAL } from '../src/spans/span-batch.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { PlaceList } from './place-list.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

/** INTERNAL spans between a child and its caller beyond which no edge is drawn: bounds the work of a hostile chain. */
const BRIDGED_MAX = 64;

export interface CallVisitor {
  connect(callee: Place, caller: Place): void;
}

export class Callers {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  /** Whom the newest span connects to one caller. */
  readonly #found = new PlaceList();

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
    if (anchor !== NONE && children.length > 0) this.#connectBelow(children, anchor, visitor);
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

  /** Connects the spans whose first ancestor that is not INTERNAL is `anchor`: of `children`, and below those that are INTERNAL. */
  #connectBelow(children: readonly Place[], anchor: Place, visitor: CallVisitor): void {
    if (!this.#needsBridging(children, anchor)) {
      for (const child of children) visitor.connect(child, anchor);
      return;
    }
    const found = this.#found;
    found.clear();
    this.#find(children, anchor, 0);
    found.sort(this.#spans);
    for (let at = 0; at < found.length; at++) visitor.connect(found.at(at), anchor);
  }

  #find(children: readonly Place[], anchor: Place, bridged: number): void {
    for (const child of children) {
      if (child === anchor) continue;
      if (this.#spans.kind(child) !== INTERNAL) this.#found.push(child);
      else if (bridged < BRIDGED_MAX)
        this.#find(this.#neighbourhood.relatives.childrenOf(child), anchor, bridged + 1);
    }
  }

  #needsBridging(children: readonly Place[], anchor: Place): boolean {
    for (const child of children) if (this.#spans.kind(child) === INTERNAL || child === anchor) return true;
    return false;
  }
}
