/** What trace quality gives out: rows of table `quality_v1`, absolute per slot, and what their counters rose by. */
import { CHUNK_ROWS, COLUMNS, COUNTERS, QualityChunk, type QualityLabels } from './quality-chunk.ts';
import type { Rows } from './rows.ts';

export const QUALITY_TABLE = 'quality_v1';
export const CLIENTS_TABLE = 'clients_v1';

/**
 * Rows `quality_counters`: tenant, service, check, and what rose since the last time: judged, passed, exempt, and of each what was taken back
 * (`judged_moved`, ...) because a verdict changed.
 */
export const QUALITY_COUNTER_ROWS = 'quality_counters';

/** Places of a check's counters. */
export const JUDGED = 0;
export const PASSED_OF_THEM = 1;
export const EXEMPT_OF_THEM = 2;
/** Counters from this one on are those of what was taken back. */
export const MOVED = 3;

/** Rows being written, a check's counters in one row of a slot each: as small as can be, as there may be hundreds of thousands. */
export class QualityRows {
  readonly #windowMs: number;
  readonly #checks: readonly string[];
  readonly #chunks: QualityChunk[] = [];

  /** `checks`: their names. */
  constructor(windowMs: number, checks: readonly string[]) {
    this.#windowMs = windowMs;
    this.#checks = checks;
  }

  /** Adds a row: its counters are the COUNTERS numbers of `counters` from `from` on. */
  add(
    slot: number,
    labels: QualityLabels,
    check: number,
    counters: Float64Array,
    from: number,
    passes: readonly string[],
    failures: readonly string[],
  ): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.length === CHUNK_ROWS) this.#chunks.push((chunk = new QualityChunk()));
    chunk.add(slot, labels, check, counters, from, passes, failures);
  }

  get rows(): readonly Rows[] {
    return this.#chunks.map((chunk) => chunk.rows(QUALITY_TABLE, this.#windowMs, this.#checks));
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
    before: Uint16Array | Uint32Array | Float64Array,
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
