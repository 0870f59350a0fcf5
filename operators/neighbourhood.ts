/**
 * The neighbourhood of a span: itself and the spans read before it, `spansMax` in all, none from before the slot that precedes its
 * own. One store a partition, shared by every operator that looks beyond one span: spans go in one by one, in log order, and after
 * each the operators settle what it completes. Spans leave by position; nothing derived from a span that left is kept here.
 *
 * A span takes 64 bytes in the ring and 18 in three hash chains. A chain runs from newer to older positions and ends at the first that has
 * left, so nothing is ever deleted.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { PARENT, type Position, SPAN, SpanRing } from './span-ring.ts';
import { type WindowRules, windowOf } from './window.ts';

export interface NeighbourhoodOptions extends WindowRules {
  /** Spans a neighbourhood may hold. */
  readonly spansMax: number;
  /** Length of a slot in offsets. */
  readonly slotMessages: number;
}

/** No span: no parent is known. */
export const NONE = -1;

/** Occurrences of one id beyond which it joins nothing: bounds the work a hostile id can cause. Counted in the neighbourhood. */
export const OCCURRENCES_MAX = 64;

/** Called after each span read: `row` is its row in the batch. */
export type Settle = (newest: Position, batch: SpanBatch, row: number) => void;

const SERVER = 2;
const CLIENT = 3;

/** Record times are kept for one span in this many, for the metric alone. */
const TIME_STRIDE = 1024;

export class Neighbourhood {
  readonly spans: SpanRing;
  readonly #options: NeighbourhoodOptions;
  readonly #seed: number;
  readonly #isJoined: boolean;
  readonly #timesMs: Float64Array;
  readonly #repeats: Chains;
  readonly #byId: Chains;
  readonly #byParent: Chains;
  #slot = Number.NaN;
  #previousSlot = Number.NaN;
  #isOddSlot = false;
  /** Spans read in the current slot, and in the one before it. */
  #inSlot = 0;
  #inPreviousSlot = 0;
  #read = 0;

  /** `isJoined`: somebody asks for parents and children; without, repeats alone are indexed. */
  constructor(options: NeighbourhoodOptions, isJoined: boolean, seed: number) {
    const { spansMax } = options;
    this.spans = new SpanRing(spansMax);
    this.#options = options;
    this.#seed = seed;
    this.#isJoined = isJoined;
    this.#timesMs = new Float64Array(Math.ceil(spansMax / TIME_STRIDE) + 1);
    this.#repeats = new Chains(this.spans);
    this.#byId = new Chains(this.spans, isJoined);
    this.#byParent = new Chains(this.spans, isJoined);
  }

  /** Spans in the neighbourhood of the newest span, itself included. */
  get held(): number {
    return Math.min(this.#options.spansMax, this.#inSlot + this.#inPreviousSlot);
  }

  /** Whether a span is in the neighbourhood of the newest one. */
  holds(position: Position): boolean {
    return this.spans.age(position) < this.held;
  }

  /** First offset of the slot a span lies in. */
  slotOf(position: Position): number {
    return this.spans.isOddSlot(position) === this.#isOddSlot ? this.#slot : this.#previousSlot;
  }

  /** Reads the batch's spans in order, sets their `repeat` column, and lets `settle` look around after each. */
  walk(batch: SpanBatch, settle?: Settle): void {
    this.#enter(batch.slot);
    for (let row = 0; row < batch.length; row++) {
      const position = this.#add(batch, row);
      batch.repeat[row] = this.spans.isRepeat(position) ? 1 : 0;
      settle?.(position, batch, row);
    }
  }

  /**
   * The parent of a span, as far as the newest span's neighbourhood shows: for a SERVER span whose id a CLIENT span shares, that client
   * span; else, among the spans with its parent's id, one of its own service first, then a SERVER span, then the one read first. NONE
   * where there is none, where a span names itself, and where an id occurs more than OCCURRENCES_MAX times.
   */
  parentOf(child: Position): Position {
    const { spans } = this;
    if (spans.kind(child) === SERVER) {
      const client = this.#best(child, SPAN, (one) => (spans.kind(one) === CLIENT ? 1 : 0));
      if (client !== NONE) return client;
    }
    if (!spans.hasId(child, PARENT) || spans.isSameId(child, PARENT, child, SPAN)) return NONE;
    const service = spans.service(child);
    return this.#best(
      child,
      PARENT,
      (one) => 1 + (spans.service(one) === service ? 2 : 0) + (spans.kind(one) === SERVER ? 1 : 0),
    );
  }

  /** The spans whose parent this one is, in the order they were read. */
  childrenOf(parent: Position): readonly Position[] {
    const { spans } = this;
    const children: Position[] = [];
    const hash = spans.idHash(parent, SPAN, this.#seed);
    for (let one = this.#byParent.newest(hash); this.holds(one); one = this.#byParent.before(one))
      if (spans.isSameId(one, PARENT, parent, SPAN)) children.push(one);
    if (spans.kind(parent) === CLIENT)
      for (let one = this.#byId.newest(hash); this.holds(one); one = this.#byId.before(one))
        if (this.#isShared(one, parent) && !spans.isSameId(one, PARENT, parent, SPAN)) children.push(one);
    if (children.length === 0) return children;
    return children
      .filter(
        (child, at) => child !== parent && children.indexOf(child) === at && this.parentOf(child) === parent,
      )
      .sort((a, b) => spans.age(b) - spans.age(a));
  }

  /** Seconds between the oldest and the newest record held; NaN where records have no time. */
  get seconds(): number {
    const strides = this.#timesMs.length;
    const newest = Math.floor((this.#read - 1) / TIME_STRIDE);
    const oldest = Math.max(Math.ceil((this.#read - this.held) / TIME_STRIDE), newest - strides + 1);
    if (oldest >= newest) return 0;
    return (this.#timesMs[newest % strides]! - this.#timesMs[oldest % strides]!) / 1000;
  }

  /** Marks the dictionary ids that held spans use. */
  markTexts(used: Uint8Array): void {
    this.spans.markTexts(used, this.held);
  }

  /** Renames dictionary ids: `renamed[id]` is the new one. */
  renameTexts(renamed: Int32Array): void {
    const { spans, held } = this;
    spans.renameTexts(renamed, held);
    // Repeats are found by a hash of what was just renamed.
    this.#repeats.clear();
    for (let age = held - 1; age >= 0; age--) {
      const position = spans.positionAt(age);
      if (hasOwnIds(spans, position)) this.#repeats.add(this.#contentHash(position), position);
    }
  }

  /** Whether a SERVER span has the id of a CLIENT span: Zipkin's shared ids. */
  #isShared(server: Position, client: Position): boolean {
    return this.spans.kind(server) === SERVER && this.spans.isSameId(server, SPAN, client, SPAN);
  }

  #enter(slot: number): void {
    if (slot === this.#slot) return;
    const follows = slot - this.#slot === this.#options.slotMessages;
    this.#inPreviousSlot = follows ? this.#inSlot : 0;
    this.#previousSlot = follows ? this.#slot : Number.NaN;
    this.#inSlot = 0;
    this.#slot = slot;
    this.#isOddSlot = !this.#isOddSlot;
  }

  #add(batch: SpanBatch, row: number): Position {
    if (this.#read % TIME_STRIDE === 0)
      this.#timesMs[(this.#read / TIME_STRIDE) % this.#timesMs.length] = batch.recordMs[row]!;
    this.#read++;
    this.#inSlot++;
    const { spans } = this;
    const position = spans.add(batch, row, windowOf(batch, row, this.#options), this.#isOddSlot);
    if (hasOwnIds(spans, position)) this.#markRepeat(position);
    if (!this.#isJoined) return position;
    this.#byId.add(spans.idHash(position, SPAN, this.#seed), position);
    if (spans.hasId(position, PARENT))
      this.#byParent.add(spans.idHash(position, PARENT, this.#seed), position);
    return position;
  }

  #markRepeat(position: Position): void {
    const hash = this.#contentHash(position);
    for (let one = this.#repeats.newest(hash); this.holds(one); one = this.#repeats.before(one)) {
      if (!this.spans.isSameSpan(position, one)) continue;
      this.spans.setRepeat(position);
      break;
    }
    this.#repeats.add(hash, position);
  }

  #contentHash(position: Position): number {
    return this.spans.contentHash(position, this.spans.idHash(position, SPAN, this.#seed));
  }

  /** Of the spans with the id in `field` of `child`, the one of the highest rank above 0, read first among equals. */
  #best(child: Position, field: number, rank: (one: Position) => number): Position {
    const { spans } = this;
    let best = NONE;
    let bestRank = 1;
    let occurrences = 0;
    const hash = spans.idHash(child, field, this.#seed);
    for (let one = this.#byId.newest(hash); this.holds(one); one = this.#byId.before(one)) {
      if (!spans.isSameId(one, SPAN, child, field)) continue;
      if (++occurrences > OCCURRENCES_MAX) return NONE;
      const its = one === child ? 0 : rank(one);
      if (its < bestRank) continue;
      best = one;
      bestRank = its;
    }
    return best;
  }
}

/** A span without a trace id or a span id of its own repeats nothing. */
function hasOwnIds(spans: SpanRing, position: Position): boolean {
  return spans.hasTraceId(position) && spans.hasId(position, SPAN);
}

/** Hash chains over the ring: per bucket the newest position, per place the one before it. A chain ends where the span has left. */
class Chains {
  readonly #spans: SpanRing;
  readonly #newest: Int32Array;
  readonly #before: Int32Array;
  readonly #mask: number;

  constructor(spans: SpanRing, isUsed = true) {
    const buckets = isUsed ? 2 ** Math.floor(Math.log2(Math.max(2, spans.capacity))) : 1;
    this.#spans = spans;
    this.#newest = new Int32Array(buckets);
    this.#before = new Int32Array(isUsed ? spans.capacity : 1);
    this.#mask = buckets - 1;
  }

  add(hash: number, position: Position): void {
    const bucket = hash & this.#mask;
    this.#before[this.#spans.place(position)] = this.#newest[bucket]!;
    this.#newest[bucket] = position;
  }

  clear(): void {
    this.#newest.fill(0);
  }

  newest(hash: number): Position {
    return this.#newest[hash & this.#mask]!;
  }

  before(position: Position): Position {
    return this.#before[this.#spans.place(position)]!;
  }
}
