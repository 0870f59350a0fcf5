/** Spans without a parent id, by their trace. */
import { Chains, makeBuckets } from './chains.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { PARENT, SPAN, TRACE } from './span-hash.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Roots of one trace, repeats included, beyond which none is looked at again. */
export const ROOTS_MAX = 16;

export class Roots {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #byTrace: Chains;
  readonly #ids = new Int32Array(SPAN + 2);

  constructor(neighbourhood: Neighbourhood) {
    const { capacity } = neighbourhood.spans;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#byTrace = new Chains(capacity, makeBuckets(Math.ceil(capacity / 8)));
  }

  /** Indexes the newest span, where it is one. Returns whether its trace may have others. */
  add(newest: Place): boolean {
    this.#byTrace.advance(newest);
    return this.isOne(newest) && this.#byTrace.add(this.#hash(newest), newest);
  }

  /** Whether a span of a trace names no parent. */
  isOne(place: Place): boolean {
    return !this.#spans.hasId(place, PARENT) && this.#spans.hasTraceId(place);
  }

  /** Spans of its trace without a parent id, newest first: no more of them than are looked at. */
  beside(place: Place): readonly Place[] {
    const spans = this.#spans;
    const { held } = this.#neighbourhood;
    const found: Place[] = [];
    for (
      let one = this.#byTrace.first(this.#hash(place));
      one >= 0 && spans.age(one) < held && found.length <= ROOTS_MAX;
      one = this.#byTrace.next()
    )
      if (spans.isSameId(one, TRACE, place, TRACE)) found.push(one);
    return found.length > ROOTS_MAX && !found.includes(place) ? [place, ...found] : found;
  }

  #hash(place: Place): number {
    const ids = this.#ids;
    this.#spans.copyIds(place, SPAN, ids);
    ids[SPAN] = ids[SPAN + 1] = 0;
    return this.#neighbourhood.hashOf(ids, 0);
  }
}
