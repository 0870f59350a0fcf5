/**
 * The paths of one slot: per reduced path and window, how many spans lie on it and how many of them are parents, calls and failed calls.
 * Facts are added, and what a fact had said before it moved is added to a row of sign '-': no counter ever falls.
 */
import { grown } from './columns.ts';
import type { Sign } from './edge-slot.ts';
import { Examples } from './examples.ts';
import { OVERFLOW_PATH, type ReducedPath } from './reduced-path.ts';

/** What identifies a row within a slot. */
export interface PathLabels {
  readonly tenant: string;
  readonly windowMs: number;
  readonly path: ReducedPath;
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

export class PathSlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly examples = new Examples();
  readonly #labels: PathLabels[] = [];
  readonly #rowsPerTenantMax: number;
  readonly #rows = new Map<string, number>();
  readonly #rowsByTenant = new Map<string, number>();
  #records = new Float64Array(16 * RECORD);
  #dirty: number[] = [];

  constructor(slot: number, rowsPerTenantMax: number) {
    this.slot = slot;
    this.#rowsPerTenantMax = rowsPerTenantMax;
  }

  get length(): number {
    return this.#labels.length;
  }

  /** The row of these labels; of the overflow path, where the tenant has too many. A '-' row has room where its '+' row has. */
  rowOf(labels: PathLabels): number {
    const name = nameOf(labels);
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    if (labels.sign === '+' && labels.path !== OVERFLOW_PATH) {
      const used = this.#rowsByTenant.get(labels.tenant) ?? 0;
      if (used >= this.#rowsPerTenantMax) return this.rowOf({ ...labels, path: OVERFLOW_PATH });
      this.#rowsByTenant.set(labels.tenant, used + 1);
    }
    const row = this.#labels.length;
    this.#rows.set(name, row);
    this.#labels.push(labels);
    this.#records = grown(this.#records, (row + 1) * RECORD);
    this.examples.open(row);
    return row;
  }

  /** The row that takes back what `row` says. */
  oppositeOf(row: number): number {
    return this.rowOf({ ...this.#labels[row]!, sign: '-' });
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

  #count(row: number, column: number): void {
    const records = this.#records;
    const at = row * RECORD;
    records[at + column] = records[at + column]! + 1;
    if (records[at + IS_DIRTY] !== 0) return;
    records[at + IS_DIRTY] = 1;
    this.#dirty.push(row);
  }
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf({ tenant, windowMs, path, sign }: PathLabels): string {
  return `${windowMs} ${sign} ${tenant.length} ${tenant}${path.name}`;
}
