/**
 * The way from the root of its trace to every span. Fact: the chain of a span's parents ends at a root, so the span lies on the reduced
 * path of that chain. Owner: the span. A span that turns out to be a parent says so once. Every fact is settled when the span that
 * completes it is read, from that span's neighbourhood alone.
 *
 * A path is the number of a node. While a trace is a plain tree each span remembers its own (path-plain.ts); where there is any doubt of that, its
 * chains are climbed again for each span (path-climb.ts).
 */
import { ID_WORDS, STATUS_ERROR, type SpanBatch } from '../src/spans/span-batch.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { PathClimb } from './path-climb.ts';
import { PathDoubts } from './path-doubts.ts';
import { IS_CALL, IS_COUNTED, IS_PARENT, PathPlaces, VALUE_SHIFT } from './path-places.ts';
import { PlainPaths } from './path-plain.ts';
import { pathRows } from './path-rows.ts';
import { PathSlot } from './path-slot.ts';
import { PathSteps } from './path-steps.ts';
import { PathWalk, type WalkLimits } from './path-walk.ts';
import type { Rows } from './rows.ts';
import { SPAN } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

export interface PathsLimits extends WalkLimits {
  /** Rows (path x window) a tenant may have in a slot; excess is counted as the overflow path. */
  readonly rowsPerTenantMax: number;
  /** Entries of a reduced path; a longer one is counted as the overflow path. */
  readonly entriesMax: number;
}

export interface PathsOptions {
  readonly limits: PathsLimits;
}

/** Nodes from which on those that nobody holds are left out: at least these, or twice what the last time left. */
const NODES_MIN = 2 ** 18;

/** Makes the paths operator. `seed` places hash keys, `nodesMin` bounds memory; neither changes a result. */
export function paths(options: PathsOptions, seed = 1, nodesMin = NODES_MIN): Operator {
  return {
    name: 'paths',
    attributes: [],
    isJoined: true,
    open: (context) => new PathsFold(options.limits, context, seed, nodesMin),
  };
}

class PathsFold implements Fold {
  readonly #limits: PathsLimits;
  readonly #windowMs: number;
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #seed: number;
  readonly #nodesMin: number;
  readonly #places: PathPlaces;
  readonly #doubts: PathDoubts;
  readonly #steps: PathSteps;
  readonly #walk = new PathWalk();
  readonly #plain: PlainPaths;
  readonly #climb: PathClimb;
  readonly #slots = new Map<number, PathSlot>();
  /** The slot asked for last, and how many there were. */
  #slot: PathSlot | undefined;
  #slotsOpened = 0;
  #currentSlot = Number.NaN;
  #nodesMax: number;
  readonly #ids = new Int32Array(ID_WORDS);
  /** Hash of the newest span's trace: everything it completes is of that trace. */
  #trace = 0;

  constructor(limits: PathsLimits, context: FoldContext, seed: number, nodesMin: number) {
    const { neighbourhood, windowMs } = context;
    const { spans } = neighbourhood;
    this.#limits = limits;
    this.#windowMs = windowMs;
    this.#neighbourhood = neighbourhood;
    this.#spans = spans;
    this.#seed = seed;
    this.#nodesMax = this.#nodesMin = nodesMin;
    this.#places = new PathPlaces(spans, limits.depthMax);
    this.#doubts = new PathDoubts(spans.capacity);
    this.#steps = new PathSteps(spans, seed);
    this.#plain = new PlainPaths(neighbourhood, this.#places, this.#steps, this.#walk, limits);
    this.#climb = new PathClimb(neighbourhood, this.#steps, this.#walk, limits);
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
    const { relatives, spansRead, held } = this.#neighbourhood;
    const number = spansRead - 1;
    this.#currentSlot = batch.slot;
    this.#places.open(newest, number, held);
    this.#trace = this.#spans.traceHash(newest);
    const parent = relatives.parentOf(newest);
    if (parent !== NONE) this.#bear(parent);
    // Of two equal spans the older one is the parent: a repeat completes nothing.
    if (this.#spans.isRepeat(newest)) {
      this.#doubts.raise(this.#trace, number);
      return;
    }
    const children = relatives.childrenOf(newest);
    if (children.length > 0) this.#bear(newest);
    if (this.#steps.trie.size > this.#nodesMax) this.#leaveOutNodes();
    this.#steps.read(batch);
    this.#walk.clear();
    if (!this.#spans.isShared(newest)) {
      if (this.#doubts.has(this.#trace, number)) this.#climbAgain(newest, parent, children);
      else if (!this.#plain.isKnown(parent, children) || !this.#plain.complete(newest, parent, children))
        this.#doubt(newest, parent, children, number);
    } else this.#doubt(newest, parent, children, number);
    this.#placeAll();
  }

  take(): readonly Rows[] {
    const rows = pathRows([...this.#slots.values()], this.#steps.trie, this.#windowMs);
    for (const slot of this.#slots.keys())
      if (slot < this.#currentSlot - this.#neighbourhood.slotMessages) this.#slots.delete(slot);
    this.#slot = undefined;
    return rows.length > 0 ? [rows] : [];
  }

  #doubt(newest: Place, parent: Place, children: readonly Place[], number: number): void {
    this.#doubts.raise(this.#trace, number);
    this.#climbAgain(newest, parent, children);
  }

  #climbAgain(newest: Place, parent: Place, children: readonly Place[]): void {
    this.#walk.clear();
    this.#climb.complete(newest, parent, children);
    for (let at = 0; at < this.#walk.length; at++) this.#places.setUnknown(this.#walk.places[at]!);
  }

  /** A child of this span was seen. */
  #bear(parent: Place): void {
    const known = this.#places.known(parent);
    if ((known & IS_PARENT) !== 0) return;
    this.#places.setKnown(parent, known | IS_PARENT);
    if ((known & IS_COUNTED) !== 0) this.#slotOf(parent).addParent(known >> VALUE_SHIFT);
  }

  /** Counts what the newest span completed, in the order it was read: so limits count. */
  #placeAll(): void {
    const walk = this.#walk;
    const { length } = walk;
    if (length === 0) return;
    const order = length === 1 ? undefined : walk.inOrder(this.#spans);
    for (let next = 0; next < length; next++) {
      const at = order === undefined ? next : order[next]!;
      this.#place(walk.places[at]!, walk.nodes[at]!, walk.kept[at] === 1);
    }
  }

  /** A path of `owner` is known now: counts it there, and takes back what was said of it before. */
  #place(owner: Place, node: number, isKept: boolean): void {
    if (!this.#spans.isOwner(owner)) return;
    const { trie } = this.#steps;
    const slot = this.#slotOf(owner);
    const window = this.#spans.window(owner);
    const row =
      trie.length(node) > this.#limits.entriesMax
        ? slot.overflowRowOf(trie, trie.tenantOf(node), window)
        : slot.rowOf(trie, node, window);
    const known = this.#places.known(owner);
    const knownNow = (row << VALUE_SHIFT) | IS_COUNTED | (isKept ? IS_CALL : 0) | (known & IS_PARENT);
    if (knownNow === known) return;
    this.#places.setKnown(owner, knownNow);
    const knownRow = (known & IS_COUNTED) === 0 ? -1 : known >> VALUE_SHIFT;
    if (knownRow >= 0) this.#add(slot, slot.oppositeOf(knownRow), owner, known);
    this.#add(slot, row, owner, knownNow);
  }

  #add(slot: PathSlot, row: number, owner: Place, known: number): void {
    const isError = this.#spans.status(owner) === STATUS_ERROR;
    slot.add(row, (known & IS_PARENT) !== 0, (known & IS_CALL) !== 0, isError);
    if (!slot.admitsExample(row, this.#trace)) return;
    this.#spans.copyIds(owner, SPAN, this.#ids);
    slot.addExample(row, this.#trace, this.#ids);
  }

  #slotOf(owner: Place): PathSlot {
    const first = this.#neighbourhood.slotOf(owner);
    if (this.#slot?.slot === first) return this.#slot;
    let slot = this.#slots.get(first);
    if (slot === undefined) {
      slot = new PathSlot(first, ++this.#slotsOpened, this.#limits.rowsPerTenantMax, this.#seed);
      this.#slots.set(first, slot);
    }
    return (this.#slot = slot);
  }

  /** Leaves out the paths that neither spans nor rows hold. */
  #leaveOutNodes(): void {
    const { trie } = this.#steps;
    const used = new Uint8Array(trie.size);
    const renamed = new Int32Array(trie.size);
    this.#places.markNodes(used);
    for (const slot of this.#slots.values()) slot.markNodes(used);
    this.#steps.trie = trie.compacted(used, renamed);
    this.#places.renameNodes(renamed);
    for (const slot of this.#slots.values()) slot.renameNodes(renamed);
    this.#nodesMax = Math.max(this.#nodesMin, this.#steps.trie.size * 2);
  }
}
