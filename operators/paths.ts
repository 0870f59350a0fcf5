/**
 * The way from the root of its trace to every span. Fact: the chain of a span's parents ends at a root, so the span lies on the reduced
 * path of that chain. Owner: the span. A span that turns out to be a parent says so once. Every fact is settled when the span that
 * completes it is read, from that span's neighbourhood alone: no path is remembered, each is walked again.
 */
import { SERVER, STATUS_ERROR, type SpanBatch } from '../src/spans/span-batch.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { pathRows } from './path-rows.ts';
import { OVERFLOW_PATH, PathSlot } from './path-slot.ts';
import type { ReducedPath } from './path-tree.ts';
import type { Rows } from './rows.ts';
import { PARENT } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

export interface PathsLimits {
  /** Rows (path x window) a tenant may have in a slot; excess is counted as the overflow path. */
  readonly rowsPerTenantMax: number;
  /** Entries of a reduced path; a longer one is counted as the overflow path. */
  readonly entriesMax: number;
  /** Spans from a root to a span, both included; a span further down has no path. */
  readonly depthMax: number;
  /** Spans whose path one span may complete, itself included, nearest first; what lies beyond stays as it was. */
  readonly completedMax: number;
}

export interface PathsOptions {
  readonly limits: PathsLimits;
}

export function paths(options: PathsOptions): Operator {
  return {
    name: 'paths',
    attributes: [],
    isJoined: true,
    open: (context) => new PathsFold(options.limits, context),
  };
}

/** What a place knows of its span: 1 + the row it is counted in, or 0, above two flags. */
const IS_PARENT = 1;
const IS_CALL = 2;
const ROW_SHIFT = 2;

/** Where a chain of parents has come to: the path so far, and how many spans it took. */
interface Reduction {
  readonly path: ReducedPath;
  /** Dictionary id of the last entry's service. */
  readonly service: number;
  readonly depth: number;
  /** The span itself is the last entry. */
  readonly isKept: boolean;
}

interface Completed {
  readonly span: Place;
  readonly reduction: Reduction;
}

class PathsFold implements Fold {
  readonly #limits: PathsLimits;
  readonly #windowMs: number;
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #slots = new Map<number, PathSlot>();
  readonly #known: Int32Array;
  #currentSlot = Number.NaN;
  #batch: SpanBatch | undefined;

  constructor(limits: PathsLimits, { neighbourhood, windowMs }: FoldContext) {
    this.#limits = limits;
    this.#windowMs = windowMs;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#known = new Int32Array(neighbourhood.spans.capacity);
  }

  get rowsHeld(): number {
    let rows = 0;
    for (const { length } of this.#slots.values()) rows += length;
    return rows;
  }

  add(): void {
    // Everything was settled span by span.
  }

  forgetIncrements(): void {
    // There are no counters.
  }

  settle(newest: Place, batch: SpanBatch): void {
    this.#batch = batch;
    this.#currentSlot = batch.slot;
    this.#known[newest] = 0;
    const parent = this.#neighbourhood.relatives.parentOf(newest);
    if (parent !== NONE) this.#bear(parent);
    // Of two equal spans the older one is the parent: a repeat completes nothing.
    if (this.#spans.isRepeat(newest)) return;
    const children = this.#neighbourhood.relatives.childrenOf(newest);
    if (children.length > 0) this.#bear(newest);
    const reduction = this.#reduce(newest, parent);
    if (reduction === undefined) return;
    if (children.length === 0) this.#place(newest, reduction);
    else
      for (const completed of this.#completedBy(newest, reduction, children))
        this.#place(completed.span, completed.reduction);
  }

  take(): readonly Rows[] {
    const rows = pathRows([...this.#slots.values()], this.#windowMs);
    for (const slot of this.#slots.keys())
      if (slot < this.#currentSlot - this.#neighbourhood.slotMessages) this.#slots.delete(slot);
    return rows.length > 0 ? [rows] : [];
  }

  /** The reduced path of the chain from a root to `span`; undefined where no root is seen, or only too far up. A cycle has none. */
  #reduce(span: Place, parent: Place): Reduction | undefined {
    const chain = [span];
    let top = span;
    for (let above = parent; above !== NONE; above = this.#neighbourhood.relatives.parentOf(above)) {
      if (chain.length === this.#limits.depthMax) return undefined;
      chain.push(above);
      top = above;
    }
    if (this.#spans.hasId(top, PARENT)) return undefined;
    let reduction = this.#below(undefined, top);
    for (let at = chain.length - 2; at >= 0; at--) reduction = this.#below(reduction, chain[at]!);
    return reduction;
  }

  #below(above: Reduction | undefined, span: Place): Reduction {
    const spans = this.#spans;
    const service = spans.service(span);
    const depth = (above?.depth ?? 0) + 1;
    if (above?.service === service && spans.kind(span) !== SERVER)
      return { path: above.path, service, depth, isKept: false };
    const { dictionary } = this.#batch!;
    const path = {
      above: above?.path,
      service: dictionary.text(service),
      operation: dictionary.text(spans.operation(span)),
      length: (above?.path.length ?? 0) + 1,
    };
    return { path, service, depth, isKept: true };
  }

  /** The newest span and all below it, as far as limits allow, in the order they were read. */
  #completedBy(newest: Place, reduction: Reduction, children: readonly Place[]): readonly Completed[] {
    const { completedMax, depthMax } = this.#limits;
    const completed: Completed[] = [{ span: newest, reduction }];
    for (let at = 0; at < completed.length && completed.length < completedMax; at++) {
      const above = completed[at]!;
      if (above.reduction.depth === depthMax) break;
      const below = at === 0 ? children : this.#neighbourhood.relatives.childrenOf(above.span);
      for (const span of below.slice(0, completedMax - completed.length))
        completed.push({ span, reduction: this.#below(above.reduction, span) });
    }
    return completed.sort((a, b) => this.#spans.age(b.span) - this.#spans.age(a.span));
  }

  /** A child of this span was seen. */
  #bear(parent: Place): void {
    const known = this.#known[parent]!;
    if ((known & IS_PARENT) !== 0) return;
    this.#known[parent] = known | IS_PARENT;
    const row = (known >> ROW_SHIFT) - 1;
    if (row >= 0) this.#slotOf(parent).addParent(row);
  }

  /** A path of `owner` is known now: counts it there, and takes back what was said of it before. */
  #place(owner: Place, { path, isKept }: Reduction): void {
    const spans = this.#spans;
    if (!spans.isOwner(owner)) return;
    const slot = this.#slotOf(owner);
    const row = slot.rowOf(
      this.#batch!.dictionary.text(spans.tenant(owner)),
      spans.window(owner),
      path.length > this.#limits.entriesMax ? OVERFLOW_PATH : path,
    );
    const known = this.#known[owner]!;
    const flags = (known & IS_PARENT) | (isKept ? IS_CALL : 0);
    const knownNow = ((row + 1) << ROW_SHIFT) | flags;
    if (knownNow === known) return;
    this.#known[owner] = knownNow;
    const knownRow = (known >> ROW_SHIFT) - 1;
    if (knownRow >= 0) this.#add(slot, slot.oppositeOf(knownRow), owner, known);
    this.#add(slot, row, owner, knownNow);
  }

  #add(slot: PathSlot, row: number, owner: Place, known: number): void {
    const spans = this.#spans;
    slot.add(row, {
      isParent: (known & IS_PARENT) !== 0,
      isCall: (known & IS_CALL) !== 0,
      isError: spans.status(owner) === STATUS_ERROR,
    });
    const hash = spans.traceHash(owner);
    if (slot.examples.admits(row, hash)) slot.examples.add(row, hash, spans.traceId(owner));
  }

  #slotOf(owner: Place): PathSlot {
    const first = this.#neighbourhood.slotOf(owner);
    let slot = this.#slots.get(first);
    if (slot === undefined) {
      slot = new PathSlot(first, this.#limits.rowsPerTenantMax);
      this.#slots.set(first, slot);
    }
    return slot;
  }
}
