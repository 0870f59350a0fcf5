/** What trace quality gives out: rows of table `quality_v1`, absolute per slot, and what their counters rose by. */
import type { Rows } from './rows.ts';

export const QUALITY_TABLE = 'quality_v1';
export const CLIENTS_TABLE = 'clients_v1';

/**
 * Rows `quality_counters`: tenant, service, check, and what rose since the last time: judged, passed, exempt, and of each what was taken back
 * (`judged_moved`, ...) because a verdict changed.
 */
export const QUALITY_COUNTER_ROWS = 'quality_counters';

/** Counters of a check: what was counted, then what was taken back. */
const COLUMNS = ['judged', 'passed', 'exempt', 'judged_moved', 'passed_moved', 'exempt_moved'] as const;
export const COUNTERS = COLUMNS.length;
export const JUDGED = 0;
export const PASSED_OF_THEM = 1;
export const EXEMPT_OF_THEM = 2;
/** Counters from this one on are those of what was taken back. */
export const MOVED = 3;

/** What identifies a row within a slot, its check aside. */
export interface QualityLabels {
  readonly tenant: string;
  readonly service: string;
  readonly operation: string;
  /** Number of the window. */
  readonly window: number;
}

/** Rows a chunk holds: so few that none of its columns grows large, nor leaves large ones behind. */
const CHUNK_ROWS = 4096;

/** Rows being written, a check's counters in one row of a slot each: columns from the start, as there may be hundreds of thousands. */
export class QualityRows {
  readonly #windowMs: number;
  readonly #chunks: Chunk[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a row: its counters are the COUNTERS numbers of `counters` from `from` on. */
  add(
    slot: number,
    labels: QualityLabels,
    check: string,
    counters: Float64Array,
    from: number,
    passes: readonly string[],
    failures: readonly string[],
  ): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.length === CHUNK_ROWS) this.#chunks.push((chunk = new Chunk()));
    chunk.add(slot, labels.window * this.#windowMs, labels, check, passes, failures);
    for (let at = 0; at < COUNTERS; at++) chunk.counters[at]![chunk.length - 1] = counters[from + at]!;
  }

  get rows(): readonly Rows[] {
    return this.#chunks.map((chunk) => chunk.rows);
  }
}

class Chunk {
  length = 0;
  /** By counter. */
  readonly counters = COLUMNS.map(() => new Float64Array(CHUNK_ROWS));
  readonly #slots = new Float64Array(CHUNK_ROWS);
  readonly #windows = new Float64Array(CHUNK_ROWS);
  readonly #tenants: string[] = [];
  readonly #services: string[] = [];
  readonly #operations: string[] = [];
  readonly #checks: string[] = [];
  readonly #passes: (readonly string[])[] = [];
  readonly #failures: (readonly string[])[] = [];

  /** Adds a row; its counters are the caller's to set. */
  add(
    slot: number,
    windowMs: number,
    { tenant, service, operation }: QualityLabels,
    check: string,
    passes: readonly string[],
    failures: readonly string[],
  ): void {
    this.#slots[this.length] = slot;
    this.#windows[this.length++] = windowMs;
    this.#tenants.push(tenant);
    this.#services.push(service);
    this.#operations.push(operation);
    this.#checks.push(check);
    this.#passes.push(passes);
    this.#failures.push(failures);
  }

  get rows(): Rows {
    const { length } = this;
    return {
      name: QUALITY_TABLE,
      length,
      slot: this.#slots.subarray(0, length),
      columns: {
        tenant: this.#tenants,
        window_start: this.#windows.subarray(0, length),
        service: this.#services,
        operation: this.#operations,
        check: this.#checks,
        ...Object.fromEntries(COLUMNS.map((column, at) => [column, this.counters[at]!.subarray(0, length)])),
        pass_examples: this.#passes,
        fail_examples: this.#failures,
      },
    };
  }
}

/** What counters rose by, summed over operations, windows and slots: a row for each service and check that rose. */
export class QualityRises {
  readonly #checks: number;
  /** By service, the row of each check; -1 while it has none. */
  readonly #rowsOf = new Map<string, Int32Array>();
  readonly #tenants: string[] = [];
  readonly #services: string[] = [];
  readonly #names: string[] = [];
  readonly #rises: number[] = [];

  constructor(checks: number) {
    this.#checks = checks;
  }

  /** The rows of a service's checks. */
  rowsOf({ tenant, service }: QualityLabels): Int32Array {
    const key = `${tenant.length} ${tenant}${service}`;
    let rows = this.#rowsOf.get(key);
    if (rows === undefined) this.#rowsOf.set(key, (rows = new Int32Array(this.#checks).fill(-1)));
    return rows;
  }

  /** Adds what a check's counters of one row rose by: `now` less `before`, from `from` on. */
  add(
    rows: Int32Array,
    check: number,
    name: string,
    { tenant, service }: QualityLabels,
    now: Float64Array,
    before: Uint32Array | Float64Array,
    from: number,
  ): void {
    if (rows[check] === -1) {
      rows[check] = this.#names.length;
      this.#tenants.push(tenant);
      this.#services.push(service);
      this.#names.push(name);
      for (let at = 0; at < COUNTERS; at++) this.#rises.push(0);
    }
    const to = rows[check]! * COUNTERS;
    for (let at = 0; at < COUNTERS; at++) this.#rises[to + at]! += now[from + at]! - before[from + at]!;
  }

  get rows(): Rows {
    const rose = this.#names.map((_, row) => row).filter((row) => this.#hasRisen(row));
    return {
      name: QUALITY_COUNTER_ROWS,
      length: rose.length,
      slot: new Float64Array(0),
      columns: {
        tenant: rose.map((row) => this.#tenants[row]!),
        service: rose.map((row) => this.#services[row]!),
        check: rose.map((row) => this.#names[row]!),
        ...counterColumns(rose.flatMap((row) => this.#rises.slice(row * COUNTERS, (row + 1) * COUNTERS))),
      },
    };
  }

  #hasRisen(row: number): boolean {
    for (let at = row * COUNTERS; at < (row + 1) * COUNTERS; at++) if (this.#rises[at]! > 0) return true;
    return false;
  }
}

/** Columns from numbers that stand row by row. */
function counterColumns(counters: readonly number[]): Record<string, Float64Array> {
  const rows = counters.length / COUNTERS;
  return Object.fromEntries(
    COLUMNS.map((column, at) => [
      column,
      Float64Array.from({ length: rows }, (_, row) => counters[row * COUNTERS + at]!),
    ]),
  );
}
