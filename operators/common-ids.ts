/**
 * Ids that many spans have, and where those spans lie, side by side: a walk along the chain of an id waits for each of them in turn. Whoever
 * sends spans chooses ids, and one id everywhere took four times what ordinary ids take. Nothing here says anything else than such a walk would.
 */
import { CLIENT, SERVER } from '../src/spans/span-batch.ts';
import type { Chains } from './chains.ts';
import { type PARENT, SPAN } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

/** Occurrences of one id in a neighbourhood beyond which it joins nothing, and no repeat is looked for: bounds what a hostile id costs. */
export const OCCURRENCES_MAX = 64;

/** Occurrences from which on an id is kept here. */
export const COMMON_FROM = 16;

/** One more than are asked for, to tell that there are more. */
const KEPT = OCCURRENCES_MAX + 1;
/** Ids kept, one for each value of some bits of their hashes: the newest of those that share them. */
const IDS_MAX = 512;

export class CommonIds {
  readonly #spans: SpanRing;
  readonly #byId: Chains;
  /** Occurrences of each id so far; its last KEPT lie in the columns, each at its number modulo KEPT. */
  readonly #counts = new Int32Array(IDS_MAX);
  /** Spans read before each occurrence. */
  #numbers = new Float64Array(0);
  #services = new Int32Array(0);
  #kinds = new Uint8Array(0);
  /** Equal where spans are one, reported twice. */
  #contents = new Int32Array(0);

  constructor(spans: SpanRing, byId: Chains) {
    this.#spans = spans;
    this.#byId = byId;
  }

  /** The id in `field` of a span, if it is kept and one of its spans is held; else NONE. `hash`: of that id. */
  find(place: Place, field: typeof SPAN | typeof PARENT, hash: number, held: number): number {
    const id = hash & (IDS_MAX - 1);
    if (this.#counts[id] === 0) return NONE;
    const newest = this.#placeOf(id, this.#counts[id]! - 1, held);
    return newest !== NONE && this.#spans.isSameId(newest, SPAN, place, field) ? id : NONE;
  }

  /** Keeps the id in `field` of a span from now on. */
  open(place: Place, field: typeof SPAN | typeof PARENT, hash: number, held: number): number {
    if (this.#numbers.length === 0) {
      this.#numbers = new Float64Array(IDS_MAX * KEPT);
      this.#services = new Int32Array(IDS_MAX * KEPT);
      this.#kinds = new Uint8Array(IDS_MAX * KEPT);
      this.#contents = new Int32Array(IDS_MAX * KEPT);
    }
    const places: Place[] = [];
    for (let one = this.#byId.first(hash); one >= 0 && places.length < KEPT; one = this.#byId.next()) {
      if (this.#spans.age(one) >= held) break;
      if (this.#spans.isSameId(one, SPAN, place, field)) places.push(one);
    }
    const id = hash & (IDS_MAX - 1);
    this.#counts[id] = 0;
    for (const one of places.reverse()) this.add(id, one);
    return id;
  }

  /** Adds a span to its id: every span of it that is read. */
  add(id: number, place: Place): void {
    const count = this.#counts[id]!;
    const at = this.#at(id, count);
    // As many more as are kept say no more than that they are kept.
    this.#counts[id] = count + 1 === 2 * KEPT ? KEPT : count + 1;
    this.#numbers[at] = this.#spans.spansRead - 1 - this.#spans.age(place);
    this.#services[at] = this.#spans.service(place);
    this.#kinds[at] = this.#spans.kind(place);
    this.#contents[at] = this.#spans.contentHash(place);
  }

  /** Whether more spans of an id are held than join anything. */
  isCrowded(id: number, held: number): boolean {
    const count = this.#counts[id]!;
    return count >= KEPT && this.#placeOf(id, count - KEPT, held) !== NONE;
  }

  /** Whether the span added last repeats one of the OCCURRENCES_MAX before it. */
  isRepeat(id: number, place: Place, held: number): boolean {
    const content = this.#spans.contentHash(place);
    const count = this.#counts[id]!;
    for (let one = count - 2; one >= Math.max(0, count - KEPT); one--) {
      if (this.#contents[this.#at(id, one)] !== content) continue;
      const earlier = this.#placeOf(id, one, held);
      if (earlier === NONE) return false;
      if (this.#spans.isSameSpan(place, earlier)) return true;
    }
    return false;
  }

  /** Of the spans of an id the one of the highest rank above 0 as the parent of a child that has it in `field`, read first among equals. */
  best(id: number, child: Place, field: typeof SPAN | typeof PARENT, held: number): Place {
    if (this.isCrowded(id, held)) return NONE;
    const service = this.#spans.service(child);
    let best = NONE;
    let bestRank = 1;
    const count = this.#counts[id]!;
    for (let one = count - 1; one >= Math.max(0, count - KEPT); one--) {
      const at = this.#at(id, one);
      const rank = rankOf(field, this.#kinds[at]!, this.#services[at] === service);
      if (rank < bestRank) continue;
      const place = this.#placeOf(id, one, held);
      if (place === NONE) break;
      if (place === child) continue;
      best = place;
      bestRank = rank;
    }
    return best;
  }

  /** The spans of an id that are held, newest first. */
  places(id: number, held: number): readonly Place[] {
    const places: Place[] = [];
    for (let one = this.#counts[id]! - 1; one >= Math.max(0, this.#counts[id]! - KEPT); one--) {
      const place = this.#placeOf(id, one, held);
      if (place === NONE) break;
      places.push(place);
    }
    return places;
  }

  /** Forgets all, where spans are now called otherwise. */
  clear(): void {
    this.#counts.fill(0);
  }

  #at(id: number, occurrence: number): number {
    return id * KEPT + (occurrence % KEPT);
  }

  /** The place of an occurrence; NONE where it has left. */
  #placeOf(id: number, occurrence: number, held: number): Place {
    const age = this.#spans.spansRead - 1 - this.#numbers[this.#at(id, occurrence)]!;
    return age < held ? this.#spans.placeAt(age) : NONE;
  }
}

/**
 * Of spans with the id in `field` of a child, how much one is its parent. With its own id, a CLIENT span; with its parent's, one of its own
 * service first, then a SERVER span.
 */
export function rankOf(field: typeof SPAN | typeof PARENT, kind: number, isOfOwnService: boolean): number {
  if (field === SPAN) return kind === CLIENT ? 1 : 0;
  return 1 + (isOfOwnService ? 2 : 0) + (kind === SERVER ? 1 : 0);
}
