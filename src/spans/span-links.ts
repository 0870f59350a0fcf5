/** The links of a batch's spans, in columns of their own beside its rows: few spans have any, and few operators ask. */
import { wider } from './wider.ts';

/** Words of `ids` a link takes: trace id (4), span id (2). */
export const LINK_WORDS = 6;

/** Links a span may have, OpenTelemetry's own limit; those after them are left out. */
export const LINKS_PER_SPAN_MAX = 128;

/** `length` links, in the order of their spans and, of each span, as it was given. A link without one of its ids is none. */
export interface SpanLinks {
  readonly length: number;
  /** Row of the span each link belongs to. */
  readonly from: Int32Array;
  /** LINK_WORDS big-endian words a link: what it names. */
  readonly ids: Int32Array;
}

const INITIAL_LINKS = 64;

/** Where codecs write links: for each they set `next`, then `add` it. */
export class LinkColumns implements SpanLinks {
  /** Whether anybody reads links. Where nobody does, codecs skip them. */
  readonly areWanted: boolean;
  length = 0;
  from = new Int32Array(INITIAL_LINKS);
  ids = new Int32Array(INITIAL_LINKS * LINK_WORDS);
  /** Ids of the link being read. */
  readonly next = new Int32Array(LINK_WORDS);
  #row = -1;
  #ofRow = 0;

  constructor(areWanted: boolean) {
    this.areWanted = areWanted;
  }

  /** Adds `next` to the links of a row, the batch's newest. */
  add(row: number): void {
    if (row !== this.#row) this.#ofRow = 0;
    this.#row = row;
    const { next, length } = this;
    const hasTraceId = (next[0]! | next[1]! | next[2]! | next[3]!) !== 0;
    if (!hasTraceId || (next[4]! | next[5]!) === 0 || this.#ofRow === LINKS_PER_SPAN_MAX) return;
    if (length === this.from.length) this.#grow();
    this.from[length] = row;
    this.ids.set(next, length * LINK_WORDS);
    this.length = length + 1;
    this.#ofRow++;
  }

  /** Takes back the links of the rows from `row` on. */
  truncate(row: number): void {
    while (this.length > 0 && this.from[this.length - 1]! >= row) this.length--;
    this.#row = -1;
  }

  #grow(): void {
    this.from = wider(this.from, this.from.length * 2);
    this.ids = wider(this.ids, this.ids.length * 2);
  }
}
