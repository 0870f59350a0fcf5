/** Takes the rows of slots that changed: their counters, what these rose by, and examples of who passed and who failed. */
import { grown } from './columns.ts';
import { FAILED, PASSED, type Verdict } from './quality-check.ts';
import { LeastExamples, type SpanExamples } from './quality-examples.ts';
import { type Panel, verdictAt } from './quality-panel.ts';
import { COUNTERS } from './quality-chunk.ts';
import { JUDGED, QualityRises, QualityRows } from './quality-rows.ts';
import type { QualitySlot } from './quality-slot.ts';
import type { Rows } from './rows.ts';
import type { Place } from './span-ring.ts';

/** Patterns of a row up to which sets of them are told apart by the bits of a number. */
const BITS = 31;

/** Columns of counters, the narrowest first, and what fits into each. */
const WIDTHS = [
  [Uint16Array, 2 ** 16 - 1],
  [Uint32Array, 2 ** 32 - 1],
  [Float64Array, Number.MAX_SAFE_INTEGER],
] as const;

/** Of a slot, by row, what its counters were when they were last taken: in 16 bits a counter, as long as all fit. */
export class Given {
  readonly #width: number;
  #counters: Uint16Array | Uint32Array | Float64Array = new Uint16Array(0);
  #max: number = WIDTHS[0][1];

  constructor(checks: number) {
    this.#width = checks * COUNTERS;
  }

  /** The counters of a row, until it is next written. */
  of(row: number): Uint16Array | Uint32Array | Float64Array {
    this.#counters = grown(this.#counters, (row + 1) * this.#width);
    return this.#counters.subarray(row * this.#width, (row + 1) * this.#width);
  }

  /** Notes what was given out of a row. */
  give(row: number, counters: Float64Array): void {
    this.#counters = grown(this.#counters, (row + 1) * this.#width);
    for (const counter of counters) if (counter > this.#max) this.#widen(counter);
    this.#counters.set(counters, row * this.#width);
  }

  #widen(counter: number): void {
    const [column, max] = WIDTHS.find((its) => counter <= its[1])!;
    this.#counters = column.from(this.#counters);
    this.#max = max;
  }
}

export class Taking {
  readonly #panel: Panel;
  readonly #wordAt: (place: Place) => number;
  readonly #rows: QualityRows;
  readonly #rises: QualityRises;
  readonly #counters: Float64Array;

  /** `wordAt`: the verdicts on the span at a place, as they are now. */
  constructor(panel: Panel, windowMs: number, wordAt: (place: Place) => number) {
    this.#panel = panel;
    this.#wordAt = wordAt;
    this.#rows = new QualityRows(
      windowMs,
      panel.checks.map(({ name }) => name),
    );
    this.#rises = new QualityRises(panel.checks.length);
    this.#counters = new Float64Array(panel.checks.length * COUNTERS);
  }

  /** Takes the rows of a slot that changed; `waiting` are failures that may yet change. */
  add(slot: QualitySlot, given: Given, waiting: SpanExamples): void {
    const counters = this.#counters;
    for (const row of slot.takeDirty()) {
      slot.countersOf(row, counters);
      const labels = slot.labels[row]!;
      const before = given.of(row);
      const rises = this.#rises.rowsOf(labels);
      const settled = new SettledExamples(this.#panel, slot, row);
      for (const [check, { name }] of this.#panel.checks.entries()) {
        const from = check * COUNTERS;
        if (counters[from + JUDGED] === 0) continue;
        const isSettled = this.#panel.questionsOf(check).length === 0;
        const passes = isSettled ? settled.of(check, PASSED) : this.#passesOf(slot, row, check);
        const failures = isSettled ? settled.of(check, FAILED) : this.#failuresOf(slot, row, check, waiting);
        this.#rows.add(slot.slot, labels, check, counters, from, passes, failures);
        this.#rises.add(rises, check, name, labels, counters, before, from);
      }
      given.give(row, counters);
    }
  }

  get taken(): readonly Rows[] {
    return [...this.#rows.rows, this.#rises.rows];
  }

  /** Of a question, those of the row's examples that passed: each row has some, and what passes needs no example of its own. */
  #passesOf(slot: QualitySlot, row: number, check: number): readonly string[] {
    const least = new LeastExamples();
    for (const { number, shift, credits } of this.#panel.questionsOf(check)) {
      if (credits !== 'own') {
        slot.passes.addTo(least, slot.keyOf(row, number));
        continue;
      }
      const hasPassed = (final: number, place: Place): boolean =>
        verdictAt(final !== 0 ? final : this.#wordAt(place), shift) === PASSED;
      for (const { examples } of slot.patterns[row]!) slot.examples.addTo(least, examples, hasPassed);
    }
    return least.texts;
  }

  #failuresOf(slot: QualitySlot, row: number, check: number, waiting: SpanExamples): readonly string[] {
    const least = new LeastExamples();
    for (const { number } of this.#panel.questionsOf(check)) {
      slot.failures.addTo(least, slot.keyOf(row, number));
      waiting.addTo(least, slot.keyOf(row, number));
    }
    return least.texts;
  }
}

/** The examples of a row by the verdicts of settled checks. Most checks say the same of the same patterns: what was gathered is kept. */
class SettledExamples {
  readonly #panel: Panel;
  readonly #slot: QualitySlot;
  readonly #patterns: QualitySlot['patterns'][number];
  readonly #gathered = new Map<number, readonly string[]>();

  constructor(panel: Panel, slot: QualitySlot, row: number) {
    this.#panel = panel;
    this.#slot = slot;
    this.#patterns = slot.patterns[row]!;
  }

  of(check: number, verdict: Verdict): readonly string[] {
    const its = this.#patterns.map(({ words }) => this.#panel.settledVerdict(words, check) === verdict);
    if (its.length > BITS) return this.#gather(its);
    const bits = its.reduce((sum, isOne, at) => (isOne ? sum | (1 << at) : sum), 0);
    let texts = this.#gathered.get(bits);
    if (texts === undefined) this.#gathered.set(bits, (texts = this.#gather(its)));
    return texts;
  }

  #gather(its: readonly boolean[]): readonly string[] {
    const least = new LeastExamples();
    for (const [at, isOne] of its.entries())
      if (isOne) this.#slot.examples.addTo(least, this.#patterns[at]!.examples);
    return least.texts;
  }
}
