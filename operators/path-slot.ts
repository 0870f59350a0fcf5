/**
 * The paths of one slot: per reduced path and window, how many spans lie on it and how many of them are parents, calls and failed calls.
 * Facts are added, and what a fact had said before it moved is added to a row of sign '-': no counter ever falls.
 */
import { grown } from './columns.ts';
import type { Sign } from './edge-labels.ts';
import { Examples } from './examples.ts';
import { OVERFLOW } from './limiter.ts';
import { PathNode, type ReducedPath } from './path-tree.ts';

/** What is counted on a path that is too long, or one too many. */
export const OVERFLOW_PATH: ReducedPath = {
  above: undefined,
  service: OVERFLOW,
  operation: OVERFLOW,
  length: 1,
};

/** What identifies a row within a slot. */
export interface PathLabels {
  readonly tenant: string;
  /** Number of the window. */
  readonly window: number;
  readonly path: PathNode;
  readonly sign: Sign;
}

/** What a span adds to its path's row. */
export interface PathSpan {
  /** It has a child. */
  readonly isParent: boolean;
  /** It is the path's last entry itself. */
  readonly isCall: boolean;
  readonly isError: boolean;
}

export interface TakenPath {
  readonly labels: PathLabels;
  readonly spans: number;
  readonly parents: number;
  readonly calls: number;
  readonly errors: number;
  readonly examples: readonly string[];
}

const SPANS = 0;
const PARENTS = 1;
const CALLS = 2;
const ERRORS = 3;
const IS_DIRTY = 4;
const RECORD = 5;

interface TenantPaths {
  readonly tree: PathNode;
  /** Rows that the limit counts. */
  rows: number;
}

export class PathSlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly examples = new Examples();
  readonly #labels: PathLabels[] = [];
  readonly #rowsPerTenantMax: number;
  readonly #tenants = new Map<string, TenantPaths>();
  #records = new Float64Array(16 * RECORD);
  #dirty: number[] = [];

  constructor(slot: number, rowsPerTenantMax: number) {
    this.slot = slot;
    this.#rowsPerTenantMax = rowsPerTenantMax;
  }

  get length(): number {
    return this.#labels.length;
  }

  /** The row of a path and a window; of the overflow path, where the tenant has too many. */
  rowOf(tenant: string, window: number, path: ReducedPath): number {
    let paths = this.#tenants.get(tenant);
    if (paths === undefined) this.#tenants.set(tenant, (paths = { tree: PathNode.root(), rows: 0 }));
    const isBounded = path !== OVERFLOW_PATH;
    const isFull = isBounded && paths.rows >= this.#rowsPerTenantMax;
    const node = isFull ? paths.tree.find(path) : paths.tree.grow(path);
    const known = node?.rows.get(keyOf(window, '+'));
    if (known !== undefined) return known;
    if (node === undefined || isFull) return this.rowOf(tenant, window, OVERFLOW_PATH);
    if (isBounded) paths.rows++;
    return this.#open({ tenant, window, path: node, sign: '+' });
  }

  /** The row that takes back what `row` says. No limit counts it: it has room where the other has. */
  oppositeOf(row: number): number {
    const labels = this.#labels[row]!;
    return labels.path.rows.get(keyOf(labels.window, '-')) ?? this.#open({ ...labels, sign: '-' });
  }

  add(row: number, { isParent, isCall, isError }: PathSpan): void {
    this.#count(row, SPANS);
    if (isParent) this.#count(row, PARENTS);
    if (isCall) this.#count(row, CALLS);
    if (isCall && isError) this.#count(row, ERRORS);
  }

  /** A span counted already turns out to have a child. */
  addParent(row: number): void {
    this.#count(row, PARENTS);
  }

  /** The rows changed since the last call. */
  take(): readonly TakenPath[] {
    const rows = this.#dirty;
    this.#dirty = [];
    return rows.map((row) => {
      const at = row * RECORD;
      const records = this.#records;
      records[at + IS_DIRTY] = 0;
      return {
        labels: this.#labels[row]!,
        spans: records[at + SPANS]!,
        parents: records[at + PARENTS]!,
        calls: records[at + CALLS]!,
        errors: records[at + ERRORS]!,
        examples: this.examples.of(row),
      };
    });
  }

  #open(labels: PathLabels): number {
    const row = this.#labels.length;
    labels.path.rows.set(keyOf(labels.window, labels.sign), row);
    this.#labels.push(labels);
    this.#records = grown(this.#records, (row + 1) * RECORD);
    this.examples.open(row);
    return row;
  }

  #count(row: number, column: number): void {
    const records = this.#records;
    const at = row * RECORD;
    records[at + column] = records[at + column]! + 1;
    if (records[at + IS_DIRTY] !== 0) return;
    records[at + IS_DIRTY] = 1;
    this.#dirty.push(row);
  }
}

/** Tells rows of one path apart. */
function keyOf(window: number, sign: Sign): number {
  return window * 2 + (sign === '+' ? 0 : 1);
}
