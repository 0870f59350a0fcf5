/**
 * Some rows of table `quality_v1` as they wait to be written: a fifth of what their columns take, which are made when they are asked for. Rows of
 * one service, operation, window and slot stand together, and most of them have the same examples.
 */
import { type ColumnData, type Rows, rowsWhenAsked } from './rows.ts';

/** Counters of a check: what was counted, then what was taken back. */
export const COLUMNS = [
  'judged',
  'passed',
  'exempt',
  'judged_moved',
  'passed_moved',
  'exempt_moved',
] as const;
export const COUNTERS = COLUMNS.length;

/** What identifies a row within a slot, its check aside. */
export interface QualityLabels {
  readonly tenant: string;
  readonly service: string;
  readonly operation: string;
  /** Number of the window. */
  readonly window: number;
}

/** Rows a chunk holds: so few that what is made of them is gone before more is. */
export const CHUNK_ROWS = 2048;

const WORD_MAX = 2 ** 32 - 1;

type Texts = readonly string[];

export class QualityChunk {
  length = 0;
  /** COUNTERS a row, in 32 bits as long as all fit. */
  #counters: Uint32Array | Float64Array = new Uint32Array(CHUNK_ROWS * COUNTERS);
  /** Per row the numbers of its group, its check, and the lists of its examples. */
  readonly #groups = new Uint16Array(CHUNK_ROWS);
  readonly #checks = new Uint16Array(CHUNK_ROWS);
  readonly #passes = new Uint16Array(CHUNK_ROWS);
  readonly #failures = new Uint16Array(CHUNK_ROWS);
  /** Per group what its rows have in common. */
  readonly #labels: QualityLabels[] = [];
  readonly #slots: number[] = [];
  /** The lists' texts one after another, and where each list ends. */
  readonly #texts: string[] = [];
  readonly #ends = new Uint16Array(CHUNK_ROWS * 2);
  #lists = 0;
  /** The lists of the newest group. */
  #known: Texts[] = [];

  /** Adds a row: its counters are the COUNTERS numbers of `counters` from `from` on. */
  add(
    slot: number,
    labels: QualityLabels,
    check: number,
    counters: Float64Array,
    from: number,
    passes: Texts,
    failures: Texts,
  ): void {
    const group = this.#labels.length - 1;
    if (group < 0 || this.#labels[group] !== labels || this.#slots[group] !== slot) {
      this.#labels.push(labels);
      this.#slots.push(slot);
      this.#known = [];
    }
    const row = this.length++;
    this.#groups[row] = this.#labels.length - 1;
    this.#checks[row] = check;
    this.#passes[row] = this.#listOf(passes);
    this.#failures[row] = this.#listOf(failures);
    for (let at = 0; at < COUNTERS; at++) {
      const counter = counters[from + at]!;
      if (counter > WORD_MAX && this.#counters instanceof Uint32Array)
        this.#counters = Float64Array.from(this.#counters);
      this.#counters[row * COUNTERS + at] = counter;
    }
  }

  /** The rows, as long as they are not added to. */
  rows(name: string, windowMs: number, checks: readonly string[]): Rows {
    return rowsWhenAsked(
      name,
      this.length,
      () => this.#numbers((row) => this.#slots[this.#groups[row]!]!),
      () => this.#columns(windowMs, checks),
      () => this.#times(windowMs),
    );
  }

  #times(windowMs: number): Float64Array {
    return this.#numbers((row) => this.#labels[this.#groups[row]!]!.window * windowMs);
  }

  #columns(windowMs: number, checks: readonly string[]): Readonly<Record<string, ColumnData>> {
    const ends = this.#ends;
    const lists = Array.from({ length: this.#lists }, (_, list) =>
      this.#texts.slice(list === 0 ? 0 : ends[list - 1]!, ends[list]),
    );
    const labelsOf = (row: number): QualityLabels => this.#labels[this.#groups[row]!]!;
    return {
      tenant: this.#items((row) => labelsOf(row).tenant),
      window_start: this.#times(windowMs),
      service: this.#items((row) => labelsOf(row).service),
      operation: this.#items((row) => labelsOf(row).operation),
      check: this.#items((row) => checks[this.#checks[row]!]!),
      ...Object.fromEntries(
        COLUMNS.map((column, at) => [column, this.#numbers((row) => this.#counters[row * COUNTERS + at]!)]),
      ),
      pass_examples: this.#items((row) => lists[this.#passes[row]!]!),
      fail_examples: this.#items((row) => lists[this.#failures[row]!]!),
    };
  }

  #items<Item>(itemOf: (row: number) => Item): readonly Item[] {
    const items = new Array<Item>(this.length);
    for (let row = 0; row < items.length; row++) items[row] = itemOf(row);
    return items;
  }

  #numbers(numberOf: (row: number) => number): Float64Array {
    const numbers = new Float64Array(this.length);
    for (let row = 0; row < numbers.length; row++) numbers[row] = numberOf(row);
    return numbers;
  }

  /** The number of a list, which may be one that the row's group has already. */
  #listOf(texts: Texts): number {
    const known = this.#known.indexOf(texts);
    if (known >= 0) return this.#lists - this.#known.length + known;
    this.#known.push(texts);
    for (const text of texts) this.#texts.push(text);
    this.#ends[this.#lists] = this.#texts.length;
    return this.#lists++;
  }
}
