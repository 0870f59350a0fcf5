/**
 * The RED rows of one slot: calls, durations and histogram per series and window. What a row held before it changed is kept until it is
 * taken, so that counters rise by the difference and a span costs one record and one bucket.
 */
import { type SpanBatch, WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { inOnePiece } from '../src/spans/one-piece.ts';
import { addProduct, grown, roomLike, wideSum } from './columns.ts';
import { ClassicBuckets } from './classic-buckets.ts';
import { CLASSIC_BUCKETS, bucketOf } from './histogram.ts';
import { Histograms, type SparseHistogram } from './histograms.ts';
import { OVERFLOW, type SeriesLabels, SeriesLimiter, type SeriesLimits } from './limiter.ts';

/** A row's record: one cache line. */
const SPANS = 0;
const CALLS = 1;
/** A wide sum: two limbs. */
const DURATION = 2;
const MIN_US = 4;
const MAX_US = 5;
const IS_DIRTY = 6;
const IS_OVERFLOW = 7;
const RECORD = 8;

/** What a row held, or what it rose by. Units are 2^-20 calls. */
export interface RowCounters {
  readonly calls: number;
  readonly durationUs: bigint;
  /** Units per classic bucket, each counted apart. */
  readonly classic: readonly number[];
}

export interface TakenRow {
  readonly slot: number;
  readonly labels: SeriesLabels;
  readonly windowMs: number;
  readonly spans: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly histogram: SparseHistogram;
  readonly now: RowCounters;
  readonly increment: RowCounters;
}

/** A series' rows by the start of their window: the first, and, as most have no other, a map of the rest where there are any. */
interface Series {
  readonly labels: SeriesLabels;
  firstWindowMs: number;
  firstRow: number;
  others: Map<number, number> | undefined;
}

const NO_ROW = -1;

/** Rows taken at a time. */
const TAKEN_ROWS = 1024;

const NOTHING: RowCounters = { calls: 0, durationUs: 0n, classic: Array<number>(CLASSIC_BUCKETS).fill(0) };

export class RedSlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly #labels: SeriesLabels[] = [];
  readonly #windowMs: number[] = [];
  readonly #limiter: SeriesLimiter;
  readonly #series = new Map<string, Series>();
  #records: Float64Array;
  readonly #histograms: Histograms;
  readonly #classic = new ClassicBuckets();
  #dirty: number[] = [];
  /** What the changed rows held when they were last taken. */
  readonly #before = new Map<number, RowCounters>();

  /** `before`: the slot before, which had as many rows as this will. */
  constructor(slot: number, limits: SeriesLimits, before?: RedSlot) {
    this.slot = slot;
    this.#records = new Float64Array(roomLike(before?.length, 64) * RECORD);
    this.#histograms = new Histograms(WEIGHT_ONE, before && before.#histograms);
    this.#limiter = new SeriesLimiter(limits);
  }

  get length(): number {
    return this.#labels.length;
  }

  /** The row a span with these labels and window is counted in. */
  rowOf(labels: SeriesLabels, windowMs: number): number {
    const series = this.#seriesOf(this.#limiter.admitSeries(labels));
    const known = rowIn(series, windowMs);
    if (known !== undefined) return known;
    const admitted = this.#limiter.admitRow(series.labels);
    const counted = admitted === series.labels ? series : this.#seriesOf(admitted);
    return rowIn(counted, windowMs) ?? this.#addRow(counted, windowMs);
  }

  /** Counts the batch's spans from `batch.firstOwner` on, each in the row that `rows` names; -1 counts it nowhere. */
  count(batch: SpanBatch, rows: Int32Array): void {
    const { durationUs, weight, length, firstOwner } = batch;
    const records = this.#records;
    for (let span = firstOwner; span < length; span++) {
      const row = rows[span]!;
      if (row < 0) continue;
      const us = durationUs[span]!;
      const units = weight[span]!;
      const at = row * RECORD;
      if (records[at + IS_DIRTY] === 0) this.#touch(row);
      records[at + SPANS] = records[at + SPANS]! + 1;
      records[at + CALLS] = records[at + CALLS]! + units;
      addProduct(records, at + DURATION, us, units);
      if (us < records[at + MIN_US]!) records[at + MIN_US] = us;
      if (us > records[at + MAX_US]!) records[at + MAX_US] = us;
      const bucket = bucketOf(us);
      this.#histograms.add(row, bucket, units);
      this.#classic.add(row, bucket, us, units);
    }
  }

  /** The rows changed since the last call: what they hold, and what they rose by. Some at a time: one takes a kilobyte that few columns need. */
  *take(): Generator<readonly TakenRow[], void, void> {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (let from = 0; from < dirty.length; from += TAKEN_ROWS)
      yield dirty.slice(from, from + TAKEN_ROWS).map((row) => this.#takeRow(row));
    this.#before.clear();
  }

  /** Forgets what rows rose by, not that they changed. */
  forgetIncrements(): void {
    for (const row of this.#dirty) this.#before.set(row, this.#counters(row, this.#histograms.of(row)));
  }

  #takeRow(row: number): TakenRow {
    const at = row * RECORD;
    const histogram = this.#histograms.of(row);
    const now = this.#counters(row, histogram);
    const before = this.#before.get(row) ?? NOTHING;
    this.#records[at + IS_DIRTY] = 0;
    return {
      slot: this.slot,
      labels: this.#labels[row]!,
      windowMs: this.#windowMs[row]!,
      spans: this.#records[at + SPANS]!,
      minUs: this.#records[at + MIN_US]!,
      maxUs: this.#records[at + MAX_US]!,
      histogram,
      now,
      increment: {
        calls: now.calls - before.calls,
        durationUs: now.durationUs - before.durationUs,
        classic: now.classic.map((units, bucket) => units - before.classic[bucket]!),
      },
    };
  }

  /** Whether a row counts what limits left without a row of its own. */
  isOverflow(row: number): boolean {
    return this.#records[row * RECORD + IS_OVERFLOW] === 1;
  }

  /** Notes what a row holds before it changes, so that its rise can be told. */
  #touch(row: number): void {
    const at = row * RECORD;
    this.#records[at + IS_DIRTY] = 1;
    this.#dirty.push(row);
    if (this.#records[at + SPANS]! > 0) this.#before.set(row, this.#counters(row, this.#histograms.of(row)));
  }

  #counters(row: number, histogram: SparseHistogram): RowCounters {
    const at = row * RECORD;
    return {
      calls: this.#records[at + CALLS]!,
      durationUs: wideSum(this.#records, at + DURATION),
      classic: this.#classic.of(row, histogram),
    };
  }

  #seriesOf(labels: SeriesLabels): Series {
    const name = seriesName(labels);
    let series = this.#series.get(name);
    if (series === undefined)
      this.#series.set(
        inOnePiece(name),
        (series = { labels, firstWindowMs: Number.NaN, firstRow: NO_ROW, others: undefined }),
      );
    return series;
  }

  #addRow(series: Series, windowMs: number): number {
    const { labels } = series;
    const row = this.#labels.length;
    if (series.firstRow === NO_ROW) {
      series.firstWindowMs = windowMs;
      series.firstRow = row;
    } else (series.others ??= new Map<number, number>()).set(windowMs, row);
    this.#labels.push(labels);
    this.#windowMs.push(windowMs);
    this.#records = grown(this.#records, (row + 1) * RECORD);
    this.#records[row * RECORD + MIN_US] = Number.POSITIVE_INFINITY;
    this.#records[row * RECORD + IS_OVERFLOW] = labels.operation === OVERFLOW ? 1 : 0;
    this.#histograms.open(row);
    return row;
  }
}

function rowIn({ firstWindowMs, firstRow, others }: Series, windowMs: number): number | undefined {
  return windowMs === firstWindowMs ? firstRow : others?.get(windowMs);
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function seriesName({ tenant, service, operation, kind, status, dimensions }: SeriesLabels): string {
  const lengths = `${tenant.length} ${service.length} ${operation.length}`;
  return `${kind}${status} ${lengths} ${tenant}${service}${operation}${dimensions}`;
}
