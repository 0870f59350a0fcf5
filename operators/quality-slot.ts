/**
 * Trace quality of one slot: per service, operation and window how many spans each check judged, passed and excused. A verdict that changes is
 * counted anew, and what it was before is counted as moved: no counter ever falls.
 */
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { NO_DIMENSIONS, SeriesLimiter, type SeriesLabels } from './limiter.ts';
import { EXEMPT, FAILED, NOT_JUDGED, PASSED, type Verdict } from './quality-check.ts';
import { SpanExamples, leastOf } from './quality-examples.ts';
import { type Panel, verdictAt } from './quality-panel.ts';
import { COUNTERS, type QualityLabels, type TakenCheck } from './quality-rows.ts';
import type { Place, SpanRing } from './span-ring.ts';

export interface QualityLimits {
  /** Distinct services a tenant may have in a slot. */
  readonly servicesPerTenantMax: number;
  /** Distinct operations a service may have in a slot. */
  readonly operationsPerServiceMax: number;
  /** Rows (service, operation, window) a tenant may have in a slot, overflow rows not counted. */
  readonly rowsPerTenantMax: number;
}

/** Counters of a check in a row, as quality-rows.ts names them: from MOVED on those of what was taken back. */
const JUDGED = 0;
const PASSED_OF_THEM = 1;
const EXEMPT_OF_THEM = 2;
const MOVED = 3;

export class QualitySlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly #panel: Panel;
  readonly #limiter: SeriesLimiter;
  readonly #labels: QualityLabels[] = [];
  readonly #rows = new Map<string, number>();
  /** Patterns: spans of one row that the settled checks gave the same verdicts. Found by their row and words. */
  readonly #patternOf: KeyTable;
  readonly #patternWords: Int32Array[] = [];
  readonly #patternsOf: number[][] = [];
  #patternSpans = new Float64Array(64);
  readonly #patternExamples: SpanExamples;
  /** By row and question: the first three counters, and those of what was taken back. */
  #counted = new Float64Array(1024);
  #moved = new Float64Array(1024);
  /** Examples of what passed a question whose verdict counts in the parent's row. */
  readonly #passes: SpanExamples;
  /** Failures that nothing can change any more. */
  readonly #failures: SpanExamples;
  #isDirty = new Uint8Array(64);
  #dirty: number[] = [];
  /** What rows' counters were when they were last taken. */
  readonly #before = new Map<number, Float64Array>();

  constructor(slot: number, panel: Panel, spans: SpanRing, limits: QualityLimits, seed: number) {
    this.slot = slot;
    this.#patternExamples = new SpanExamples(spans);
    this.#passes = new SpanExamples(spans);
    this.#failures = new SpanExamples(spans);
    this.#panel = panel;
    this.#limiter = new SeriesLimiter({ ...limits, seriesPerServiceMax: limits.operationsPerServiceMax });
    this.#patternOf = new KeyTable(1 + panel.words, seed, 64);
  }

  /** What the memory budget counts: patterns, of which each row has one at least. */
  get length(): number {
    return this.#patternWords.length;
  }

  /** The row of these labels; of an overflow bucket, where there are too many. */
  rowOf(labels: QualityLabels): number {
    const admitted = this.#limiter.admitSeries(seriesOf(labels));
    const known = this.#rows.get(nameOf(admitted, labels.window));
    if (known !== undefined) return known;
    const { tenant, service, operation } = this.#limiter.admitRow(admitted);
    const name = nameOf({ tenant, service, operation }, labels.window);
    return this.#rows.get(name) ?? this.#open(name, { tenant, service, operation, window: labels.window });
  }

  /** Counts a span by the settled checks' verdicts: `key` is its row and their words. Returns whether it is an example. */
  count(key: Int32Array, place: Place, hash: number): boolean {
    const table = this.#patternOf;
    table.key.set(key);
    let pattern = table.find();
    if (pattern < 0) {
      pattern = this.#patternWords.length;
      table.add(pattern);
      this.#patternWords.push(key.slice(1));
      this.#patternsOf[key[0]!]!.push(pattern);
      this.#patternSpans = grown(this.#patternSpans, pattern + 1);
      this.#patternExamples.reserve(pattern + 1);
    }
    this.#patternSpans[pattern]! += 1;
    this.#touch(key[0]!);
    return this.#patternExamples.offer(pattern, place, hash);
  }

  /** The verdicts on an example of a row are final. */
  closeExample(row: number, place: Place, word: number): void {
    for (const pattern of this.#patternsOf[row]!)
      for (const example of this.#patternExamples.of(pattern))
        if (example.place === place) example.word ??= word;
  }

  /** Counts that a question's verdict on a span, in this row, is another now. */
  change(row: number, question: number, before: Verdict, verdict: Verdict): void {
    const at = this.keyOf(row, question) * MOVED;
    const counted = this.#counted;
    const moved = this.#moved;
    if (before === NOT_JUDGED) counted[at + JUDGED]! += 1;
    else if (verdict === NOT_JUDGED) moved[at + JUDGED]! += 1;
    if (before === PASSED) moved[at + PASSED_OF_THEM]! += 1;
    else if (before === EXEMPT) moved[at + EXEMPT_OF_THEM]! += 1;
    if (verdict === PASSED) counted[at + PASSED_OF_THEM]! += 1;
    else if (verdict === EXEMPT) counted[at + EXEMPT_OF_THEM]! += 1;
    this.#touch(row);
  }

  /** What passed a question whose verdict counts in the parent's row. */
  get passes(): SpanExamples {
    return this.#passes;
  }

  /** What failed a question, and nothing can change that any more. */
  get failures(): SpanExamples {
    return this.#failures;
  }

  /** The key of a row's examples for a question. */
  keyOf(row: number, question: number): number {
    return row * this.#panel.questions.length + question;
  }

  isDirty(row: number): boolean {
    return this.#isDirty[row] === 1;
  }

  /** The checks of the rows changed since the last call; `waiting` are failures that may yet change, `words` the verdicts by place. */
  take(waiting: SpanExamples, words: Int32Array): readonly TakenCheck[] {
    const rows = this.#dirty;
    this.#dirty = [];
    return rows.flatMap((row) => {
      const counters = this.#countersOf(row);
      const before = this.#before.get(row);
      this.#before.set(row, counters);
      this.#isDirty[row] = 0;
      return this.#panel.checks.flatMap(({ name }, check): TakenCheck[] => {
        const its = counters.subarray(check * COUNTERS, (check + 1) * COUNTERS);
        if (its[JUDGED] === 0) return [];
        return [
          {
            slot: this.slot,
            labels: this.#labels[row]!,
            check: name,
            counters: its,
            increments: its.map((count, at) => count - (before?.[check * COUNTERS + at] ?? 0)),
            passes: this.#passesOf(row, check, words),
            failures: this.#failuresOf(row, check, waiting),
          },
        ];
      });
    });
  }

  /** Forgets what counters rose by, not that rows changed. */
  forgetIncrements(): void {
    for (const row of this.#dirty) this.#before.set(row, this.#countersOf(row));
  }

  /** COUNTERS for each check. */
  #countersOf(row: number): Float64Array {
    const counters = new Float64Array(this.#panel.checks.length * COUNTERS);
    for (const [at, { check }] of this.#panel.questions.entries()) {
      const from = this.keyOf(row, at) * MOVED;
      for (let counter = 0; counter < MOVED; counter++) {
        counters[check * COUNTERS + counter]! += this.#counted[from + counter]!;
        counters[check * COUNTERS + MOVED + counter]! += this.#moved[from + counter]!;
      }
    }
    for (const pattern of this.#patternsOf[row]!) {
      const spans = this.#patternSpans[pattern]!;
      this.#panel.eachSettled(this.#patternWords[pattern]!, (check, verdict) => {
        const at = check * COUNTERS;
        counters[at + JUDGED]! += spans;
        if (verdict === PASSED) counters[at + PASSED_OF_THEM]! += spans;
        if (verdict === EXEMPT) counters[at + EXEMPT_OF_THEM]! += spans;
      });
    }
    return counters;
  }

  /** Of a question, those of the row's examples that passed: each row has some, and what passes needs no example of its own. */
  #passesOf(row: number, check: number, words: Int32Array): readonly string[] {
    const questions = this.#panel.questionsOf(check);
    if (questions.length === 0) return this.#settledExamples(row, check, PASSED);
    const examples = this.#patternsOf[row]!.flatMap((pattern) => this.#patternExamples.of(pattern));
    return leastOf(
      questions.map(({ number, shift, credits }) =>
        credits === 'own'
          ? examples.filter(({ word, place }) => verdictAt(word ?? words[place]!, shift) === PASSED)
          : this.#passes.of(this.keyOf(row, number)),
      ),
    );
  }

  #failuresOf(row: number, check: number, waiting: SpanExamples): readonly string[] {
    const keys = this.#panel.questionsOf(check).map(({ number }) => this.keyOf(row, number));
    if (keys.length === 0) return this.#settledExamples(row, check, FAILED);
    return leastOf(keys.flatMap((key) => [this.#failures.of(key), waiting.of(key)]));
  }

  #settledExamples(row: number, check: number, verdict: Verdict): readonly string[] {
    const patterns = this.#patternsOf[row]!.filter(
      (pattern) => this.#panel.settledVerdict(this.#patternWords[pattern]!, check) === verdict,
    );
    return leastOf(patterns.map((pattern) => this.#patternExamples.of(pattern)));
  }

  #open(name: string, labels: QualityLabels): number {
    const row = this.#labels.length;
    const keys = this.keyOf(row + 1, 0);
    this.#rows.set(name, row);
    this.#labels.push(labels);
    this.#patternsOf.push([]);
    this.#isDirty = grown(this.#isDirty, row + 1);
    this.#counted = grown(this.#counted, keys * MOVED);
    this.#moved = grown(this.#moved, keys * MOVED);
    this.#passes.reserve(keys);
    return row;
  }

  #touch(row: number): void {
    if (this.#isDirty[row] === 1) return;
    this.#isDirty[row] = 1;
    this.#dirty.push(row);
  }
}

function seriesOf({ tenant, service, operation }: QualityLabels): SeriesLabels {
  return { tenant, service, operation, kind: 0, status: 0, dimensions: NO_DIMENSIONS };
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf(labels: Omit<QualityLabels, 'window'>, window: number): string {
  const { tenant, service, operation } = labels;
  return `${window} ${tenant.length} ${service.length} ${tenant}${service}${operation}`;
}
