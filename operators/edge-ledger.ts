/** What was counted so far: the edges of each slot, credited to the spans that own them. A profile's rules write into it. */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { EdgeCounters } from './edge-counters.ts';
import { edgeRows } from './edge-rows.ts';
import { type Call, type ConnectionType, EdgeSlot } from './edge-slot.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { type Observation, Observations } from './observations.ts';
import type { Rows } from './rows.ts';
import type { Place } from './span-ring.ts';

export interface EdgeLedgerOptions {
  readonly windowMs: number;
  readonly rowsPerTenantMax: number;
}

/** Who calls whom. */
export interface Edge {
  readonly parent: string;
  readonly child: string;
  readonly type: ConnectionType;
}

/** Where a call was counted: 1 + its row in the owner's slot, so that 0 in a column means nowhere. */
export type Entry = number;

export class EdgeLedger {
  readonly #neighbourhood: Neighbourhood;
  readonly #options: EdgeLedgerOptions;
  readonly #slots = new Map<number, EdgeSlot>();
  readonly #counters = new EdgeCounters();
  readonly #observed = new Observations();
  #currentSlot = Number.NaN;
  #batch: SpanBatch | undefined;

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
    this.#batch = batch;
    this.#currentSlot = batch.slot;
  }

  /** Counts a call in the owner's slot and window. */
  count(owner: Place, { parent, child, type }: Edge, call: Call): Entry {
    const { spans } = this.#neighbourhood;
    const slot = this.#slotOf(owner);
    const tenant = this.#batch!.dictionary.text(spans.tenant(owner));
    const windowMs = spans.window(owner) * this.#options.windowMs;
    const row = slot.rowOf({ tenant, parent, child, type, sign: '+', windowMs });
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
    const tenant = this.#batch!.dictionary.text(this.#neighbourhood.spans.tenant(span));
    this.#observed.add(tenant, observation, 1);
  }

  service(span: Place): string {
    return this.#batch!.dictionary.text(this.#neighbourhood.spans.service(span));
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
    if (slot.admitsExample(row, hash)) slot.addExample(row, hash, spans.traceId(owner));
  }

  #slotOf(owner: Place): EdgeSlot {
    const first = this.#neighbourhood.slotOf(owner);
    let slot = this.#slots.get(first);
    if (slot === undefined) {
      slot = new EdgeSlot(first, this.#options.rowsPerTenantMax);
      this.#slots.set(first, slot);
    }
    return slot;
  }
}
