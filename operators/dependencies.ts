/**
 * Who calls whom. Fact: a span that is not INTERNAL has a caller, its first ancestor that is not INTERNAL; it is an edge where that is
 * another service. Owner: the child. A CLIENT span that names a peer is an edge to it until the peer answers with a span of its own;
 * owner: the CLIENT span. Every fact is settled when the span that completes it is read, from that span's neighbourhood alone.
 */
import { SPAN_KINDS, type SpanBatch } from '../src/spans/span-batch.ts';
import { callOf } from './call.ts';
import { type Call, type ConnectionType, EdgeSlot } from './edge-slot.ts';
import { edgeRows } from './edge-rows.ts';
import { NONE, type Neighbourhood } from './neighbourhood.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { PEER_ATTRIBUTES, PeerReader } from './peers.ts';
import type { Rows } from './rows.ts';
import type { Place, SpanRing } from './span-ring.ts';

export interface DependenciesOptions {
  /** Edges from a service to itself. */
  readonly hasSelfEdges: boolean;
  /** Queues and topics as nodes between producers and consumers, beside the edges that join them. */
  readonly hasBrokers: boolean;
  /** An edge from UNKNOWN_CALLER to the service of a SERVER span without a parent. */
  readonly hasUnknownCallers: boolean;
  readonly limits: {
    /** Rows (edge x window) a tenant may have in a slot; excess is counted as the edge `__other__` to `__other__`. */
    readonly rowsPerTenantMax: number;
  };
}

export const UNKNOWN_CALLER = 'user';

/** Attribute keys the peers are read from. */
export function dependencies(options: DependenciesOptions): Operator {
  return {
    name: 'dependencies',
    attributes: PEER_ATTRIBUTES,
    isJoined: true,
    open: (context) => new DependenciesFold(options, context),
  };
}

const INTERNAL = SPAN_KINDS.indexOf('internal');
const SERVER = SPAN_KINDS.indexOf('server');
const CLIENT = SPAN_KINDS.indexOf('client');
const PRODUCER = SPAN_KINDS.indexOf('producer');
const CONSUMER = SPAN_KINDS.indexOf('consumer');

const NO_CALLER = -(2 ** 31);

/** INTERNAL spans between a child and its caller beyond which no edge is drawn: bounds the work of a hostile chain. */
const BRIDGED_MAX = 64;

class DependenciesFold implements Fold {
  readonly #options: DependenciesOptions;
  readonly #windowMs: number;
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #peers: PeerReader;
  readonly #slots = new Map<number, EdgeSlot>();
  /** Per place: 1 + the row of the span's edge, 0 where it has none; and how much older than the span its caller is, or NO_CALLER. */
  readonly #edgeRow: Int32Array;
  readonly #callerAge: Int32Array;
  /** Per place: 1 + the row of the peer the span names, 0 where it names none or the peer has answered. */
  readonly #peerRow: Int32Array;
  #currentSlot = Number.NaN;
  #batch: SpanBatch | undefined;

  constructor(options: DependenciesOptions, context: FoldContext) {
    const { neighbourhood, keys, windowMs } = context;
    const { capacity } = neighbourhood.spans;
    this.#options = options;
    this.#windowMs = windowMs;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#peers = new PeerReader(keys);
    this.#edgeRow = new Int32Array(capacity);
    this.#callerAge = new Int32Array(capacity);
    this.#peerRow = new Int32Array(capacity);
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

  settle(newest: Place, batch: SpanBatch, row: number): void {
    this.#batch = batch;
    this.#currentSlot = batch.slot;
    this.#edgeRow[newest] = 0;
    this.#callerAge[newest] = NO_CALLER;
    this.#peerRow[newest] = 0;
    if (this.#spans.isOwner(newest)) this.#arrive(newest, batch, row);
    for (const [owner, caller] of this.#completedBy(newest)) this.#connect(owner, caller);
  }

  take(): readonly Rows[] {
    const rows = edgeRows([...this.#slots.values()]);
    for (const slot of this.#slots.keys())
      if (slot < this.#currentSlot - this.#neighbourhood.slotMessages) this.#slots.delete(slot);
    return rows.length > 0 ? [rows] : [];
  }

  /** Facts that need no other span. */
  #arrive(span: Place, batch: SpanBatch, row: number): void {
    const kind = this.#spans.kind(span);
    const service = this.#service(span);
    if (kind === CLIENT) {
      const peer = this.#peers.peerOf(batch, row);
      if (peer === undefined || peer.name === service) return;
      this.#peerRow[span] =
        1 + this.#count(span, service, peer.name, peer.type, callOf(this.#spans, span, NONE));
    }
    if (this.#options.hasBrokers && (kind === PRODUCER || kind === CONSUMER)) {
      const broker = this.#peers.brokerOf(batch, row);
      if (broker === undefined) return;
      const [parent, child] = kind === PRODUCER ? [service, broker] : [broker, service];
      this.#count(
        span,
        parent,
        child,
        'messaging',
        kind === PRODUCER ? callOf(this.#spans, span, NONE) : callOf(this.#spans, NONE, span),
      );
    }
    if (this.#options.hasUnknownCallers && kind === SERVER && this.#neighbourhood.isRoot(span))
      this.#edgeRow[span] =
        1 + this.#count(span, UNKNOWN_CALLER, service, 'external', callOf(this.#spans, NONE, span));
  }

  /** The (child, caller) pairs whose chain the newest span completes, in the order the children were read. */
  #completedBy(newest: Place): readonly (readonly [Place, Place])[] {
    const caller = this.#callerOf(newest);
    const isInternal = this.#spans.kind(newest) === INTERNAL;
    const anchor = isInternal ? caller : newest;
    const pairs: [Place, Place][] = anchor === NONE ? [] : this.#below(newest, anchor);
    if (!isInternal && caller !== NONE) pairs.push([newest, caller]);
    return pairs.length < 2 ? pairs : pairs.sort(([a], [b]) => this.#spans.age(b) - this.#spans.age(a));
  }

  /** The first ancestor that is not INTERNAL, or NONE. */
  #callerOf(span: Place): Place {
    let ancestor = span;
    for (let bridged = 0; bridged <= BRIDGED_MAX; bridged++) {
      ancestor = this.#neighbourhood.parentOf(ancestor);
      if (ancestor === NONE || ancestor === span) return NONE;
      if (this.#spans.kind(ancestor) !== INTERNAL) return ancestor;
    }
    return NONE;
  }

  /** The spans whose first ancestor that is not INTERNAL is `anchor`, through `from`. */
  #below(from: Place, anchor: Place): [Place, Place][] {
    const found: [Place, Place][] = [];
    let layer: readonly Place[] = [from];
    for (let bridged = 0; bridged <= BRIDGED_MAX && layer.length > 0; bridged++) {
      const next: Place[] = [];
      for (const parent of layer)
        for (const child of this.#neighbourhood.childrenOf(parent)) {
          if (child === anchor) continue;
          if (this.#spans.kind(child) === INTERNAL) next.push(child);
          else found.push([child, anchor]);
        }
      layer = next;
    }
    return found;
  }

  /** A call from `caller` to `owner` is known now: counts it, and takes back what was said of the owner before. */
  #connect(owner: Place, caller: Place): void {
    const spans = this.#spans;
    const isSelf = spans.service(owner) === spans.service(caller);
    if (!isSelf) this.#answer(caller);
    if (!spans.isOwner(owner)) return;
    const callerAge = spans.age(caller) - spans.age(owner);
    const knownAge = this.#callerAge[owner]!;
    if (knownAge === callerAge) return;
    if (knownAge !== NO_CALLER) {
      const age = spans.age(owner) + knownAge;
      // A caller that has left can no longer be taken back: what it said stands.
      if (age < 0 || age >= this.#neighbourhood.held) return;
      this.#takeBack(owner, callOf(this.#spans, spans.placeAt(age), owner));
    } else if (this.#edgeRow[owner] !== 0) {
      this.#takeBack(owner, callOf(this.#spans, NONE, owner));
    }
    this.#callerAge[owner] = callerAge;
    if (isSelf && !this.#options.hasSelfEdges) return;
    const isMessaging = spans.kind(owner) === CONSUMER || spans.kind(caller) === PRODUCER;
    const type = isMessaging ? 'messaging' : 'direct';
    const call = callOf(this.#spans, caller, owner);
    this.#edgeRow[owner] = 1 + this.#count(owner, this.#service(caller), this.#service(owner), type, call);
  }

  /** A peer that was named has a span of its own: the edge to its name is no longer needed. */
  #answer(client: Place): void {
    const row = this.#peerRow[client]! - 1;
    if (row < 0 || !this.#spans.isOwner(client)) return;
    this.#peerRow[client] = 0;
    const slot = this.#slotOf(client);
    slot.add(slot.oppositeOf(row), callOf(this.#spans, client, NONE));
  }

  #takeBack(owner: Place, call: Call): void {
    const row = this.#edgeRow[owner]! - 1;
    if (row < 0) return;
    this.#edgeRow[owner] = 0;
    const slot = this.#slotOf(owner);
    slot.add(slot.oppositeOf(row), call);
  }

  /** Counts a call in the owner's slot and window, and returns its row. */
  #count(owner: Place, parent: string, child: string, type: ConnectionType, call: Call): number {
    const slot = this.#slotOf(owner);
    const tenant = this.#batch!.dictionary.text(this.#spans.tenant(owner));
    const windowMs = this.#spans.window(owner) * this.#windowMs;
    const row = slot.rowOf({ tenant, parent, child, type, sign: '+', windowMs });
    slot.add(row, call);
    return row;
  }

  #slotOf(owner: Place): EdgeSlot {
    const first = this.#neighbourhood.slotOf(owner);
    let slot = this.#slots.get(first);
    if (slot === undefined) {
      slot = new EdgeSlot(first, this.#options.limits.rowsPerTenantMax);
      this.#slots.set(first, slot);
    }
    return slot;
  }

  #service(span: Place): string {
    return this.#batch!.dictionary.text(this.#spans.service(span));
  }
}
