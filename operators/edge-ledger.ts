/** What was counted so far: the edges of each slot, credited to the spans that own them. A profile's rules write into it. */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { LINK_WORDS } from '../src/spans/span-links.ts';
import { EdgeCounters } from './edge-counters.ts';
import { edgeRows } from './edge-rows.ts';
import type { Call } from './call.ts';
import { CONNECTION_TYPES } from './edge-labels.ts';
import { EdgeSlot } from './edge-slot.ts';
import { KeyTable } from './key-table.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { type Observation, Observations } from './observations.ts';
import type { Rows } from './rows.ts';
import { SPAN } from './span-hash.ts';
import type { Place } from './span-ring.ts';

export interface EdgeLedgerOptions {
  readonly windowMs: number;
  readonly rowsPerTenantMax: number;
}

/** What a caller or callee is called: the dictionary's id, or below zero one of the ledger's own names. */
export type Name = number;

/** Who calls whom. */
export interface Edge {
  readonly parent: Name;
  readonly child: Name;
  /** Index into CONNECTION_TYPES. */
  readonly type: number;
}

/** Words of a cached key: tenant, parent, child, window, type with slot. */
const KEY_WORDS = 5;
/** Cached keys; beyond them the cache starts again, and every edge still finds its row by name. */
const CACHED_KEYS_MAX = 1 << 18;

/** Where a call was counted: 1 + its row in the owner's slot, so that 0 in a column means nowhere. */
export type Entry = number;

export class EdgeLedger {
  readonly #neighbourhood: Neighbourhood;
  readonly #options: EdgeLedgerOptions;
  readonly #slots = new Map<number, EdgeSlot>();
  /** The slots spans were last credited in. */
  #current: EdgeSlot | undefined;
  #previous: EdgeSlot | undefined;
  /** From interned ids to rows of these two: a cache, for the ids of one dictionary epoch. */
  readonly #rowOf = new KeyTable(KEY_WORDS, 0);
  #epoch = -1;
  readonly #names: string[] = [];
  readonly #counters = new EdgeCounters();
  readonly #observed = new Observations();
  #currentSlot = Number.NaN;
  #batch: SpanBatch | undefined;
  readonly #ids = new Int32Array(LINK_WORDS);

  constructor(neighbourhood: Neighbourhood, options: EdgeLedgerOptions) {
    this.#neighbourhood = neighbourhood;
    this.#options = options;
  }

  get rowsHeld(): number {
    let rows = 0;
    for (const { length } of this.#slots.values()) rows += length;
    return rows;
  }

  /** Tells which batch the spans settled next are of. */
  enter(batch: SpanBatch): void {
    if (batch === this.#batch && batch.slot === this.#currentSlot && batch.dictionary.epoch === this.#epoch)
      return;
    this.#batch = batch;
    this.#currentSlot = batch.slot;
    this.#epoch = batch.dictionary.epoch;
    this.#current = this.#previous = undefined;
    this.#rowOf.clear();
  }

  /** A name that no span need hold. */
  name(text: string): Name {
    this.#names.push(text);
    return -this.#names.length;
  }

  /** Counts a call in the owner's slot and window. */
  count(owner: Place, { parent, child, type }: Edge, call: Call): Entry {
    const { spans } = this.#neighbourhood;
    const slot = this.#slotOf(owner);
    const { key } = this.#rowOf;
    key[0] = spans.tenant(owner);
    key[1] = parent;
    key[2] = child;
    key[3] = spans.window(owner);
    key[4] = slot === this.#current ? type : type + CONNECTION_TYPES.length;
    let row = this.#rowOf.find();
    if (row < 0) {
      row = slot.rowOf({
        tenant: this.text(spans.tenant(owner)),
        parent: this.text(parent),
        child: this.text(child),
        type: CONNECTION_TYPES[type]!,
        sign: '+',
        windowMs: spans.window(owner) * this.#options.windowMs,
      });
      this.#rowOf.add(row);
      if (this.#rowOf.size > CACHED_KEYS_MAX) this.#rowOf.clear();
    }
    this.#add(slot, row, owner, call);
    return 1 + row;
  }

  /** Takes back a call, which was the owner's and counted in `entry`. */
  takeBack(owner: Place, entry: Entry, call: Call): void {
    const slot = this.#slotOf(owner);
    this.#add(slot, slot.oppositeOf(entry - 1), owner, call);
  }

  /** Notes something about a span. */
  observe(span: Place, observation: Observation): void {
    const tenant = this.text(this.#neighbourhood.spans.tenant(span));
    this.#observed.add(tenant, observation, 1);
  }

  text(name: Name): string {
    return name < 0 ? this.#names[-1 - name]! : this.#batch!.dictionary.text(name);
  }

  /** The rows changed since the last call, what counters rose by, and what was observed since then. */
  take(): readonly Rows[] {
    const edges = [...this.#slots.values()].flatMap((slot) => slot.take());
    for (const { labels, rise } of edges) this.#counters.add(labels, rise);
    const taken = [edgeRows(edges), this.#counters.take(), this.#observed.take()];
    for (const slot of this.#slots.keys())
      if (slot < this.#currentSlot - this.#neighbourhood.slotMessages) this.#slots.delete(slot);
    return taken.filter((rows) => rows.length > 0);
  }

  /** Forgets what counters rose by and what was observed since the last call. */
  forgetIncrements(): void {
    for (const slot of this.#slots.values()) slot.forgetIncrements();
    this.#counters.forget();
    this.#observed.take();
  }

  #add(slot: EdgeSlot, row: number, owner: Place, call: Call): void {
    const { spans } = this.#neighbourhood;
    slot.add(row, call);
    const hash = spans.traceHash(owner);
    if (!slot.admitsExample(row, hash)) return;
    spans.copyIds(owner, SPAN, this.#ids);
    slot.addExample(row, hash, this.#ids);
  }

  #slotOf(owner: Place): EdgeSlot {
    const first = this.#neighbourhood.slotOf(owner);
    if (first === this.#currentSlot) return (this.#current ??= this.#open(first));
    return (this.#previous ??= this.#open(first));
  }

  #open(first: number): EdgeSlot {
    let slot = this.#slots.get(first);
    if (slot === undefined) {
      const newest = [...this.#slots.values()].at(-1);
      slot = new EdgeSlot(first, this.#options.rowsPerTenantMax, newest);
      this.#slots.set(first, slot);
    }
    return slot;
  }
}
