/**
 * The neighbourhood of a span: itself and the spans read before it, `spansMax` in all, none from before the slot that precedes its
 * own. One store a partition, shared by every operator that looks beyond one span: spans go in one by one, in log order, and after
 * each the operators settle what it completes. Spans leave in that order; nothing derived from a span that left is kept here.
 * A span takes 64 bytes in the ring and 12 in each of two hash chains.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { Chains, makeBucketPairs, makeBuckets, placeBitsOf } from './chains.ts';
import { COMMON_FROM, CommonIds } from './common-ids.ts';
import { type IndexKernel, type Indexer, KernelIndexer, PlainIndexer } from './indexer.ts';
import { RecordTimes } from './record-times.ts';
import { Relatives } from './relatives.ts';
import { SPAN, hashKeys, idHash } from './span-hash.ts';
import { NONE, type Place, SpanRing } from './span-ring.ts';
import { type WindowRules, judgeWindows } from './window.ts';

/** What a kernel has to fit: see src/kernel/neighbourhood.ts. */
interface KernelShape {
  readonly places: number;
  readonly buckets: number;
  readonly placeBits: number;
  readonly isJoined: boolean;
  readonly keys: Int32Array;
}

/** A kernel with the columns that it works on. */
interface Kernel extends IndexKernel {
  readonly ring: Int32Array;
  readonly buckets: Int32Array;
  readonly pushedOut: Int32Array;
  readonly pushedOutByParent: Int32Array;
}

export interface NeighbourhoodOptions extends WindowRules {
  /** Spans a neighbourhood may hold. */
  readonly spansMax: number;
  /** Length of a slot in offsets. */
  readonly slotMessages: number;
  /** Opens a kernel, where there is one: no result depends on it. */
  readonly openKernel?: (shape: KernelShape) => Kernel | undefined;
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
  readonly #common: CommonIds;
  /** Who is whose parent. */
  readonly relatives: Relatives;
  readonly #indexer: Indexer;
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
    this.#keys = hashKeys(seed);
    this.#isJoined = isJoined;
    this.#times = new RecordTimes(spansMax);
    // Fuller buckets are outgrown; in emptier ones entries grow four laps old. Where spans are not joined there is memory to spare.
    const buckets = Math.ceil(spansMax / (isJoined ? 4.25 : 3));
    const placeBits = placeBitsOf(spansMax);
    const kernel = options.openKernel?.({ places: spansMax, buckets, placeBits, isJoined, keys: this.#keys });
    this.spans = new SpanRing(spansMax, kernel?.ring);
    const [own, parent] = isJoined
      ? makeBucketPairs(buckets, kernel?.buckets)
      : [makeBuckets(buckets, kernel?.buckets), makeBuckets(1)];
    this.#byId = new Chains(spansMax, own, kernel?.pushedOut);
    const byParent = new Chains(isJoined ? spansMax : 1, parent, kernel?.pushedOutByParent);
    const indexed = { spans: this.spans, byId: this.#byId, byParent: isJoined ? byParent : undefined };
    this.#indexer =
      kernel === undefined ? new PlainIndexer(this.#keys, indexed) : new KernelIndexer(kernel, indexed);
    this.#common = new CommonIds(this.spans, this.#byId);
    this.relatives = new Relatives({
      spans: this.spans,
      common: this.#common,
      byId: this.#byId,
      byParent,
      keys: this.#keys,
    });
  }

  /** Spans in the neighbourhood of the newest span, itself included. */
  get held(): number {
    return this.#heldWith(0);
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
    batch.repeat.fill(0, 0, batch.length);
    const loadedMax = this.#indexer.own.length;
    for (let from = 0; from < batch.length; from += loadedMax)
      this.#walkSome(batch, from, Math.min(from + loadedMax, batch.length), settle);
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
    this.spans.eachText(this.held, (id) => {
      used[id] = 1;
      return id;
    });
  }

  /** Renames dictionary ids: `renamed[id]` is the new one. */
  renameTexts(renamed: Int32Array): void {
    this.spans.eachText(this.held, (id) => renamed[id]!);
    this.#common.clear();
  }

  /** Spans in the neighbourhood once so many more of the slot are read. */
  #heldWith(more: number): number {
    return Math.min(this.#options.spansMax, this.#inSlot + more + this.#inPreviousSlot);
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

  #walkSome(batch: SpanBatch, from: number, to: number, settle?: Settle): void {
    this.#indexer.load(batch, from, to, this.#isOddSlot);
    const isOneByOne = this.#isJoined || settle !== undefined;
    for (let row = from; row < to;) {
      row = this.#add(batch, from, row, isOneByOne ? row + 1 : to);
      settle?.(this.spans.newest, batch, row - 1);
    }
  }

  /** Adds rows, loaded from `from` on, up to `end` or the first that may repeat another; returns the row behind the last. */
  #add(batch: SpanBatch, from: number, row: number, end: number): number {
    const indexer = this.#indexer;
    const next = from + indexer.add(row - from, end - from, this.#heldWith(1));
    this.#times.add(this.spansRead - (next - row), batch.recordMs, row, next);
    this.#inSlot += next - row;
    const { own, parent, foundParent, mayHaveChildren } = indexer;
    const place = this.spans.newest;
    const hash = own[next - 1 - from]!;
    if (indexer.mayShare && this.#isRepeat(place, hash)) this.#setRepeat(batch, next - 1);
    if (this.#isJoined)
      this.relatives.meet(this.held, hash, parent[next - 1 - from]!, foundParent, mayHaveChildren);
    return next;
  }

  /** Marks the newest span, which is a row of the batch. */
  #setRepeat(batch: SpanBatch, row: number): void {
    this.spans.setRepeat(this.spans.newest);
    batch.repeat[row] = 1;
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

  #isHeld(place: Place): boolean {
    return place >= 0 && this.spans.age(place) < this.held;
  }
}
