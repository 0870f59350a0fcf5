/**
 * The paths of one slot: per reduced path and window, how many spans lie on it and how many of them are parents, calls and failed calls.
 * Facts are added, and what a fact had said before it moved is added to a row of sign '-': no counter ever falls.
 */
import { grown } from './columns.ts';
import type { Sign } from './edge-labels.ts';
import { KeyTable } from './key-table.ts';
import { OVERFLOW } from './limiter.ts';
import { Examples } from './examples.ts';
import type { PathTrie } from './path-trie.ts';

/** A row's counters. */
export const SPANS = 0;
export const PARENTS = 1;
export const CALLS = 2;
export const ERRORS = 3;
const IS_DIRTY = 4;
/** The greatest hash that may still be an example's: here, beside what each span counts, so that most look no further. */
const EXAMPLE_MAX = 5;
/** One cache line, where the allocator starts at one. */
const RECORD = 8;

/** What tells a row from others of the slot. */
const NODE = 0;
const WINDOW = 1;
const SIGN = 2;
const KEY = 3;

const SAID = 0;
const TAKEN_BACK = 1;

export class PathSlot {
  /** First offset of the slot. */
  readonly slot: number;
  /** Tells the slot from others of one trie: not 0. */
  readonly #number: number;
  readonly #rowsPerTenantMax: number;
  readonly #examples = new Examples();
  /** Rows by path, window and sign. */
  readonly #rows: KeyTable;
  #keys = new Int32Array(16 * KEY);
  #records = new Float64Array(16 * RECORD);
  #dirty = new Int32Array(16);
  /** Rows changed since they were taken. */
  dirtyRows = 0;
  /** Per tenant, by its node: rows that the limit counts. */
  #bounded = new Map<number, number>();

  constructor(slot: number, number: number, rowsPerTenantMax: number, seed: number) {
    this.slot = slot;
    this.#number = number;
    this.#rowsPerTenantMax = rowsPerTenantMax;
    this.#rows = new KeyTable(KEY, seed);
  }

  get length(): number {
    return this.#rows.size;
  }

  /** The row of a path and a window; of the overflow path, where the tenant has too many. */
  rowOf(trie: PathTrie, node: number, window: number): number {
    const known = trie.rowIn(node, this.#number, window);
    if (known >= 0) return known;
    const row = this.#admit(trie, node, window);
    trie.rememberRow(node, this.#number, window, row);
    return row;
  }

  /** The row of what is too long, or one too many: no limit counts it. */
  overflowRowOf(trie: PathTrie, tenant: number, window: number): number {
    const name = trie.names.ofText(OVERFLOW);
    const node = trie.child(tenant, name, name);
    const row = this.#find(node, window, SAID);
    return row >= 0 ? row : this.#open();
  }

  /** The row that takes back what `row` says. No limit counts it: it has room where the other has. */
  oppositeOf(row: number): number {
    const opposite = this.#find(this.nodeOf(row), this.windowOf(row), TAKEN_BACK);
    return opposite >= 0 ? opposite : this.#open();
  }

  /** Adds a span that has a child, is the path's last entry itself, or failed. */
  add(row: number, isParent: boolean, isCall: boolean, isError: boolean): void {
    const records = this.#records;
    const at = row * RECORD;
    records[at + SPANS]!++;
    if (isParent) records[at + PARENTS]!++;
    if (isCall) records[at + CALLS]!++;
    if (isCall && isError) records[at + ERRORS]!++;
    if (records[at + IS_DIRTY] === 0) this.#soil(row);
  }

  /** A span counted already turns out to have a child. */
  addParent(row: number): void {
    const at = row * RECORD;
    this.#records[at + PARENTS]!++;
    if (this.#records[at + IS_DIRTY] === 0) this.#soil(row);
  }

  /** Whether a trace of this hash may be among the row's examples. */
  admitsExample(row: number, hash: number): boolean {
    return hash <= this.#records[row * RECORD + EXAMPLE_MAX]!;
  }

  addExample(row: number, hash: number, ids: Int32Array): void {
    this.#records[row * RECORD + EXAMPLE_MAX] = this.#examples.add(row, hash, ids);
  }

  nodeOf(row: number): number {
    return this.#keys[row * KEY + NODE]!;
  }

  windowOf(row: number): number {
    return this.#keys[row * KEY + WINDOW]!;
  }

  signOf(row: number): Sign {
    return this.#keys[row * KEY + SIGN] === SAID ? '+' : '-';
  }

  count(row: number, counter: number): number {
    return this.#records[row * RECORD + counter]!;
  }

  examplesOf(row: number): readonly string[] {
    return this.#examples.of(row);
  }

  /** The rows changed since the last call. */
  take(): Int32Array {
    const rows = this.#dirty.subarray(0, this.dirtyRows);
    for (const row of rows) this.#records[row * RECORD + IS_DIRTY] = 0;
    this.dirtyRows = 0;
    return rows;
  }

  /** Marks the nodes of all rows, and of tenants. */
  markNodes(used: Uint8Array): void {
    for (let row = 0; row < this.length; row++) used[this.nodeOf(row)] = 1;
    for (const tenant of this.#bounded.keys()) used[tenant] = 1;
  }

  /** Renames them: `renamed[node]` is the new one. */
  renameNodes(renamed: Int32Array): void {
    const rows = this.length;
    this.#rows.clear();
    for (let row = 0; row < rows; row++) {
      this.#keys[row * KEY + NODE] = renamed[this.nodeOf(row)]!;
      this.#rows.key.set(this.#keys.subarray(row * KEY, (row + 1) * KEY));
      this.#rows.find();
      this.#rows.add(row);
    }
    this.#bounded = new Map([...this.#bounded].map(([tenant, count]) => [renamed[tenant]!, count]));
  }

  #admit(trie: PathTrie, node: number, window: number): number {
    const row = this.#find(node, window, SAID);
    if (row >= 0) return row;
    const tenant = trie.tenantOf(node);
    const bounded = this.#bounded.get(tenant) ?? 0;
    if (bounded >= this.#rowsPerTenantMax) return this.overflowRowOf(trie, tenant, window);
    this.#bounded.set(tenant, bounded + 1);
    return this.#open();
  }

  #find(node: number, window: number, sign: number): number {
    const { key } = this.#rows;
    key[NODE] = node;
    key[WINDOW] = window;
    key[SIGN] = sign;
    return this.#rows.find();
  }

  /** Opens a row of the key that was not found. */
  #open(): number {
    const row = this.#rows.size;
    this.#keys = grown(this.#keys, (row + 1) * KEY);
    this.#keys.set(this.#rows.key, row * KEY);
    this.#rows.add(row);
    this.#records = grown(this.#records, (row + 1) * RECORD);
    this.#records[row * RECORD + EXAMPLE_MAX] = this.#examples.open(row);
    return row;
  }

  #soil(row: number): void {
    this.#records[row * RECORD + IS_DIRTY] = 1;
    this.#dirty = grown(this.#dirty, this.dirtyRows + 1);
    this.#dirty[this.dirtyRows++] = row;
  }
}
