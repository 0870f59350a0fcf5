/** Takes the rows of slots that changed: their counters, what these rose by, and examples of who passed and who failed. */
import { grown } from './columns.ts';
import { FAILED, PASSED, type Verdict } from './quality-check.ts';
import { LeastExamples, type SpanExamples } from './quality-examples.ts';
import { type Panel, type Question, verdictAt } from './quality-panel.ts';
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
  readonly #names: readonly string[];
  readonly #settled: SettledExamples;
  readonly #least = new LeastExamples();
  /** Of the question that is asked, and whether an example passed it. */
  #shift = 0;
  readonly #hasPassed: (final: number, place: Place) => boolean;
  readonly #rows: QualityRows;
  readonly #rises: QualityRises;
  readonly #counters: Float64Array;

  /** `wordAt`: the verdicts on the span at a place, as they are now. */
  constructor(panel: Panel, windowMs: number, wordAt: (place: Place) => number) {
    this.#panel = panel;
    this.#names = panel.checks.map(({ name }) => name);
    this.#settled = new SettledExamples(panel);
    this.#hasPassed = (final, place) =>
      verdictAt(final !== 0 ? final : wordAt(place), this.#shift) === PASSED;
    this.#rows = new QualityRows(windowMs, this.#names);
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
      this.#settled.open(slot, row);
      for (let check = 0; check < this.#names.length; check++) {
        const from = check * COUNTERS;
        if (counters[from + JUDGED] === 0) continue;
        const questions = this.#panel.questionsOf(check);
        const isSettled = questions.length === 0;
        const passes = isSettled ? this.#settled.of(check, PASSED) : this.#passesOf(slot, row, questions);
        const failures = isSettled
          ? this.#settled.of(check, FAILED)
          : this.#failuresOf(slot, row, questions, waiting);
        this.#rows.add(slot.slot, labels, check, counters, from, passes, failures);
        this.#rises.add(rises, check, this.#names[check]!, labels, counters, before, from);
      }
      given.give(row, counters);
    }
  }

  get taken(): readonly Rows[] {
    return [...this.#rows.rows, this.#rises.rows];
  }

  /** Of questions, those of the row's examples that passed: each row has some, and what passes needs no example of its own. */
  #passesOf(slot: QualitySlot, row: number, questions: readonly Question[]): readonly string[] {
    const least = this.#least;
    least.clear();
    for (const { number, shift, credits } of questions) {
      if (credits !== 'own') {
        slot.passes.addTo(least, slot.keyOf(row, number));
        continue;
      }
      this.#shift = shift;
      for (const { examples } of slot.patterns[row]!) slot.examples.addTo(least, examples, this.#hasPassed);
    }
    return least.texts;
  }

  #failuresOf(
    slot: QualitySlot,
    row: number,
    questions: readonly Question[],
    waiting: SpanExamples,
  ): readonly string[] {
    const least = this.#least;
    least.clear();
    for (const { number } of questions) {
      slot.failures.addTo(least, slot.keyOf(row, number));
      waiting.addTo(least, slot.keyOf(row, number));
    }
    return least.texts;
  }
}

/** The examples of a row by the verdicts of settled checks. Most checks say the same of the same patterns: what was gathered is kept. */
class SettledExamples {
  readonly #panel: Panel;
  readonly #least = new LeastExamples();
  #slot: QualitySlot | undefined;
  #patterns: QualitySlot['patterns'][number] = [];
  /** What was gathered of the row, and the bits of its patterns. */
  readonly #gathered: (readonly string[])[] = [];
  readonly #bits: number[] = [];
  #length = 0;

  constructor(panel: Panel) {
    this.#panel = panel;
  }

  /** The row that is asked for from now on. */
  open(slot: QualitySlot, row: number): void {
    this.#slot = slot;
    this.#patterns = slot.patterns[row]!;
    this.#length = 0;
  }

  of(check: number, verdict: Verdict): readonly string[] {
    const patterns = this.#patterns;
    if (patterns.length > BITS) return this.#gather(check, verdict);
    let bits = 0;
    for (let at = 0; at < patterns.length; at++)
      if (this.#panel.settledVerdict(patterns[at]!.words, check) === verdict) bits |= 1 << at;
    for (let at = 0; at < this.#length; at++) if (this.#bits[at] === bits) return this.#gathered[at]!;
    this.#bits[this.#length] = bits;
    return (this.#gathered[this.#length++] = this.#gather(check, verdict));
  }

  #gather(check: number, verdict: Verdict): readonly string[] {
    const least = this.#least;
    least.clear();
    for (const { words, examples } of this.#patterns)
      if (this.#panel.settledVerdict(words, check) === verdict) this.#slot!.examples.addTo(least, examples);
    return least.texts;
  }
}
