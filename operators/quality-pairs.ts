/**
 * Facts of a span and its parent: all that a check's verdict on the two may go by. Like a span's own facts they are bits, so few that they
 * number the lines of a table: a check is asked once for each line.
 */
import type { Place, SpanRing } from './span-ring.ts';

/** A fact on times that a check asked for: its bit. */
export type PairFact = number;

/** Bits of a line's number: the kinds of both, whether their services differ, then one a fact. */
const OTHER_SHIFT = 3;
const KIND_BITS = 7;
const IS_FOREIGN = 1 << 6;
const FIRST_FACT = 7;
const FACTS_MAX = 8;

/** Bounds and the bits of those who asked for them: columns, as each pair is held against all. */
class Bounds {
  length = 0;
  readonly us = new Float64Array(FACTS_MAX);
  readonly bits = new Int32Array(FACTS_MAX);

  find(us: number): PairFact | undefined {
    const at = this.us.subarray(0, this.length).indexOf(us);
    return at < 0 ? undefined : this.bits[at]!;
  }

  add(us: number, bit: PairFact): void {
    this.us[this.length] = us;
    this.bits[this.length++] = bit;
  }
}

export class Pairs {
  readonly #early = new Bounds();
  readonly #late = new Bounds();

  /** Lines of a table by the facts asked for so far. */
  get lines(): number {
    return 1 << (FIRST_FACT + this.#early.length + this.#late.length);
  }

  /** The span starts more than so long before its parent. */
  startsBefore(us: number): PairFact {
    return this.#add(this.#early, us);
  }

  /** The span starts more than so long after its parent ended. */
  startsAfterEnd(us: number): PairFact {
    return this.#add(this.#late, us);
  }

  /** The line of a span and its parent. */
  lineOf(spans: SpanRing, span: Place, parent: Place): number {
    let line = spans.kind(span) | (spans.kind(parent) << OTHER_SHIFT);
    if (spans.service(span) !== spans.service(parent)) line |= IS_FOREIGN;
    const afterUs = spans.startUs(span) - spans.startUs(parent);
    const early = this.#early;
    for (let at = 0; at < early.length; at++) if (afterUs < -early.us[at]!) line |= early.bits[at]!;
    const late = this.#late;
    if (late.length === 0) return line;
    const durationUs = spans.durationUs(parent);
    for (let at = 0; at < late.length; at++) if (afterUs > durationUs + late.us[at]!) line |= late.bits[at]!;
    return line;
  }

  #add(bounds: Bounds, us: number): PairFact {
    const known = bounds.find(us);
    if (known !== undefined) return known;
    const at = this.#early.length + this.#late.length;
    if (at === FACTS_MAX) throw new Error('BUG: more facts on times than a line has bits for');
    const bit = 1 << (FIRST_FACT + at);
    bounds.add(us, bit);
    return bit;
  }
}

/** What checks see of two spans, of which the other is the parent, or bears the same id. */
export class PairView {
  line = 0;

  /** Index into SPAN_KINDS. */
  get kind(): number {
    return this.line & KIND_BITS;
  }

  get otherKind(): number {
    return (this.line >>> OTHER_SHIFT) & KIND_BITS;
  }

  /** Whether their services differ. */
  get isForeign(): boolean {
    return (this.line & IS_FOREIGN) !== 0;
  }

  is(fact: PairFact): boolean {
    return (this.line & fact) !== 0;
  }
}
