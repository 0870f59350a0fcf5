/**
 * The edges of one slot: per caller, callee, connection type and window what their calls took and how they ended. Facts are added, and
 * what a fact had said before it moved is added to a row of sign '-': no counter ever falls.
 */
import { addProduct, grown, wideSum } from './columns.ts';
import { Examples } from './examples.ts';
import { bucketOf } from './histogram.ts';
import { Histograms, type SparseHistogram } from './histograms.ts';
import { OVERFLOW } from './limiter.ts';

export type ConnectionType = 'direct' | 'messaging' | 'database' | 'external';

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
  readonly traceId: string;
}

const CALLS = 0;
const ERRORS = 1;
const CLIENT_ERRORS = 2;
const SERVER_ERRORS = 3;
/** Wide sums: two limbs each. */
const CLIENT_US = 4;
const SERVER_US = 6;
const NETWORK_US = 8;
const IS_DIRTY = 10;
const RECORD = 12;

export interface TakenEdge {
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
}

export class EdgeSlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly labels: EdgeLabels[] = [];
  readonly #rowsPerTenantMax: number;
  readonly #rows = new Map<string, number>();
  readonly #rowsByTenant = new Map<string, number>();
  #records = new Float64Array(16 * RECORD);
  readonly #client = new Histograms(1);
  readonly #server = new Histograms(1);
  readonly #network = new Histograms(1);
  readonly #examples = new Examples();
  #dirty: number[] = [];

  constructor(slot: number, rowsPerTenantMax: number) {
    this.slot = slot;
    this.#rowsPerTenantMax = rowsPerTenantMax;
  }

  get length(): number {
    return this.labels.length;
  }

  /** The row of these labels; of the overflow edge, where the tenant has too many. A '-' row has room where its '+' row has. */
  rowOf(labels: EdgeLabels): number {
    const name = nameOf(labels);
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const used = this.#rowsByTenant.get(labels.tenant) ?? 0;
    const isOverflow = labels.parent === OVERFLOW && labels.child === OVERFLOW;
    if (labels.sign === '+' && !isOverflow && used >= this.#rowsPerTenantMax)
      return this.rowOf({ ...labels, parent: OVERFLOW, child: OVERFLOW });
    if (labels.sign === '+' && !isOverflow) this.#rowsByTenant.set(labels.tenant, used + 1);
    const row = this.labels.length;
    this.#rows.set(name, row);
    this.labels.push(labels);
    this.#records = grown(this.#records, (row + 1) * RECORD);
    this.#client.open(row);
    this.#server.open(row);
    this.#network.open(row);
    this.#examples.open(row);
    return row;
  }

  add(row: number, call: Call): void {
    const records = this.#records;
    const at = row * RECORD;
    const count = (column: number): void => {
      records[at + column] = records[at + column]! + 1;
    };
    count(CALLS);
    if (call.isClientError || call.isServerError) count(ERRORS);
    if (call.isClientError) count(CLIENT_ERRORS);
    if (call.isServerError) count(SERVER_ERRORS);
    this.#time(row, CLIENT_US, this.#client, call.clientUs);
    this.#time(row, SERVER_US, this.#server, call.serverUs);
    this.#time(row, NETWORK_US, this.#network, call.networkUs);
    this.#examples.add(row, hashOf(call.traceId), call.traceId);
    if (records[at + IS_DIRTY] !== 0) return;
    records[at + IS_DIRTY] = 1;
    this.#dirty.push(row);
  }

  /** The row that takes back what `row` says. */
  oppositeOf(row: number): number {
    return this.rowOf({ ...this.labels[row]!, sign: '-' });
  }

  /** The rows changed since the last call. */
  take(): readonly TakenEdge[] {
    const rows = this.#dirty;
    this.#dirty = [];
    return rows.map((row) => {
      const at = row * RECORD;
      const records = this.#records;
      records[at + IS_DIRTY] = 0;
      return {
        labels: this.labels[row]!,
        calls: records[at + CALLS]!,
        errors: records[at + ERRORS]!,
        clientErrors: records[at + CLIENT_ERRORS]!,
        serverErrors: records[at + SERVER_ERRORS]!,
        clientUs: wideSum(records, at + CLIENT_US),
        serverUs: wideSum(records, at + SERVER_US),
        networkUs: wideSum(records, at + NETWORK_US),
        client: this.#client.of(row),
        server: this.#server.of(row),
        network: this.#network.of(row),
        examples: this.#examples.of(row),
      };
    });
  }

  #time(row: number, column: number, histograms: Histograms, us: number | undefined): void {
    if (us === undefined) return;
    const bucket = bucketOf(us);
    addProduct(this.#records, row * RECORD + column, us, 1);
    histograms.reserve(row, bucket);
    histograms.add(row, bucket, 1);
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf({ tenant, parent, child, type, sign, windowMs }: EdgeLabels): string {
  return `${windowMs} ${type} ${sign} ${tenant.length} ${parent.length} ${tenant}${parent}${child}`;
}
