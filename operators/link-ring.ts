/**
 * The links read last: each with the span it belongs to and the ids it names, for some name spans that come later. There is room for one link
 * to every four spans of the neighbourhood, at 52 bytes a link, and none is taken before the first link. Where there are more, the oldest are
 * forgotten.
 */
import { LINK_WORDS } from '../src/spans/span-links.ts';
import { firstReached } from './columns.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { NONE, type Place } from './span-ring.ts';

/** A link's number, in the order of reading. */
export type Link = number;

const SPANS_PER_LINK = 4;

/** Links that a neighbourhood of so many spans has room for: a power of two. */
export function linksMaxOf(spansMax: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, spansMax / SPANS_PER_LINK)));
}

export class LinkRing {
  readonly #neighbourhood: Neighbourhood;
  readonly #linksMax: number;
  /** Links read so far. */
  #read = 0;
  /** Per link, at its number modulo `#linksMax`: its span's number, the ids it names, and how many links before it the next of its bucket is. */
  #owners = new Float64Array(0);
  #ids = new Int32Array(0);
  #distances = new Int32Array(0);
  /** Per bucket, 1 + the number of its newest link. */
  #newest = new Float64Array(0);
  /** What a profile's rules note per link, at `indexOf`. */
  callerAges = new Int32Array(0);
  entries = new Int32Array(0);

  constructor(neighbourhood: Neighbourhood) {
    this.#neighbourhood = neighbourhood;
    this.#linksMax = linksMaxOf(neighbourhood.spans.capacity);
  }

  get isEmpty(): boolean {
    return this.#read === 0;
  }

  /** Adds a link of the newest span to the six words of `ids` from `at`. */
  add(ids: Int32Array, at: number): Link {
    if (this.#read === 0) this.#allocate();
    const link = this.#read++;
    const index = this.indexOf(link);
    const bucket = this.#bucketOf(this.#neighbourhood.hashOf(ids, at));
    this.#owners[index] = this.#neighbourhood.spansRead - 1;
    this.#ids.set(ids.subarray(at, at + LINK_WORDS), index * LINK_WORDS);
    this.#distances[index] = Math.min(link + 1 - this.#newest[bucket]!, this.#linksMax);
    this.#newest[bucket] = link + 1;
    return link;
  }

  indexOf(link: Link): number {
    return link & (this.#linksMax - 1);
  }

  /** The span a link belongs to, or NONE where that has left. */
  ownerOf(link: Link): Place {
    const { spans, spansRead, held } = this.#neighbourhood;
    const age = spansRead - 1 - this.#owners[this.indexOf(link)]!;
    return age < held ? spans.placeAt(age) : NONE;
  }

  /** Copies what a link names into the first six words of `ids`. */
  copyIds(link: Link, ids: Int32Array): void {
    const at = this.indexOf(link) * LINK_WORDS;
    for (let word = 0; word < LINK_WORDS; word++) ids[word] = this.#ids[at + word]!;
  }

  /** The `max` newest links of a tenant's spans to the first six words of `ids`, in the order they were read. */
  naming(ids: Int32Array, tenant: number, max = Number.POSITIVE_INFINITY): readonly Link[] {
    const { spans } = this.#neighbourhood;
    const found: Link[] = [];
    if (this.isEmpty) return found;
    const bucket = this.#bucketOf(this.#neighbourhood.hashOf(ids, 0));
    let link = this.#newest[bucket]! - 1;
    for (; this.#isHeld(link) && found.length < max; link -= this.#distances[this.indexOf(link)]!)
      if (this.#names(link, ids) && spans.tenant(this.ownerOf(link)) === tenant) found.push(link);
    return found.reverse();
  }

  /** The links of a span that is held, in the order they were read. */
  of(owner: Place): readonly Link[] {
    const { spans, spansRead } = this.#neighbourhood;
    const number = spansRead - 1 - spans.age(owner);
    const oldest = Math.max(0, this.#read - this.#linksMax);
    const numberOf = (link: Link): number => this.#owners[this.indexOf(link)]!;
    // Links lie in the order of their spans.
    const first = firstReached(oldest, this.#read, (link) => numberOf(link) >= number);
    const found: Link[] = [];
    for (let link = first; link < this.#read && numberOf(link) === number; link++) found.push(link);
    return found;
  }

  #isHeld(link: Link): boolean {
    return link >= 0 && this.#read - link <= this.#linksMax && this.ownerOf(link) !== NONE;
  }

  #names(link: Link, ids: Int32Array): boolean {
    const at = this.indexOf(link) * LINK_WORDS;
    for (let word = 0; word < LINK_WORDS; word++) if (this.#ids[at + word] !== ids[word]) return false;
    return true;
  }

  #bucketOf(hash: number): number {
    return hash & (this.#linksMax - 1);
  }

  #allocate(): void {
    const links = this.#linksMax;
    this.#owners = new Float64Array(links);
    this.#ids = new Int32Array(links * LINK_WORDS);
    this.#distances = new Int32Array(links);
    this.#newest = new Float64Array(links);
    this.callerAges = new Int32Array(links);
    this.entries = new Int32Array(links);
  }
}
