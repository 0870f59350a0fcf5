/**
 * RED: per (service, operation, span kind, status, dimensions) and event-time window the calls, duration sum, min, max and histogram.
 * Fact: a span that repeats no earlier one happens when it is read, in the window of its end. Owner: the span itself, so a row is
 * complete when its slot has been read.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { NO_DIMENSIONS, type SeriesLabels, type SeriesLimits } from './limiter.ts';
import { type Observation, Observations } from './observations.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { RecentRows } from './recent-rows.ts';
import { takeRows } from './red-rows.ts';
import { RedSlot } from './red-slot.ts';
import type { Rows } from './rows.ts';
import { LATE, PUNCTUAL } from './window.ts';

export interface RedOptions {
  /** Attribute keys that become dimensions, read from the span first, then from its resource. */
  readonly dimensions: readonly string[];
  readonly limits: SeriesLimits;
}

/** Makes the RED operator. `seed` places hash keys and changes no result. */
export function red(options: RedOptions, seed: number): Operator {
  return {
    name: 'red',
    attributes: options.dimensions,
    open: (context) => new RedFold(options, context, seed),
  };
}

/** Words of a series key before its dimensions: tenant with kind and status, service, operation, window. */
const KEY_WORDS = 4;
/** Cached keys; beyond them the cache starts again, and every span still finds its row by name. */
const CACHED_KEYS_MAX = 1 << 19;

class RedFold implements Fold {
  readonly #limits: SeriesLimits;
  readonly #context: FoldContext;
  readonly #dimensions: readonly { readonly key: string; readonly column: number }[];
  /** From interned ids to rows of the current slot: a cache, for the ids of one dictionary epoch. */
  readonly #rowOf: KeyTable;
  readonly #recent = new RecentRows();
  /** Per span of the batch, the row that counts it; -1 where it repeats another. */
  #rows = new Int32Array(1024);
  #epoch = -1;
  #current: RedSlot | undefined;
  #sealed: RedSlot[] = [];
  readonly #observed = new Observations();

  constructor(options: RedOptions, context: FoldContext, seed: number) {
    this.#limits = options.limits;
    this.#context = context;
    this.#dimensions = [...options.dimensions]
      .sort()
      .map((key) => ({ key, column: context.keys.indexOf(key) }));
    this.#rowOf = new KeyTable(KEY_WORDS + this.#dimensions.length, seed);
  }

  get rowsHeld(): number {
    return this.#sealed.reduce((rows, slot) => rows + slot.length, this.#current?.length ?? 0);
  }

  add(batch: SpanBatch): void {
    const slot = this.#open(batch);
    this.#rows = grown(this.#rows, batch.length);
    this.#findRows(slot, batch);
    this.#observeAll(slot, batch);
    slot.count(batch, this.#rows);
  }

  take(): readonly Rows[] {
    const slots = this.#slots();
    const taken = [...takeRows(slots), this.#observed.take()];
    this.#sealed = [];
    return taken.filter((rows) => rows.length > 0);
  }

  forgetIncrements(): void {
    for (const slot of this.#slots()) slot.forgetIncrements();
    this.#observed.take();
  }

  #slots(): readonly RedSlot[] {
    return this.#current === undefined ? this.#sealed : [...this.#sealed, this.#current];
  }

  /** The rows of the batch's slot, after sealing those of the slot before. */
  #open(batch: SpanBatch): RedSlot {
    const isNewSlot = this.#current?.slot !== batch.slot;
    if (isNewSlot || this.#epoch !== batch.dictionary.epoch || this.#rowOf.size > CACHED_KEYS_MAX) {
      this.#rowOf.clear();
      this.#recent.clear();
      this.#epoch = batch.dictionary.epoch;
    }
    if (!isNewSlot && this.#current !== undefined) return this.#current;
    if (this.#current !== undefined) this.#sealed.push(this.#current);
    return (this.#current = new RedSlot(batch.slot, this.#limits, this.#current));
  }

  #findRows(slot: RedSlot, batch: SpanBatch): void {
    const { tenant, status, kind, service, operation, window, repeat, firstOwner, length } = batch;
    const rows = this.#rows;
    const recent = this.#recent;
    const isPlain = this.#dimensions.length === 0;
    for (let span = firstOwner; span < length; span++) {
      if (repeat[span] === 1) {
        rows[span] = -1;
        continue;
      }
      const labels = (tenant[span]! << 8) | (status[span]! << 3) | kind[span]!;
      const known = isPlain ? recent.find(labels, service[span]!, operation[span]!, window[span]!) : -1;
      rows[span] = known >= 0 ? known : this.#find(slot, batch, span, labels);
    }
  }

  /** Notes what is unusual about a batch's spans. */
  #observeAll(slot: RedSlot, batch: SpanBatch): void {
    const { punctuality, firstOwner, length } = batch;
    const rows = this.#rows;
    for (let span = firstOwner; span < length; span++) {
      const row = rows[span]!;
      if (row < 0) {
        this.#observe(batch, span, 'duplicate');
        continue;
      }
      if (punctuality[span] !== PUNCTUAL)
        this.#observe(batch, span, punctuality[span] === LATE ? 'late' : 'skewed');
      if (slot.isOverflow(row)) this.#observe(batch, span, 'overflow');
    }
  }

  /** The row that counts a span of the batch. */
  #find(slot: RedSlot, batch: SpanBatch, span: number, labels: number): number {
    const { key } = this.#rowOf;
    key[0] = labels;
    key[1] = batch.service[span]!;
    key[2] = batch.operation[span]!;
    key[3] = batch.window[span]!;
    for (let at = 0; at < this.#dimensions.length; at++)
      key[KEY_WORDS + at] = dimensionOf(batch, this.#dimensions[at]!.column, span);
    let row = this.#rowOf.find();
    if (row < 0) {
      row = slot.rowOf(this.#labels(batch, span), batch.window[span]! * this.#context.windowMs);
      this.#rowOf.add(row);
    }
    if (this.#dimensions.length === 0) this.#recent.add(key, row, this.#rowOf.size);
    return row;
  }

  #observe(batch: SpanBatch, span: number, observation: Observation): void {
    this.#observed.add(batch.dictionary.text(batch.tenant[span]!), observation, 1);
  }

  #labels(batch: SpanBatch, row: number): SeriesLabels {
    const { dictionary } = batch;
    const dimensions = Object.create(null) as Record<string, string>;
    for (const { key, column } of this.#dimensions) {
      const value = dimensionOf(batch, column, row);
      if (value !== 0) dimensions[key] = dictionary.text(value);
    }
    return {
      tenant: dictionary.text(batch.tenant[row]!),
      service: dictionary.text(batch.service[row]!),
      operation: dictionary.text(batch.operation[row]!),
      kind: batch.kind[row]!,
      status: batch.status[row]!,
      dimensions: this.#dimensions.length === 0 ? NO_DIMENSIONS : JSON.stringify(dimensions),
    };
  }
}

function dimensionOf(batch: SpanBatch, column: number, row: number): number {
  const value = batch.spanAttributes[column]![row]!;
  return value !== 0 ? value : batch.resourceAttributes[column]![row]!;
}
