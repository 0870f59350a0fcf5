/** Puts spans into the ring and the chains of a neighbourhood, some at a time: in TypeScript, or in WebAssembly where there is a kernel for it. */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import type { Chains } from './chains.ts';
import { BatchHashes, PARENT, SPAN } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

/** Rows loaded at a time: enough to be fetched side by side, few enough to be in the cache still when their turn comes. */
const LOADED_MAX = 256;

/** Instead of a place: that somebody has to look. */
export const UNKNOWN = -2;

export interface Indexer {
  /** Hashes of the loaded rows' own ids, and of their parents' where spans are joined: as long as rows may be loaded. */
  readonly own: Int32Array;
  readonly parent: Int32Array;
  /** Whether other spans may have the id of the one added last. */
  readonly mayShare: boolean;
  /** The parent of the span added last, or UNKNOWN; whether it may have children. */
  readonly foundParent: Place;
  readonly mayHaveChildren: boolean;
  /** Loads the rows of a batch from `from` to before `to`: numbered from 0 on in what follows. */
  load(batch: SpanBatch, from: number, to: number, isOddSlot: boolean): void;
  /**
   * Adds loaded rows from `row` to before `end`: all, or those up to the first whose id others may have. Returns the row behind the last one. Where
   * spans are joined, one at a time; `held` are in the neighbourhood then.
   */
  add(row: number, end: number, held: number): number;
}

export interface Indexed {
  readonly spans: SpanRing;
  readonly byId: Chains;
  /** Undefined where spans are not joined. */
  readonly byParent: Chains | undefined;
}

/** What is asked of a kernel: see src/kernel/neighbourhood.ts. */
export interface IndexKernel {
  readonly own: Int32Array;
  readonly parent: Int32Array;
  readonly found: Int32Array;
  load(batch: SpanBatch, from: number, to: number, isOddSlot: boolean): void;
  readonly add: (row: number, end: number, place: Place, lap: number, held: number) => number;
}

/** Beside a row that a kernel's `add` returns. */
const MAY_SHARE = 1 << 16;

export class KernelIndexer implements Indexer {
  readonly own: Int32Array;
  readonly parent: Int32Array;
  mayShare = false;
  readonly #kernel: IndexKernel;
  readonly #indexed: Indexed;

  constructor(kernel: IndexKernel, indexed: Indexed) {
    this.#kernel = kernel;
    this.#indexed = indexed;
    this.own = kernel.own;
    this.parent = kernel.parent;
  }

  get foundParent(): Place {
    return this.mayShare ? UNKNOWN : this.#kernel.found[0]!;
  }

  get mayHaveChildren(): boolean {
    return this.mayShare || this.#kernel.found[1] !== NONE;
  }

  load(batch: SpanBatch, from: number, to: number, isOddSlot: boolean): void {
    this.#kernel.load(batch, from, to, isOddSlot);
  }

  add(row: number, end: number, held: number): number {
    const { spans, byId } = this.#indexed;
    const place = spans.next;
    // The kernel goes on to the ring's end, not beyond.
    const last = Math.min(end, row + spans.capacity - place);
    this.#advance(place);
    const added = this.#kernel.add(row, last, place, byId.lap, held);
    const next = added & (MAY_SHARE - 1);
    this.mayShare = added !== next;
    spans.pass(next - row);
    if (spans.newest !== place) this.#advance(spans.newest);
    return next;
  }

  #advance(newest: Place): void {
    this.#indexed.byId.advance(newest);
    this.#indexed.byParent?.advance(newest);
  }
}

export class PlainIndexer implements Indexer {
  mayShare = false;
  readonly foundParent = UNKNOWN;
  readonly mayHaveChildren = true;
  readonly #indexed: Indexed;
  readonly #hashes: BatchHashes;
  #batch: SpanBatch | undefined;
  #from = 0;
  #isOddSlot = false;

  constructor(keys: Int32Array, indexed: Indexed) {
    this.#indexed = indexed;
    this.#hashes = new BatchHashes(keys, LOADED_MAX);
  }

  get own(): Int32Array {
    return this.#hashes.own;
  }

  get parent(): Int32Array {
    return this.#hashes.parent;
  }

  load(batch: SpanBatch, from: number, to: number, isOddSlot: boolean): void {
    const { byId, byParent } = this.#indexed;
    this.#batch = batch;
    this.#from = from;
    this.#isOddSlot = isOddSlot;
    this.#hashes.read(batch, from, to, byParent !== undefined);
    byId.touch(this.own, to - from);
    // Parents are found by their own id, children by their parent's, side by side.
    if (byParent !== undefined) byId.touch(this.parent, to - from);
  }

  add(row: number, end: number): number {
    for (let at = row; at < end; at++) {
      this.mayShare = this.#addOne(at);
      if (this.mayShare) return at + 1;
    }
    return end;
  }

  #addOne(row: number): boolean {
    const { spans, byId, byParent } = this.#indexed;
    const place = spans.add(this.#batch!, this.#from + row, this.#isOddSlot);
    const hasTrace = spans.hasTraceId(place);
    byId.advance(place);
    const mayShare = hasTrace && spans.hasId(place, SPAN) && byId.add(this.own[row]!, place);
    byParent?.advance(place);
    if (byParent !== undefined && hasTrace && spans.hasId(place, PARENT))
      byParent.add(this.parent[row]!, place);
    return mayShare;
  }
}
