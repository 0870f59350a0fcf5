/**
 * The neighbourhood of a span: itself and the spans read before it, `spansMax` in all, none from before the slot that precedes its
 * own. One store a partition, shared by every operator that looks beyond one span: spans go in one by one, in log order, and after
 * each the operators settle what it completes. Spans leave in that order; nothing derived from a span that left is kept here.
 * A span takes 64 bytes in the ring and 12 in each of two hash chains.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { Chains, bucketsFor } from './chains.ts';
import { ALL, OF_OWN_SERVICE, SHARED, claimBeside, isClaimed } from './claim.ts';
import { RecordTimes } from './record-times.ts';
import { PARENT, SPAN, hashKeys, idHash, idHashes } from './span-hash.ts';
import { type Place, SpanRing } from './span-ring.ts';
import { type WindowRules, judgeWindows } from './window.ts';

export interface NeighbourhoodOptions extends WindowRules {
  /** Spans a neighbourhood may hold. */
  readonly spansMax: number;
  /** Length of a slot in offsets. */
  readonly slotMessages: number;
}

/** No span: no parent is known. */
export const NONE = -1;

/** Occurrences of one id in a neighbourhood beyond which it joins nothing, and no repeat is looked for: bounds what a hostile id costs. */
export const OCCURRENCES_MAX = 64;

/** Called after each span read: `row` is its row in the batch. */
export type Settle = (newest: Place, batch: SpanBatch, row: number) => void;

const SERVER = 2;
const CLIENT = 3;

export class Neighbourhood {
  readonly spans: SpanRing;
  /** Length of a slot in offsets. */
  readonly slotMessages: number;
  readonly #options: NeighbourhoodOptions;
  readonly #keys: Int32Array;
  readonly #isJoined: boolean;
  readonly #times: RecordTimes;
  readonly #byId: Chains;
  readonly #byParent: Chains;
  /** Per row of the batch being walked, the hashes of its own id and of its parent's. */
  #idHashes: Int32Array = new Int32Array(1024);
  #parentHashes: Int32Array = new Int32Array(1024);
  #slot = Number.NaN;
  #previousSlot = Number.NaN;
  #isOddSlot = false;
  /** Spans read in the current slot, and in the one before it. */
  #inSlot = 0;
  #inPreviousSlot = 0;
  spansRead = 0;

  /** `isJoined`: somebody asks for parents and children; without, spans are found by their own id alone, to tell repeats. */
  constructor(options: NeighbourhoodOptions, isJoined: boolean, seed: number) {
    const { spansMax } = options;
    this.slotMessages = options.slotMessages;
    this.#options = options;
    this.spans = new SpanRing(spansMax);
    this.#keys = hashKeys(seed);
    this.#isJoined = isJoined;
    this.#times = new RecordTimes(spansMax);
    // Where spans are not joined there is memory to spare for buckets that seldom overflow.
    this.#byId = new Chains(spansMax, bucketsFor(isJoined ? spansMax / 2 : spansMax));
    this.#byParent = new Chains(isJoined ? spansMax : 1, isJoined ? bucketsFor(spansMax / 4) : 1);
  }

  /** Spans in the neighbourhood of the newest span, itself included. */
  get held(): number {
    return Math.min(this.#options.spansMax, this.#inSlot + this.#inPreviousSlot);
  }

  /** First offset of the slot a span lies in. */
  slotOf(place: Place): number {
    return this.spans.isOddSlot(place) === this.#isOddSlot ? this.#slot : this.#previousSlot;
  }

  /** Reads the batch's spans in order, sets their `window`, `punctuality` and `repeat` columns, and lets `settle` look around after each. */
  walk(batch: SpanBatch, settle?: Settle): void {
    judgeWindows(batch, this.#options);
    this.#enter(batch.slot);
    this.#hash(batch);
    for (let row = 0; row < batch.length; row++) {
      const place = this.#add(batch, row);
      batch.repeat[row] = this.spans.isRepeat(place) ? 1 : 0;
      settle?.(place, batch, row);
    }
  }

  /**
   * The parent of a span, as far as the newest span's neighbourhood shows: for a SERVER span whose id a CLIENT span shares, that client
   * span; else, among the spans with its parent's id, one of its own service first, then a SERVER span, then the one read first. NONE
   * where there is none, where a span names itself, and where an id occurs more than OCCURRENCES_MAX times.
   */
  parentOf(child: Place): Place {
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

  /** Whether a span names no parent and shares its id with no CLIENT span that called it. */
  isRoot(place: Place): boolean {
    return !this.spans.hasId(place, PARENT) && this.parentOf(place) === NONE;
  }

  /** The spans whose parent this one is, in the order they were read. */
  childrenOf(parent: Place): readonly Place[] {
    const { spans } = this;
    const children: Place[] = [];
    const hash = spans.idHash(parent, SPAN, this.#keys);
    let named = this.#byParent.first(hash);
    if (!this.#isHeld(named) && spans.kind(parent) !== CLIENT) return children;
    const claim = this.#claimOf(parent, hash, children);
    if ((claim & OF_OWN_SERVICE) !== 0)
      for (; this.#isHeld(named); named = this.#byParent.next())
        if (isClaimed(spans, claim, named, parent) && this.parentOf(named) === parent) children.push(named);
    return children.length < 2 ? children : children.sort((a, b) => spans.age(b) - spans.age(a));
  }

  /**
   * The spans of a tenant whose trace id and id in `field` (SPAN or PARENT) are the six words of `ids` from `at`, newest first, at most `max`.
   * A span id that occurs more than OCCURRENCES_MAX times finds none.
   */
  find(field: number, ids: Int32Array, at: number, tenant: number, max = this.held): readonly Place[] {
    const found: Place[] = [];
    const chains = field === SPAN ? this.#byId : this.#byParent;
    const hash = this.hashOf(ids, at);
    for (let one = chains.first(hash); this.#isHeld(one) && found.length < max; one = chains.next()) {
      if (this.spans.hasIds(one, field, ids, at) && this.spans.tenant(one) === tenant) found.push(one);
      if (field === SPAN && found.length > OCCURRENCES_MAX) return [];
    }
    return found;
  }

  /** A hash of a trace id and another id, six words of `ids` from `at`. */
  hashOf(ids: Int32Array, at: number): number {
    return idHash(ids, at, at + SPAN, this.#keys);
  }

  /** Seconds between the oldest and the newest record held; NaN where records have no time. */
  get seconds(): number {
    return this.#times.seconds(this.spansRead, this.held);
  }

  /** Marks the dictionary ids that held spans use. */
  markTexts(used: Uint8Array): void {
    this.spans.markTexts(used, this.held);
  }

  /** Renames dictionary ids: `renamed[id]` is the new one. */
  renameTexts(renamed: Int32Array): void {
    this.spans.renameTexts(renamed, this.held);
  }

  #enter(slot: number): void {
    if (slot === this.#slot) return;
    const follows = slot - this.#slot === this.slotMessages;
    this.#inPreviousSlot = follows ? this.#inSlot : 0;
    this.#previousSlot = follows ? this.#slot : Number.NaN;
    this.#inSlot = 0;
    this.#slot = slot;
    this.#isOddSlot = !this.#isOddSlot;
  }

  #add(batch: SpanBatch, row: number): Place {
    this.#times.add(this.spansRead++, batch.recordMs[row]!);
    this.#inSlot++;
    const { spans } = this;
    const place = spans.add(batch, row, this.#isOddSlot);
    this.#byId.advance(place);
    this.#byParent.advance(place);
    if (!spans.hasTraceId(place)) return place;
    if (spans.hasId(place, SPAN)) this.#index(place, this.#idHashes[row]!);
    if (this.#isJoined && spans.hasId(place, PARENT)) this.#byParent.add(this.#parentHashes[row]!, place);
    return place;
  }

  /** Makes a span known by its id, and marks it where it repeats another. A span without ids of its own repeats nothing. */
  #index(place: Place, hash: number): void {
    if (this.#byId.add(hash, place) && this.#isRepeat(place, hash)) this.spans.setRepeat(place);
  }

  #isRepeat(place: Place, hash: number): boolean {
    const { spans } = this;
    let occurrences = 0;
    // The first of the chain is the span itself.
    this.#byId.first(hash);
    for (let one = this.#byId.next(); this.#isHeld(one); one = this.#byId.next()) {
      if (spans.isSameSpan(place, one)) return true;
      if (spans.isSameId(place, SPAN, one, SPAN) && ++occurrences === OCCURRENCES_MAX) return false;
    }
    return false;
  }

  /** Hashes the batch's ids, and has the buckets they lead to fetched. */
  #hash(batch: SpanBatch): void {
    this.#idHashes = idHashes(batch, SPAN, this.#keys, this.#idHashes);
    this.#byId.touch(this.#idHashes, batch.length);
    if (!this.#isJoined) return;
    this.#parentHashes = idHashes(batch, PARENT, this.#keys, this.#parentHashes);
    this.#byParent.touch(this.#parentHashes, batch.length);
  }

  /** What the spans of its id leave to a span: see `claimBeside`. Children that share its id go into `shared`. */
  #claimOf(span: Place, hash: number, shared: Place[]): number {
    const { spans } = this;
    let claim = spans.kind(span) === CLIENT ? ALL : ALL & ~SHARED;
    let occurrences = 0;
    for (let one = this.#byId.first(hash); claim !== 0 && this.#isHeld(one); one = this.#byId.next()) {
      if (!spans.isSameId(one, SPAN, span, SPAN)) continue;
      if (++occurrences > OCCURRENCES_MAX) claim = 0;
      if (one !== span) claim &= claimBeside(spans, one, span);
      if (spans.kind(one) === SERVER) shared.push(one);
    }
    if ((claim & SHARED) === 0) shared.length = 0;
    return claim;
  }

  #isHeld(place: Place): boolean {
    return place >= 0 && this.spans.age(place) < this.held;
  }

  /** Of the spans with the id in `field` of `child`, the one of the highest rank above 0, read first among equals. */
  #best(child: Place, field: number, rank: (one: Place) => number): Place {
    const { spans } = this;
    let best = NONE;
    let bestRank = 1;
    let occurrences = 0;
    const hash = spans.idHash(child, field, this.#keys);
    for (let one = this.#byId.first(hash); this.#isHeld(one); one = this.#byId.next()) {
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
