/**
 * The RED rows of one slot, as columns: calls, durations and histogram per series and window, and beside them the increments of each
 * series' counters since they were last taken.
 */
import { WideSums, grown } from './columns.ts';
import { CLASSIC_BUCKETS, bucketOf, classicOf } from './histogram.ts';
import { KeyTable } from './key-table.ts';
import { OVERFLOW, type SeriesLabels, SeriesLimiter, type SeriesLimits } from './limiter.ts';

/** One series' counters since the last take, weighted in units of 2^-20. */
export interface SeriesIncrement {
  readonly labels: SeriesLabels;
  calls: number;
  readonly buckets: Float64Array;
}

export class RedSlot {
  /** First offset of the slot. */
  readonly slot: number;
  length = 0;
  readonly labels: SeriesLabels[] = [];
  windowMs = new Float64Array(64);
  spans = new Float64Array(64);
  calls = new Float64Array(64);
  minUs = new Float64Array(64);
  maxUs = new Float64Array(64);
  readonly durations = new WideSums();
  readonly increments: SeriesIncrement[] = [];
  readonly incrementDurations = new WideSums();
  /** Spans counted in an overflow bucket since the last take, by tenant. */
  readonly overflows = new Map<string, number>();

  readonly #limiter: SeriesLimiter;
  readonly #rows = new Map<string, number>();
  readonly #series = new Map<string, number>();
  #seriesOf = new Int32Array(64);
  #cellOf = new Int32Array(64);
  #dirty = new Uint8Array(64);
  #dirtyRows: number[] = [];
  readonly #cells: KeyTable;
  #cellBucket = new Int32Array(256);
  #cellUnits = new Float64Array(256);
  #cellNext = new Int32Array(256);

  constructor(slot: number, limits: SeriesLimits, seed: number) {
    this.slot = slot;
    this.#limiter = new SeriesLimiter(limits);
    this.#cells = new KeyTable(2, seed);
  }

  /** The row a span with these labels and window is counted in. */
  rowOf(labels: SeriesLabels, windowMs: number): number {
    const series = this.#limiter.admitSeries(labels);
    const known = this.#rows.get(rowName(series, windowMs));
    if (known !== undefined) return known;
    const admitted = this.#limiter.admitRow(series);
    return this.#rows.get(rowName(admitted, windowMs)) ?? this.#addRow(admitted, windowMs);
  }

  /** Counts one span of `weight` units in a row. */
  count(row: number, durationUs: number, weight: number): void {
    this.spans[row] = this.spans[row]! + 1;
    this.calls[row] = this.calls[row]! + weight;
    if (durationUs < this.minUs[row]!) this.minUs[row] = durationUs;
    if (durationUs > this.maxUs[row]!) this.maxUs[row] = durationUs;
    this.durations.addProduct(row, durationUs, weight);
    const bucket = bucketOf(durationUs);
    this.#countBucket(row, bucket, weight);
    const series = this.#seriesOf[row]!;
    const increment = this.increments[series]!;
    const classic = classicOf(durationUs, bucket);
    increment.calls += weight;
    increment.buckets[classic] = increment.buckets[classic]! + weight;
    this.incrementDurations.addProduct(series, durationUs, weight);
    if (this.#dirty[row] === 0) {
      this.#dirty[row] = 1;
      this.#dirtyRows.push(row);
    }
    const { operation, tenant } = increment.labels;
    if (operation === OVERFLOW) this.overflows.set(tenant, (this.overflows.get(tenant) ?? 0) + 1);
  }

  /** The rows changed since the last call. */
  takeDirty(): readonly number[] {
    const rows = this.#dirtyRows;
    for (const row of rows) this.#dirty[row] = 0;
    this.#dirtyRows = [];
    return rows;
  }

  /** The histogram of a row as (bucket, units) pairs, smallest bucket first. */
  histogram(row: number): { readonly buckets: number[]; readonly units: number[] } {
    const cells: number[] = [];
    for (let cell = this.#cellOf[row]!; cell >= 0; cell = this.#cellNext[cell]!) cells.push(cell);
    cells.sort((a, b) => this.#cellBucket[a]! - this.#cellBucket[b]!);
    return {
      buckets: cells.map((cell) => this.#cellBucket[cell]!),
      units: cells.map((cell) => this.#cellUnits[cell]!),
    };
  }

  /** Sets every increment back to zero. */
  clearIncrements(): void {
    for (const [series, increment] of this.increments.entries()) {
      if (increment.calls === 0) continue;
      increment.calls = 0;
      increment.buckets.fill(0);
      this.incrementDurations.zero(series);
    }
    this.overflows.clear();
  }

  #countBucket(row: number, bucket: number, weight: number): void {
    const { key } = this.#cells;
    key[0] = row;
    key[1] = bucket;
    let cell = this.#cells.find();
    if (cell < 0) {
      cell = this.#cells.size;
      this.#cells.add(cell);
      this.#cellBucket = grown(this.#cellBucket, cell + 1);
      this.#cellUnits = grown(this.#cellUnits, cell + 1);
      this.#cellNext = grown(this.#cellNext, cell + 1);
      this.#cellBucket[cell] = bucket;
      this.#cellUnits[cell] = 0;
      this.#cellNext[cell] = this.#cellOf[row]!;
      this.#cellOf[row] = cell;
    }
    this.#cellUnits[cell] = this.#cellUnits[cell]! + weight;
  }

  #addRow(labels: SeriesLabels, windowMs: number): number {
    const row = this.length++;
    this.#rows.set(rowName(labels, windowMs), row);
    this.labels.push(labels);
    this.windowMs = grown(this.windowMs, this.length);
    this.spans = grown(this.spans, this.length);
    this.calls = grown(this.calls, this.length);
    this.minUs = grown(this.minUs, this.length);
    this.maxUs = grown(this.maxUs, this.length);
    this.#seriesOf = grown(this.#seriesOf, this.length);
    this.#cellOf = grown(this.#cellOf, this.length);
    this.#dirty = grown(this.#dirty, this.length);
    this.windowMs[row] = windowMs;
    this.minUs[row] = Number.POSITIVE_INFINITY;
    this.#cellOf[row] = -1;
    this.durations.zero(row);
    this.#seriesOf[row] = this.#seriesFor(labels);
    return row;
  }

  #seriesFor(labels: SeriesLabels): number {
    const name = seriesName(labels);
    let series = this.#series.get(name);
    if (series === undefined) {
      series = this.increments.length;
      this.#series.set(name, series);
      this.increments.push({ labels, calls: 0, buckets: new Float64Array(CLASSIC_BUCKETS) });
      this.incrementDurations.zero(series);
    }
    return series;
  }
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function seriesName({ tenant, service, operation, kind, status, dimensions }: SeriesLabels): string {
  return `${kind}${status} ${tenant.length} ${service.length} ${operation.length} ${tenant}${service}${operation}${dimensions}`;
}

function rowName(labels: SeriesLabels, windowMs: number): string {
  return `${windowMs} ${seriesName(labels)}`;
}
