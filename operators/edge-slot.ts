/**
 * The edges of one slot: per caller, callee, connection type and window what their calls took and how they ended. Facts are added, and
 * what a fact had said before it moved is added to a row of sign '-': no counter ever falls.
 */
import { ClassicBuckets } from './classic-buckets.ts';
import { addProduct, grown, wideSum } from './columns.ts';
import type { Call } from './call.ts';
import { Examples } from './examples.ts';
import { CallQueue, CLIENT_FAILED, SERVER_FAILED, SIDES } from './call-queue.ts';
import { bucketOf } from './histogram.ts';
import { Histograms, type SparseHistogram } from './histograms.ts';
import { CONNECTION_TYPES, type EdgeLabels } from './edge-labels.ts';
import { KeyTable } from './key-table.ts';
import { OVERFLOW } from './limiter.ts';
import { NO_CALLS, type Tally, minus, wholeOf } from './tally.ts';
import type { TakenEdge } from './taken-edge.ts';

/** Words of a row's key: tenant, parent, child, type with sign, window. */
const KEY_WORDS = 5;

const CALLS = 0;
const ERRORS = 1;
const CLIENT_ERRORS = 2;
const SERVER_ERRORS = 3;
/** Wide sums: two limbs each, in the order of the sides. */
const CLIENT_US = 4;
const SERVER_US = 6;
const NETWORK_US = 8;
const IS_DIRTY = 10;
const RECORD = 12;

const [CLIENT, SERVER, NETWORK] = [0, 1, 2];

export class EdgeSlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly labels: EdgeLabels[] = [];
  readonly #rowsPerTenantMax: number;
  /** The numbers of names, by which rows are found. */
  readonly #names = new Map<string, number>();
  readonly #rows = new KeyTable(KEY_WORDS, 0);
  readonly #rowsByTenant = new Map<string, number>();
  #records = new Float64Array(16 * RECORD);
  /** SIDES a row, next to each other. */
  readonly #histograms: Histograms;
  readonly #classic = new ClassicBuckets();
  readonly #examples = new Examples();
  /** Per row, 1 + the row that takes it back, or 0 while there is none. */
  #opposites = new Int32Array(16);
  readonly #calls = new CallQueue();
  #dirty: number[] = [];
  /** The tallies of changed rows, as they were last taken. */
  readonly #before = new Map<number, Tally>();

  /** `before`: another slot, which had as many edges as this will. */
  constructor(slot: number, rowsPerTenantMax: number, before?: EdgeSlot) {
    this.slot = slot;
    this.#histograms = new Histograms(1, before && before.#histograms);
    this.#rowsPerTenantMax = rowsPerTenantMax;
  }

  get length(): number {
    return this.labels.length;
  }

  /** The row of these labels; of the overflow edge, where the tenant has too many. A '-' row has room where its '+' row has. */
  rowOf(labels: EdgeLabels): number {
    const known = this.#find(labels);
    if (known >= 0) return known;
    const used = this.#rowsByTenant.get(labels.tenant) ?? 0;
    const isOverflow = labels.parent === OVERFLOW && labels.child === OVERFLOW;
    if (labels.sign === '+' && !isOverflow && used >= this.#rowsPerTenantMax)
      return this.rowOf({ ...labels, parent: OVERFLOW, child: OVERFLOW });
    if (labels.sign === '+' && !isOverflow) this.#rowsByTenant.set(labels.tenant, used + 1);
    const row = this.labels.length;
    this.#rows.add(row);
    this.labels.push(labels);
    this.#records = grown(this.#records, (row + 1) * RECORD);
    this.#opposites = grown(this.#opposites, row + 1);
    for (let side = 0; side < SIDES; side++) this.#histograms.open(row * SIDES + side);
    this.#examples.open(row);
    return row;
  }

  /** Counts a call. It waits for the next `take`, or until enough of them do. */
  add(row: number, call: Call): void {
    if (this.#calls.isFull) this.#count();
    this.#calls.add(row, call);
  }

  /** Whether a trace may be among the row's examples: see Examples. */
  admitsExample(row: number, hash: number): boolean {
    return this.#examples.admits(row, hash);
  }

  /** Adds a trace that is admitted: the first words of `ids`. */
  addExample(row: number, hash: number, ids: Int32Array): void {
    this.#examples.add(row, hash, ids);
  }

  /** The row that takes back what `row` says. */
  oppositeOf(row: number): number {
    const known = this.#opposites[row]! - 1;
    if (known >= 0) return known;
    const opposite = this.rowOf({ ...this.labels[row]!, sign: '-' });
    this.#opposites[row] = 1 + opposite;
    return opposite;
  }

  /** The rows changed since the last call. */
  take(): readonly TakenEdge[] {
    this.#count();
    const taken = this.#dirty.map((row) => this.#takeRow(row));
    this.#dirty = [];
    this.#before.clear();
    return taken;
  }

  /** Forgets what rows rose by, not that they changed. */
  forgetIncrements(): void {
    this.#count();
    for (const row of this.#dirty) this.#note(row);
  }

  #takeRow(row: number): TakenEdge {
    const at = row * RECORD;
    const records = this.#records;
    const client = this.#histograms.of(row * SIDES + CLIENT);
    const server = this.#histograms.of(row * SIDES + SERVER);
    records[at + IS_DIRTY] = 0;
    return {
      slot: this.slot,
      labels: this.labels[row]!,
      calls: records[at + CALLS]!,
      errors: records[at + ERRORS]!,
      clientErrors: records[at + CLIENT_ERRORS]!,
      serverErrors: records[at + SERVER_ERRORS]!,
      clientUs: wideSum(records, at + CLIENT_US),
      serverUs: wideSum(records, at + SERVER_US),
      networkUs: wideSum(records, at + NETWORK_US),
      client,
      server,
      network: this.#histograms.of(row * SIDES + NETWORK),
      examples: this.#examples.of(row),
      rise: minus(this.#tally(row, client, server), this.#before.get(row) ?? NO_CALLS),
    };
  }

  /** Notes what a row holds before it changes, so that its rise can be told. */
  #touch(row: number): void {
    const at = row * RECORD;
    if (this.#records[at + CALLS]! > 0) this.#note(row);
    this.#records[at + IS_DIRTY] = 1;
    this.#dirty.push(row);
  }

  #note(row: number): void {
    const client = this.#histograms.of(row * SIDES + CLIENT);
    const server = this.#histograms.of(row * SIDES + SERVER);
    this.#before.set(row, this.#tally(row, client, server));
  }

  #tally(row: number, client: SparseHistogram, server: SparseHistogram): Tally {
    const at = row * RECORD;
    const records = this.#records;
    const tally = [
      wholeOf(records[at + CALLS]!),
      wholeOf(records[at + ERRORS]!),
      wideSum(records, at + CLIENT_US),
      wideSum(records, at + SERVER_US),
    ];
    for (const units of this.#classic.of(row * SIDES + CLIENT, client)) tally.push(wholeOf(units));
    for (const units of this.#classic.of(row * SIDES + SERVER, server)) tally.push(wholeOf(units));
    return tally;
  }

  #find({ tenant, parent, child, type, sign, windowMs }: EdgeLabels): number {
    const { key } = this.#rows;
    key[0] = this.#numberOf(tenant);
    key[1] = this.#numberOf(parent);
    key[2] = this.#numberOf(child);
    key[3] = CONNECTION_TYPES.indexOf(type) * 2 + (sign === '-' ? 1 : 0);
    // Windows are whole seconds.
    key[4] = windowMs / 1000;
    return this.#rows.find();
  }

  #numberOf(name: string): number {
    let number = this.#names.get(name);
    if (number === undefined) this.#names.set(name, (number = this.#names.size));
    return number;
  }

  /** Counts the calls that wait: in short loops, so that the processor fetches many rows side by side. */
  #count(): void {
    const { length, rows, us, flags } = this.#calls;
    const records = this.#records;
    for (let call = 0; call < length; call++) {
      const at = rows[call]! * RECORD;
      if (records[at + IS_DIRTY] === 0) this.#touch(rows[call]!);
      const failed = flags[call]!;
      records[at + CALLS] = records[at + CALLS]! + 1;
      if (failed === 0) continue;
      records[at + ERRORS] = records[at + ERRORS]! + 1;
      if ((failed & CLIENT_FAILED) !== 0) records[at + CLIENT_ERRORS] = records[at + CLIENT_ERRORS]! + 1;
      if ((failed & SERVER_FAILED) !== 0) records[at + SERVER_ERRORS] = records[at + SERVER_ERRORS]! + 1;
    }
    for (let side = 0; side < SIDES; side++)
      for (let call = 0; call < length; call++)
        if (us[call * SIDES + side]! >= 0) this.#time(rows[call]!, side, us[call * SIDES + side]!);
    this.#calls.length = 0;
  }

  /** Counts what a side took. */
  #time(row: number, side: number, us: number): void {
    const bucket = bucketOf(us);
    addProduct(this.#records, row * RECORD + CLIENT_US + side * 2, us, 1);
    this.#histograms.add(row * SIDES + side, bucket, 1);
    this.#classic.add(row * SIDES + side, bucket, us, 1);
  }
}
