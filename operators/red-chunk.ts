/**
 * Some rows that RED gives out, as they wait to be written and counted: as numbers one after another, as thousands of short lists took twice
 * that. Columns are made when they are asked for.
 */
import { SPAN_KINDS, STATUS_CODES } from '../src/spans/span-batch.ts';
import { numbersOf, setWide, wideSum } from './columns.ts';
import { CLASSIC_BUCKETS } from './histogram.ts';
import type { SeriesLabels } from './limiter.ts';
import type { TakenRow } from './red-slot.ts';
import { type ColumnData, type Rows, rowsWhenAsked } from './rows.ts';

/** A row's numbers. The sums of durations are wide: two limbs. */
const SLOT = 0;
const WINDOW = 1;
const SPANS = 2;
const CALLS = 3;
const MIN_US = 4;
const MAX_US = 5;
const ROSE = 6;
const DURATION = 7;
const ROSE_DURATION = 9;
const RECORD = 11;

export class RedChunk {
  readonly #labels: readonly SeriesLabels[];
  readonly #records: Float64Array;
  /** Histograms one after another, and where each ends. */
  readonly #ends: Int32Array;
  readonly #buckets: Int16Array;
  readonly #units: Float64Array;
  /** Per row what each classic bucket rose by: how many did, then which and by how much. */
  readonly #rises: Float64Array;

  constructor(taken: readonly TakenRow[]) {
    this.#labels = taken.map(({ labels }) => labels);
    this.#records = new Float64Array(taken.length * RECORD);
    this.#ends = new Int32Array(taken.length);
    const held = taken.reduce((sum, { histogram }) => sum + histogram.buckets.length, 0);
    this.#buckets = new Int16Array(held);
    this.#units = new Float64Array(held);
    const rises: number[] = [];
    let end = 0;
    for (let row = 0; row < taken.length; row++) {
      const { slot, windowMs, spans, minUs, maxUs, histogram, now, increment } = taken[row]!;
      const at = row * RECORD;
      this.#records[at + SLOT] = slot;
      this.#records[at + WINDOW] = windowMs;
      this.#records[at + SPANS] = spans;
      this.#records[at + CALLS] = now.calls;
      this.#records[at + MIN_US] = minUs;
      this.#records[at + MAX_US] = maxUs;
      this.#records[at + ROSE] = increment.calls;
      setWide(this.#records, at + DURATION, now.durationUs);
      setWide(this.#records, at + ROSE_DURATION, increment.durationUs);
      this.#buckets.set(histogram.buckets, end);
      this.#units.set(histogram.units, end);
      this.#ends[row] = end += histogram.buckets.length;
      addRises(rises, increment.classic);
    }
    this.#rises = Float64Array.from(rises);
  }

  /** Rows of a table: what the rows hold. */
  tableRows(name: string): Rows {
    return rowsWhenAsked(
      name,
      this.#labels.length,
      () => this.#numbers(SLOT),
      () => this.#tableColumns(),
      () => this.#numbers(WINDOW),
    );
  }

  /** Rows of counters: what the rows rose by. */
  counterRows(name: string): Rows {
    return rowsWhenAsked(
      name,
      this.#labels.length,
      () => new Float64Array(0),
      () => this.#counterColumns(),
    );
  }

  #tableColumns(): Readonly<Record<string, ColumnData>> {
    return {
      ...this.#labelColumns(),
      window_start: this.#numbers(WINDOW),
      spans: this.#numbers(SPANS),
      calls_units: this.#numbers(CALLS),
      duration_us_units: this.#wide(DURATION),
      duration_us_min: this.#numbers(MIN_US),
      duration_us_max: this.#numbers(MAX_US),
      bucket_index: this.#lists(this.#buckets),
      bucket_units: this.#lists(this.#units),
    };
  }

  #counterColumns(): Readonly<Record<string, ColumnData>> {
    return {
      ...this.#labelColumns(),
      calls_units: this.#numbers(ROSE),
      duration_us_units: this.#wide(ROSE_DURATION),
      buckets: this.#classic(),
    };
  }

  #labelColumns(): Record<string, readonly string[]> {
    const labels = this.#labels;
    return {
      tenant: labels.map(({ tenant }) => tenant),
      service: labels.map(({ service }) => service),
      span_kind: labels.map(({ kind }) => SPAN_KINDS[kind]!),
      operation: labels.map(({ operation }) => operation),
      status: labels.map(({ status }) => STATUS_CODES[status]!),
      dimensions: labels.map(({ dimensions }) => dimensions),
    };
  }

  /** Each row's part of what stands one after another. */
  #lists(all: Int16Array | Float64Array): readonly (readonly number[])[] {
    let at = 0;
    return this.#labels.map((_, row) => {
      const list = new Array<number>(this.#ends[row]! - at);
      for (let item = 0; item < list.length; item++) list[item] = all[at++]!;
      return list;
    });
  }

  #numbers(which: number): Float64Array {
    let at = which - RECORD;
    return numbersOf(this.#labels, () => this.#records[(at += RECORD)]!);
  }

  #wide(which: number): readonly bigint[] {
    return this.#labels.map((_, row) => wideSum(this.#records, row * RECORD + which));
  }

  /** Per row what each classic bucket rose by. */
  #classic(): readonly (readonly number[])[] {
    let at = 0;
    return this.#labels.map(() => {
      const classic = new Array<number>(CLASSIC_BUCKETS).fill(0);
      for (let left = this.#rises[at++]!; left > 0; left--) classic[this.#rises[at++]!] = this.#rises[at++]!;
      return classic;
    });
  }
}

function addRises(rises: number[], classic: readonly number[]): void {
  const count = rises.push(0) - 1;
  for (const [bucket, units] of classic.entries()) {
    if (units === 0) continue;
    rises[count]!++;
    rises.push(bucket, units);
  }
}
