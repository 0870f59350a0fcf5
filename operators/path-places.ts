/**
 * What paths know of the span at each place of the ring, in two words and a depth.
 *
 * A span is WHOLE while its chain of parents reaches a root: it holds the node of its path, its depth, and how old the oldest span of the
 * chain is at most, for a chain is whole only as long as all of it is held. It is PENDING while its chain does not: then the word that would hold
 * the row holds the newest of its children, and the one for the path the child of its parent that was read before it. So
 * who waits for a root is found without asking for children. Else it is UNKNOWN.
 */
import { NONE, type Place, type SpanRing } from './span-ring.ts';
import { PARENT, SPAN } from './span-hash.ts';

/** Flags of a span's first word; above them its row where it is counted, else 1 + the newest of its children. */
export const IS_PARENT = 1;
export const IS_CALL = 2;
export const IS_COUNTED = 4;
export const VALUE_SHIFT = 3;

const WORDS = 2;
const KNOWN = 0;
/** Of a WHOLE span its node above the era, of a PENDING one minus 2 + a place or NONE, else 0. */
const STATE = 1;

/**
 * The age of a chain is told in eras, of which a ring holds 16, so that it fits beside the node. 64 of them are told apart: more than can lie between the
 * oldest of a chain and the newest span, as long as one span of the chain is held.
 */
const ERAS_HELD = 16;
const ERA_BITS = 6;
const ERA_MASK = 2 ** ERA_BITS - 1;

export class PathPlaces {
  readonly #spans: SpanRing;
  readonly #words: Int32Array;
  readonly #depths: Uint8Array | Uint16Array;
  readonly #eraShift: number;
  /** Number of the newest span, modulo 2^32, and how many eras back all spans are held still. */
  #newest = 0;
  #held = 0;
  #erasBack = -1;

  constructor(spans: SpanRing, depthMax: number) {
    this.#spans = spans;
    this.#words = new Int32Array(spans.capacity * WORDS);
    this.#depths = depthMax < 256 ? new Uint8Array(spans.capacity) : new Uint16Array(spans.capacity);
    this.#eraShift = Math.max(0, Math.ceil(Math.log2(spans.capacity / ERAS_HELD)));
  }

  /** A span was read: the one of this number, with so many held. */
  open(newest: Place, number: number, held: number): void {
    this.#words[newest * WORDS + KNOWN] = 0;
    this.#words[newest * WORDS + STATE] = 0;
    this.#newest = number | 0;
    this.#held = held;
    const inEra = this.#newest & ((1 << this.#eraShift) - 1);
    this.#erasBack = (held - 1 - inEra) >> this.#eraShift;
  }

  known(place: Place): number {
    return this.#words[place * WORDS + KNOWN]!;
  }

  setKnown(place: Place, known: number): void {
    this.#words[place * WORDS + KNOWN] = known;
  }

  isPending(place: Place): boolean {
    return this.#words[place * WORDS + STATE]! < 0;
  }

  /** Whether the chain to the root was whole, and certainly still is. */
  isWhole(place: Place): boolean {
    const state = this.#words[place * WORDS + STATE]!;
    return state > 0 && this.#erasSince(state) <= this.#erasBack;
  }

  node(place: Place): number {
    return this.#words[place * WORDS + STATE]! >> ERA_BITS;
  }

  depth(place: Place): number {
    return this.#depths[place]!;
  }

  /** The era of a whole span's chain. */
  era(place: Place): number {
    return this.#words[place * WORDS + STATE]! & ERA_MASK;
  }

  /** The era of a chain that goes on with this span. */
  eraWith(era: number, place: Place): number {
    const own = ((this.#newest - this.#spans.age(place)) >>> this.#eraShift) & ERA_MASK;
    return this.#erasSince(own) > this.#erasSince(era) ? own : era;
  }

  /** The era of the newest span. */
  get eraNow(): number {
    return (this.#newest >>> this.#eraShift) & ERA_MASK;
  }

  setWhole(place: Place, node: number, era: number, depth: number): void {
    this.#words[place * WORDS + KNOWN]! &= IS_PARENT;
    this.#words[place * WORDS + STATE] = (node << ERA_BITS) | era;
    this.#depths[place] = depth;
  }

  setPending(place: Place): void {
    this.#words[place * WORDS + STATE] = -2 - NONE;
  }

  setUnknown(place: Place): void {
    this.#words[place * WORDS + STATE] = 0;
  }

  /** Makes a pending span the newest child of another. */
  addChild(parent: Place, child: Place): void {
    const known = this.known(parent);
    this.#words[child * WORDS + STATE] = -2 - ((known >> VALUE_SHIFT) - 1);
    this.setKnown(parent, ((child + 1) << VALUE_SHIFT) | (known & IS_PARENT));
  }

  /** The newest child of a pending span, or NONE. */
  firstChild(parent: Place): Place {
    return this.#child(parent, (this.known(parent) >> VALUE_SHIFT) - 1, -1);
  }

  /** The child of a pending span that was read before this one, or NONE. */
  nextChild(parent: Place, child: Place): Place {
    return this.#child(parent, -2 - this.#words[child * WORDS + STATE]!, this.#spans.age(child));
  }

  /** Marks the nodes of whole spans. */
  markNodes(used: Uint8Array): void {
    for (let at = STATE; at < this.#words.length; at += WORDS)
      if (this.#words[at]! > 0) used[this.#words[at]! >> ERA_BITS] = 1;
  }

  /** Renames them: `renamed[node]` is the new one. */
  renameNodes(renamed: Int32Array): void {
    for (let at = STATE; at < this.#words.length; at += WORDS) {
      const state = this.#words[at]!;
      if (state > 0) this.#words[at] = (renamed[state >> ERA_BITS]! << ERA_BITS) | (state & ERA_MASK);
    }
  }

  #erasSince(era: number): number {
    return (this.eraNow - era) & ERA_MASK;
  }

  /**
   * A child, if its place is still its own. Children are listed newest first, so what comes after one that left has left too; and a span that took
   * its place is younger, or has another parent.
   */
  #child(parent: Place, place: Place, youngerAge: number): Place {
    if (place === NONE) return NONE;
    const age = this.#spans.age(place);
    if (age <= youngerAge || age >= this.#held) return NONE;
    return this.#spans.isSameId(place, PARENT, parent, SPAN) ? place : NONE;
  }
}
