/**
 * Whom the links of CONSUMER spans lead to. A link leads to the PRODUCER or CLIENT span of its tenant with the ids it names; where there are
 * several, to the one read first.
 */
import { CLIENT, CONSUMER, PRODUCER, type SpanBatch } from '../src/spans/span-batch.ts';
import { LINK_WORDS, type SpanLinks } from '../src/spans/span-links.ts';
import { firstReached } from './columns.ts';
import { type Link, LinkRing } from './link-ring.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { SPAN } from './span-hash.ts';
import { NONE, type Place } from './span-ring.ts';

export interface LinkVisitor {
  /** A link was read: the newest span's. */
  read(link: Link): void;
  /** The newest span completes a link. */
  found(link: Link, owner: Place, producer: Place): void;
}

export class LinkedProducers {
  readonly ring: LinkRing;
  readonly #neighbourhood: Neighbourhood;
  readonly #scratch = new Int32Array(LINK_WORDS);

  constructor(neighbourhood: Neighbourhood) {
    this.#neighbourhood = neighbourhood;
    this.ring = new LinkRing(neighbourhood);
  }

  settle(newest: Place, batch: SpanBatch, row: number, visitor: LinkVisitor): void {
    const kind = this.#neighbourhood.spans.kind(newest);
    if (kind === CONSUMER) this.#read(newest, batch.links, row, visitor);
    else if ((kind === PRODUCER || kind === CLIENT) && !this.ring.isEmpty) this.#complete(newest, visitor);
  }

  /** Reads a span's own links, each once however often it is given. */
  #read(newest: Place, links: SpanLinks, row: number, visitor: LinkVisitor): void {
    const tenant = this.#neighbourhood.spans.tenant(newest);
    const { length, from, ids } = links;
    const first = firstReached(0, length, (link) => from[link]! >= row);
    for (let one = first; one < length && from[one] === row; one++) {
      const at = one * LINK_WORDS;
      if (isGivenBefore(ids, first * LINK_WORDS, at)) continue;
      const link = this.ring.add(ids, at);
      visitor.read(link);
      const producer = this.#producerOf(ids, at, tenant);
      if (producer !== NONE) visitor.found(link, newest, producer);
    }
  }

  /** Completes the links that waited for a span. */
  #complete(newest: Place, visitor: LinkVisitor): void {
    const { spans } = this.#neighbourhood;
    const tenant = spans.tenant(newest);
    spans.copyIds(newest, SPAN, this.#scratch);
    const waiting = this.ring.naming(this.#scratch, tenant);
    if (waiting.length === 0 || this.#producerOf(this.#scratch, 0, tenant) !== newest) return;
    for (const link of waiting) visitor.found(link, this.ring.ownerOf(link), newest);
  }

  #producerOf(ids: Int32Array, at: number, tenant: number): Place {
    const { spans } = this.#neighbourhood;
    const isProducer = (span: Place): boolean => spans.kind(span) === PRODUCER || spans.kind(span) === CLIENT;
    return this.#neighbourhood.relatives.find(SPAN, ids, at, tenant).findLast(isProducer) ?? NONE;
  }
}

function isGivenBefore(ids: Int32Array, first: number, at: number): boolean {
  for (let other = first; other < at; other += LINK_WORDS) {
    let word = 0;
    while (word < LINK_WORDS && ids[other + word] === ids[at + word]) word++;
    if (word === LINK_WORDS) return true;
  }
  return false;
}
