/**
 * The neighbourhood of a span: itself and the spans read before it, `spansMax` in all, none from before the slot that precedes its
 * own. One store a partition, shared by every operator that looks beyond one span: spans go in one by one, in log order, and after
 * each the operators settle what it completes. Spans leave in that order; nothing derived from a span that left is kept here.
 * A span takes 64 bytes in the ring and 12 in each of two hash chains.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { Chains, makeBucketPairs, makeBuckets } from './chains.ts';
import { COMMON_FROM, CommonIds } from './common-ids.ts';
import { RecordTimes } from './record-times.ts';
import { Relatives } from './relatives.ts';
import { BatchHashes, PARENT, SPAN, hashKeys, idHash } from './span-hash.ts';
import { NONE, type Place, SpanRing } from './span-ring.ts';
import { type WindowRules, judgeWindows } from './window.ts';

/** Spans whose surroundings are fetched at a time: enough to be fetched side by side, few enough to be in the cache still when their turn comes. */
const TOUCHED = 128;

export interface NeighbourhoodOptions extends WindowRules {
  /** Spans a neighbourhood may hold. */
  readonly spansMax: number;
  /** Length of a slot in offsets. */
  readonly slotMessages: number;
}

/** Called after each span read: `row` is its row in the batch. */
export type Settle = (newest: Place, batch: SpanBatch, row: number) => void;

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
  readonly #common: CommonIds;
  /** Who is whose parent. */
  readonly relatives: Relatives;
  /** Of the batch being walked. */
  readonly #hashes: BatchHashes;
  #slot = Number.NaN;
  #previousSlot = Number.NaN;
  #isOddSlot = false;
  /** Spans read in the current slot, and in the one before it. */
  #inSlot = 0;
  #inPreviousSlot = 0;

  /** `isJoined`: somebody asks for parents and children; without, spans are found by their own id alone, to tell repeats. */
  constructor(options: NeighbourhoodOptions, isJoined: boolean, seed: number) {
    const { spansMax } = options;
    this.slotMessages = options.slotMessages;
    this.#options = options;
    this.spans = new SpanRing(spansMax);
    this.#keys = hashKeys(seed);
    this.#isJoined = isJoined;
    this.#times = new RecordTimes(spansMax);
    this.#hashes = new BatchHashes(this.#keys);
    // Fuller buckets are outgrown; in emptier ones entries grow four laps old. Where spans are not joined there is memory to spare.
    const [own, parent] = isJoined
      ? makeBucketPairs(spansMax / 4.25)
      : [makeBuckets(spansMax / 3), makeBuckets(1)];
    this.#byId = new Chains(spansMax, own);
    this.#byParent = new Chains(isJoined ? spansMax : 1, parent);
    this.#common = new CommonIds(this.spans, this.#byId);
    this.relatives = new Relatives({
      spans: this.spans,
      common: this.#common,
      byId: this.#byId,
      byParent: this.#byParent,
      keys: this.#keys,
    });
  }

  /** Spans in the neighbourhood of the newest span, itself included. */
  get held(): number {
    return Math.min(this.#options.spansMax, this.#inSlot + this.#inPreviousSlot);
  }

  get spansRead(): number {
    return this.spans.spansRead;
  }

  /** First offset of the slot a span lies in. */
  slotOf(place: Place): number {
    return this.spans.isOddSlot(place) === this.#isOddSlot ? this.#slot : this.#previousSlot;
  }

  /** Reads the batch's spans in order, sets their `window`, `punctuality` and `repeat` columns, and lets `settle` look around after each. */
  walk(batch: SpanBatch, settle?: Settle): void {
    judgeWindows(batch, this.#options);
    this.#enter(batch.slot);
    this.#hashes.read(batch, this.#isJoined);
    for (let row = 0; row < batch.length; row++) {
      if (row % TOUCHED === 0) this.#touch(row, Math.min(row + TOUCHED, batch.length));
      const place = this.#add(batch, row);
      batch.repeat[row] = this.spans.isRepeat(place) ? 1 : 0;
      settle?.(place, batch, row);
    }
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
    this.#common.clear();
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
    this.#times.add(this.spansRead, batch.recordMs[row]!);
    this.#inSlot++;
    const { spans } = this;
    const place = spans.add(batch, row, this.#isOddSlot);
    const hash = this.#hashes.own[row]!;
    const hasTrace = spans.hasTraceId(place);
    this.#byId.advance(place);
    if (hasTrace && spans.hasId(place, SPAN)) this.#index(place, hash);
    if (!this.#isJoined) return place;
    const parentHash = this.#hashes.parent[row]!;
    this.#byParent.advance(place);
    if (hasTrace && spans.hasId(place, PARENT)) this.#byParent.add(parentHash, place);
    this.relatives.meet(this.held, hash, parentHash);
    return place;
  }

  /** Makes a span known by its id, and marks it where it repeats another. A span without ids of its own repeats nothing. */
  #index(place: Place, hash: number): void {
    const mayShare = this.#byId.add(hash, place);
    if (mayShare && this.#isRepeat(place, hash)) this.spans.setRepeat(place);
  }

  #isRepeat(place: Place, hash: number): boolean {
    const { spans, held } = this;
    const common = this.#common.find(place, SPAN, hash, held);
    if (common !== NONE) {
      spans.setShared(place, place);
      this.#common.add(common, place);
      return this.#common.isRepeat(common, place, held);
    }
    let occurrences = 0;
    // The first of the chain is the span itself.
    this.#byId.first(hash);
    for (let one = this.#byId.next(); this.#isHeld(one); one = this.#byId.next()) {
      if (!spans.isSameId(place, SPAN, one, SPAN)) continue;
      // The newest of its id is enough: it was marked with those before it.
      if (occurrences === 0) spans.setShared(place, one);
      if (spans.isSameSpan(place, one)) return true;
      if (++occurrences === COMMON_FROM)
        return this.#common.isRepeat(this.#common.open(place, SPAN, hash, held), place, held);
    }
    return false;
  }

  /** Has what the rows from one to another lead to fetched. */
  #touch(from: number, to: number): void {
    const { own, parent } = this.#hashes;
    this.#byId.touch(own, from, to);
    // Parents are found by their own id, children by their parent's, side by side.
    if (this.#isJoined) this.#byId.touch(parent, from, to);
  }

  #isHeld(place: Place): boolean {
    return place >= 0 && this.spans.age(place) < this.held;
  }
}
