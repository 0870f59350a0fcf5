/**
 * The edges of one slot: per caller, callee, connection type and window what their calls took and how they ended. Facts are added, and
 * what a fact had said before it moved is added to a row of sign '-': no counter ever falls.
 */
import { addProduct, grown, wideSum } from './columns.ts';
import { Examples } from './examples.ts';
import { CLASSIC_BUCKETS, bucketOf, classicOf } from './histogram.ts';
import { Histograms, type SparseHistogram } from './histograms.ts';
import { KeyTable } from './key-table.ts';
import { OVERFLOW } from './limiter.ts';

export const CONNECTION_TYPES = ['direct', 'messaging', 'database', 'external'] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];
export const DIRECT = CONNECTION_TYPES.indexOf('direct');
export const MESSAGING = CONNECTION_TYPES.indexOf('messaging');
export const DATABASE = CONNECTION_TYPES.indexOf('database');
export const EXTERNAL = CONNECTION_TYPES.indexOf('external');

/** '-' takes back what '+' said: a caller that was replaced by a better one, a named peer that answered for itself. */
export type Sign = '+' | '-';

/** What identifies a row within a slot. */
export interface EdgeLabels {
  readonly tenant: string;
  readonly parent: string;
  readonly child: string;
  readonly type: ConnectionType;
  readonly sign: Sign;
  readonly windowMs: number;
}

/** One call. A side that was not seen has no duration; a network time needs both, in the right order. */
export interface Call {
  readonly clientUs: number | undefined;
  readonly serverUs: number | undefined;
  readonly networkUs: number | undefined;
  readonly isClientError: boolean;
  readonly isServerError: boolean;
}

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

const [CLIENT, SERVER, NETWORK, SIDES] = [0, 1, 2, 3];

export interface TakenEdge {
  /** First offset of the slot. */
  readonly slot: number;
  readonly labels: EdgeLabels;
  readonly calls: number;
  readonly errors: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly clientUs: bigint;
  readonly serverUs: bigint;
  readonly networkUs: bigint;
  readonly client: SparseHistogram;
  readonly server: SparseHistogram;
  readonly network: SparseHistogram;
  readonly examples: readonly string[];
  /** What the row rose by since it was last taken, as a tally. */
  readonly rise: readonly bigint[];
}

/** Places in a tally: calls, errors, the sums of both sides, and their calls per classic bucket, each bucket apart. */
export const TALLY_CALLS = 0;
export const TALLY_ERRORS = 1;
export const TALLY_CLIENT_US = 2;
export const TALLY_SERVER_US = 3;
export const TALLY_CLIENT_BUCKETS = 4;
export const TALLY_SERVER_BUCKETS = TALLY_CLIENT_BUCKETS + CLASSIC_BUCKETS;
export const TALLY_LENGTH = TALLY_SERVER_BUCKETS + CLASSIC_BUCKETS;

/** Classic buckets of both sides of a row. */
const CLASSICS = 2 * CLASSIC_BUCKETS;
const NOTHING: readonly bigint[] = Array<bigint>(TALLY_LENGTH).fill(0n);

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
  readonly #histograms = new Histograms(1);
  /** Calls per classic bucket: the client's, then the server's. */
  #classic = new Uint32Array(16 * CLASSICS);
  readonly #examples = new Examples();
  /** Per row, 1 + the row that takes it back, or 0 while there is none. */
  #opposites = new Int32Array(16);
  #dirty: number[] = [];
  /** The tallies of changed rows, as they were last taken. */
  readonly #before = new Map<number, readonly bigint[]>();

  constructor(slot: number, rowsPerTenantMax: number) {
    this.slot = slot;
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
    this.#classic = grown(this.#classic, (row + 1) * CLASSICS);
    this.#opposites = grown(this.#opposites, row + 1);
    for (let side = 0; side < SIDES; side++) this.#histograms.open(row * SIDES + side);
    this.#examples.open(row);
    return row;
  }

  add(row: number, call: Call): void {
    const records = this.#records;
    const at = row * RECORD;
    if (records[at + IS_DIRTY] === 0) this.#touch(row);
    records[at + CALLS] = records[at + CALLS]! + 1;
    if (call.isClientError || call.isServerError) {
      records[at + ERRORS] = records[at + ERRORS]! + 1;
      if (call.isClientError) records[at + CLIENT_ERRORS] = records[at + CLIENT_ERRORS]! + 1;
      if (call.isServerError) records[at + SERVER_ERRORS] = records[at + SERVER_ERRORS]! + 1;
    }
    if (call.clientUs !== undefined) {
      const bucket = this.#time(row, CLIENT, call.clientUs);
      this.#classic[row * CLASSICS + classicOf(call.clientUs, bucket)]!++;
    }
    if (call.serverUs !== undefined) {
      const bucket = this.#time(row, SERVER, call.serverUs);
      this.#classic[row * CLASSICS + CLASSIC_BUCKETS + classicOf(call.serverUs, bucket)]!++;
    }
    if (call.networkUs !== undefined) this.#time(row, NETWORK, call.networkUs);
  }

  /** Whether a trace may be among the row's examples: see Examples. */
  admitsExample(row: number, hash: number): boolean {
    return this.#examples.admits(row, hash);
  }

  addExample(row: number, hash: number, traceId: string): void {
    this.#examples.add(row, hash, traceId);
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
    const taken = this.#dirty.map((row) => {
      const at = row * RECORD;
      const records = this.#records;
      const before = this.#before.get(row) ?? NOTHING;
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
        client: this.#histograms.of(row * SIDES + CLIENT),
        server: this.#histograms.of(row * SIDES + SERVER),
        network: this.#histograms.of(row * SIDES + NETWORK),
        examples: this.#examples.of(row),
        rise: this.#tally(row).map((units, place) => units - before[place]!),
      };
    });
    this.#dirty = [];
    this.#before.clear();
    return taken;
  }

  /** Forgets what rows rose by, not that they changed. */
  forgetIncrements(): void {
    for (const row of this.#dirty) this.#before.set(row, this.#tally(row));
  }

  /** Notes what a row holds before it changes, so that its rise can be told. */
  #touch(row: number): void {
    const at = row * RECORD;
    if (this.#records[at + CALLS]! > 0) this.#before.set(row, this.#tally(row));
    this.#records[at + IS_DIRTY] = 1;
    this.#dirty.push(row);
  }

  #tally(row: number): readonly bigint[] {
    const at = row * RECORD;
    const records = this.#records;
    const classic = this.#classic.subarray(row * CLASSICS, (row + 1) * CLASSICS);
    return [
      BigInt(records[at + CALLS]!),
      BigInt(records[at + ERRORS]!),
      wideSum(records, at + CLIENT_US),
      wideSum(records, at + SERVER_US),
      ...Array.from(classic, BigInt),
    ];
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

  /** Counts a duration, and returns its bucket. */
  #time(row: number, side: number, us: number): number {
    const bucket = bucketOf(us);
    addProduct(this.#records, row * RECORD + CLIENT_US + side * 2, us, 1);
    this.#histograms.reserve(row * SIDES + side, bucket);
    this.#histograms.add(row * SIDES + side, bucket, 1);
    return bucket;
  }
}
