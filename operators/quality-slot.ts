/**
 * Trace quality of one slot: per service, operation and window how many spans each check judged, passed and excused. A verdict that changes is
 * counted anew, and what it was before is counted as moved: no counter ever falls.
 */
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { NO_DIMENSIONS, SeriesLimiter, type SeriesLabels } from './limiter.ts';
import { EXEMPT, FAILED, NOT_JUDGED, PASSED, type Verdict } from './quality-check.ts';
import { SpanExamples } from './quality-examples.ts';
import type { Panel } from './quality-panel.ts';
import { COUNTERS, type QualityLabels, type TakenCheck } from './quality-rows.ts';

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

/** Spans of one row that the settled checks gave the same verdicts. */
interface Pattern {
  readonly words: Int32Array;
  spans: number;
  readonly examples: SpanExamples;
}

export class QualitySlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly labels: QualityLabels[] = [];
  readonly #panel: Panel;
  readonly #limiter: SeriesLimiter;
  readonly #rows = new Map<string, number>();
  /** Numbers of patterns by their row and words. */
  readonly #patternOf: KeyTable;
  readonly #patterns: Pattern[] = [];
  readonly #patternsOf: Pattern[][] = [];
  /** COUNTERS for each check of a row, by questions alone. */
  #counters = new Float64Array(1024);
  readonly #passes = new Map<number, SpanExamples>();
  /** Failures that nothing can change any more. */
  readonly #failures = new Map<number, SpanExamples>();
  #isDirty = new Uint8Array(64);
  #dirty: number[] = [];
  /** What rows' counters were when they were last taken. */
  readonly #before = new Map<number, Float64Array>();

  constructor(slot: number, panel: Panel, limits: QualityLimits, seed: number) {
    this.slot = slot;
    this.#panel = panel;
    this.#limiter = new SeriesLimiter({ ...limits, seriesPerServiceMax: limits.operationsPerServiceMax });
    this.#patternOf = new KeyTable(1 + panel.words, seed, 64);
  }

  get length(): number {
    return this.labels.length;
  }

  /** Patterns, of all rows. */
  get patterns(): number {
    return this.#patterns.length;
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

  /** Counts a span in a row by the settled checks' verdicts, which lie in `key` from 1 on. Returns its pattern's examples. */
  count(row: number, key: Int32Array): SpanExamples {
    const table = this.#patternOf;
    table.key.set(key);
    table.key[0] = row;
    let pattern = table.find();
    if (pattern < 0) {
      pattern = this.#patterns.length;
      table.add(pattern);
      const made = { words: key.slice(1), spans: 0, examples: new SpanExamples() };
      this.#patterns.push(made);
      this.#patternsOf[row]!.push(made);
    }
    const found = this.#patterns[pattern]!;
    found.spans++;
    this.#touch(row);
    return found.examples;
  }

  /** Counts that a check's verdict on a span, in this row, is another now. */
  change(row: number, check: number, before: Verdict, verdict: Verdict): void {
    const at = this.keyOf(row, check) * COUNTERS;
    const counters = this.#counters;
    const count = (counter: number): void => {
      counters[at + counter] = counters[at + counter]! + 1;
    };
    if (before === NOT_JUDGED) count(JUDGED);
    else if (verdict === NOT_JUDGED) count(JUDGED + MOVED);
    if (before === PASSED) count(PASSED_OF_THEM + MOVED);
    if (before === EXEMPT) count(EXEMPT_OF_THEM + MOVED);
    if (verdict === PASSED) count(PASSED_OF_THEM);
    if (verdict === EXEMPT) count(EXEMPT_OF_THEM);
    this.#touch(row);
  }

  /** Examples of spans that passed a check by a question. */
  passesOf(row: number, check: number): SpanExamples {
    return examplesIn(this.#passes, this.keyOf(row, check));
  }

  /** Examples of spans that failed a check by a question, and can no longer pass. */
  failuresOf(row: number, check: number): SpanExamples {
    return examplesIn(this.#failures, this.keyOf(row, check));
  }

  isDirty(row: number): boolean {
    return this.#isDirty[row] === 1;
  }

  /** The checks of the rows changed since the last call; `waiting` are failures that may yet change, keyed as `keyOf` says. */
  take(waiting: ReadonlyMap<number, SpanExamples>): readonly TakenCheck[] {
    const rows = this.#dirty;
    this.#dirty = [];
    return rows.flatMap((row) => {
      const counters = this.#countersOf(row);
      const before = this.#before.get(row);
      this.#before.set(row, counters);
      this.#isDirty[row] = 0;
      const { passes, failures } = this.#examplesOf(row, waiting);
      return this.#panel.checks.flatMap(({ name }, check): TakenCheck[] => {
        const its = counters.subarray(check * COUNTERS, (check + 1) * COUNTERS);
        if (its[JUDGED] === 0) return [];
        return [
          {
            slot: this.slot,
            labels: this.labels[row]!,
            check: name,
            counters: its,
            increments: its.map((count, at) => count - (before?.[check * COUNTERS + at] ?? 0)),
            passes: passes.get(check),
            failures: failures.get(check),
          },
        ];
      });
    });
  }

  /** Forgets what counters rose by, not that rows changed. */
  forgetIncrements(): void {
    for (const row of this.#dirty) this.#before.set(row, this.#countersOf(row));
  }

  /** The key of examples. */
  keyOf(row: number, check: number): number {
    return row * this.#panel.checks.length + check;
  }

  #countersOf(row: number): Float64Array {
    const { length } = this.#panel.checks;
    const counters = this.#counters.slice(row * length * COUNTERS, (row + 1) * length * COUNTERS);
    for (const { words, spans } of this.#patternsOf[row]!)
      for (const { check, verdict } of this.#panel.verdictsIn(words)) {
        counters[check * COUNTERS + JUDGED]! += spans;
        if (verdict === PASSED) counters[check * COUNTERS + PASSED_OF_THEM]! += spans;
        if (verdict === EXEMPT) counters[check * COUNTERS + EXEMPT_OF_THEM]! += spans;
      }
    return counters;
  }

  /** Examples of a row by check. */
  #examplesOf(
    row: number,
    waiting: ReadonlyMap<number, SpanExamples>,
  ): Record<'passes' | 'failures', Map<number, SpanExamples>> {
    const passes = new Map<number, SpanExamples>();
    const failures = new Map<number, SpanExamples>();
    for (const { check } of this.#panel.questions) {
      const key = this.keyOf(row, check);
      examplesIn(passes, check).addAll(this.#passes.get(key));
      examplesIn(failures, check).addAll(this.#failures.get(key));
      examplesIn(failures, check).addAll(waiting.get(key));
    }
    for (const { words, examples } of this.#patternsOf[row]!)
      for (const { check, verdict } of this.#panel.verdictsIn(words)) {
        if (verdict === PASSED) examplesIn(passes, check).addAll(examples);
        if (verdict === FAILED) examplesIn(failures, check).addAll(examples);
      }
    return { passes, failures };
  }

  #open(name: string, labels: QualityLabels): number {
    const row = this.labels.length;
    this.#rows.set(name, row);
    this.labels.push(labels);
    this.#patternsOf.push([]);
    this.#isDirty = grown(this.#isDirty, row + 1);
    this.#counters = grown(this.#counters, (row + 1) * this.#panel.checks.length * COUNTERS);
    return row;
  }

  #touch(row: number): void {
    if (this.#isDirty[row] === 1) return;
    this.#isDirty[row] = 1;
    this.#dirty.push(row);
  }
}

/** The examples under a key, made where there are none. */
export function examplesIn(map: Map<number, SpanExamples>, key: number): SpanExamples {
  let examples = map.get(key);
  if (examples === undefined) map.set(key, (examples = new SpanExamples()));
  return examples;
}

function seriesOf({ tenant, service, operation }: QualityLabels): SeriesLabels {
  return { tenant, service, operation, kind: 0, status: 0, dimensions: NO_DIMENSIONS };
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf(labels: Omit<QualityLabels, 'window'>, window: number): string {
  const { tenant, service, operation } = labels;
  return `${window} ${tenant.length} ${service.length} ${tenant}${service}${operation}`;
}
