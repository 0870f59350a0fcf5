/**
 * Trace quality of one slot: per service, operation and window how many spans each check judged, passed and excused. A verdict that changes is
 * counted anew, and what it was before is counted as moved: no counter ever falls.
 */
import { inOnePiece } from '../src/spans/one-piece.ts';
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { NO_DIMENSIONS, SeriesLimiter, type SeriesLabels } from './limiter.ts';
import { EXEMPT, NOT_JUDGED, PASSED, type Verdict } from './quality-check.ts';
import { Changes } from './quality-changes.ts';
import { COUNTERS, type QualityLabels } from './quality-chunk.ts';
import { SpanExamples } from './quality-examples.ts';
import { type Opening, type Panel, verdictAt } from './quality-panel.ts';
import { EXEMPT_OF_THEM, JUDGED, PASSED_OF_THEM } from './quality-rows.ts';
import type { Place, SpanRing } from './span-ring.ts';

export interface QualityLimits {
  /** Distinct services a tenant may have in a slot. */
  readonly servicesPerTenantMax: number;
  /** Distinct operations a service may have in a slot. */
  readonly operationsPerServiceMax: number;
  /** Rows (service, operation, window) a tenant may have in a slot, overflow rows not counted. */
  readonly rowsPerTenantMax: number;
}

/** Spans of one row that the settled checks gave the same verdicts: the words of these, and the number of their set of examples. */
export interface Pattern {
  readonly words: Int32Array;
  readonly examples: number;
}

/** Of an opening: its row, the first word of its spans, and the number of its pattern's examples. */
const [ROW, WORD, PATTERN] = [0, 1, 2];
const OPENING = 3;

export class QualitySlot {
  /** First offset of the slot. */
  readonly slot: number;
  readonly labels: QualityLabels[] = [];
  /** Per row its patterns. */
  readonly patterns: Pattern[][] = [];
  /** Examples of the spans of a pattern. */
  readonly examples: SpanExamples;
  /** Examples of what passed a question whose verdict counts in the parent's row. */
  readonly passes: SpanExamples;
  /** Failures that nothing can change any more. */
  readonly failures: SpanExamples;
  readonly #panel: Panel;
  readonly #limiter: SeriesLimiter;
  readonly #rows = new Map<string, number>();
  readonly #patternOf: KeyTable;
  #patternsHeld = 0;
  /** Openings of a row: spans of one pattern that have the same first word. Found by their row, and what was said. */
  readonly #openingOf: KeyTable;
  readonly #openings: Opening[] = [];
  /** Per row 1 + the number of its newest opening, per opening 1 + that of the one before it in its row; 0 where there is none. */
  #newestOpening = new Int32Array(64);
  #openingBefore = new Int32Array(64);
  #openingSpans = new Float64Array(64);
  /** OPENING words an opening: what else each span needs of it lies together. */
  #openingRecords = new Int32Array(64 * OPENING);
  readonly #changes: Changes;
  /** By row: 1 where it changed since it was taken. */
  #isDirty = new Uint8Array(64);

  /** `before`: another slot, which had as many rows and examples as this will. */
  constructor(
    slot: number,
    panel: Panel,
    spans: SpanRing,
    limits: QualityLimits,
    seed: number,
    before?: QualitySlot,
  ) {
    this.slot = slot;
    this.examples = new SpanExamples(spans, before?.examples);
    this.passes = new SpanExamples(spans, before?.passes);
    this.failures = new SpanExamples(spans, before?.failures);
    this.#panel = panel;
    this.#limiter = new SeriesLimiter({ ...limits, seriesPerServiceMax: limits.operationsPerServiceMax });
    this.#changes = new Changes(panel.questions, seed, before && before.#changes);
    this.#patternOf = new KeyTable(1 + panel.words, seed, 64);
    this.#openingOf = new KeyTable(2 + panel.words, seed, 64);
  }

  /** What the memory budget counts: patterns, of which each row has one at least. */
  get length(): number {
    return this.#patternsHeld;
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

  /** The number under which spans of a row are counted of which this was said when they were read. */
  openingOf(row: number, opening: Opening): number {
    const { key } = this.#openingOf;
    key[0] = row;
    key[1] = opening.word;
    key.set(opening.settled, 2);
    const known = this.#openingOf.find();
    if (known >= 0) return known;
    const number = this.#openings.length;
    this.#openingOf.add(number);
    this.#openings.push(opening);
    this.#openingSpans = grown(this.#openingSpans, number + 1);
    this.#openingBefore = grown(this.#openingBefore, number + 1);
    this.#openingBefore[number] = this.#newestOpening[row]!;
    this.#newestOpening[row] = number + 1;
    const at = number * OPENING;
    const records = (this.#openingRecords = grown(this.#openingRecords, at + OPENING));
    records[at + ROW] = row;
    records[at + WORD] = opening.word;
    records[at + PATTERN] = this.#addPattern(row, opening.settled);
    return number;
  }

  rowOfOpening(number: number): number {
    return this.#openingRecords[number * OPENING + ROW]!;
  }

  wordOfOpening(number: number): number {
    return this.#openingRecords[number * OPENING + WORD]!;
  }

  /** Counts the spans of a batch that own something, by the numbers of their openings from the first of them on. */
  count(numbers: Int32Array, { repeat, copy, firstOwner, length }: SpanBatch): void {
    const records = this.#openingRecords;
    const spans = this.#openingSpans;
    const isDirty = this.#isDirty;
    for (let row = firstOwner; row < length; row++) {
      if ((repeat[row]! | copy[row]!) !== 0) continue;
      const number = numbers[row]!;
      spans[number]! += 1;
      isDirty[records[number * OPENING + ROW]!] = 1;
    }
  }

  /** Whether a span of this hash may be an example of its opening; if not now, then never. */
  mayBeExample(number: number, hash: number): boolean {
    return this.examples.admits(this.#openingRecords[number * OPENING + PATTERN]!, hash);
  }

  /** Offers the span at a place. Returns whether it is an example of its opening now. */
  offer(number: number, place: Place, hash: number): boolean {
    return this.examples.offer(this.#openingRecords[number * OPENING + PATTERN]!, place, hash);
  }

  /** Counts, in this row, that the verdicts in `bits` of a span's word are others now. */
  change(row: number, before: number, after: number, bits: number): void {
    this.#changes.count(row, before & bits, after & bits);
    this.#isDirty[row] = 1;
  }

  /** The verdicts on an example of a row are final. */
  closeExample(row: number, place: Place, word: number): void {
    for (const { examples } of this.patterns[row]!) this.examples.close(examples, place, word);
  }

  /** The key of a row's examples for a question. */
  keyOf(row: number, question: number): number {
    return row * this.#panel.questions.length + question;
  }

  /** The rows changed since the last call, in the order in which they were opened. */
  takeDirty(): readonly number[] {
    const rows = this.dirty;
    this.#isDirty.fill(0);
    return rows;
  }

  get dirty(): readonly number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.labels.length; row++) if (this.#isDirty[row] === 1) rows.push(row);
    return rows;
  }

  /** COUNTERS for each check, into `counters`. */
  countersOf(row: number, counters: Float64Array): void {
    counters.fill(0);
    this.#changes.addTo(counters, row);
    for (let next = this.#newestOpening[row]!; next !== 0; next = this.#openingBefore[next - 1]!) {
      const number = next - 1;
      const { settled, word } = this.#openings[number]!;
      const spans = this.#openingSpans[number]!;
      const add = (check: number, verdict: Verdict): void => {
        const at = check * COUNTERS;
        counters[at + JUDGED]! += spans;
        if (verdict === PASSED) counters[at + PASSED_OF_THEM]! += spans;
        if (verdict === EXEMPT) counters[at + EXEMPT_OF_THEM]! += spans;
      };
      this.#panel.eachSettled(settled, add);
      for (const { check, shift, credits } of this.#panel.questions)
        if (credits === 'own' && verdictAt(word, shift) !== NOT_JUDGED) add(check, verdictAt(word, shift));
    }
  }

  /** The number of the examples of a row's pattern. */
  #addPattern(row: number, words: Int32Array): number {
    const { key } = this.#patternOf;
    key[0] = row;
    key.set(words, 1);
    const known = this.#patternOf.find();
    if (known >= 0) return known;
    const examples = this.#patternsHeld++;
    this.#patternOf.add(examples);
    this.patterns[row] = withOne(this.patterns[row]!, { words, examples });
    this.examples.reserve(examples + 1);
    return examples;
  }

  #open(name: string, labels: QualityLabels): number {
    const row = this.labels.length;
    const keys = this.keyOf(row + 1, 0);
    this.#rows.set(inOnePiece(name), row);
    this.labels.push(labels);
    this.patterns.push([]);
    this.#newestOpening = grown(this.#newestOpening, row + 1);
    this.#isDirty = grown(this.#isDirty, row + 1);
    this.#changes.reserve(row + 1);
    this.passes.reserve(keys);
    this.failures.reserve(keys);
    return row;
  }
}

/** A list with one more. Most of some ten thousand stay short: they are copied to their length, as an array that grows has room for 17 at once. */
function withOne<Item>(list: Item[], item: Item): Item[] {
  if (list.length < 8) return list.concat([item]);
  list.push(item);
  return list;
}

function seriesOf({ tenant, service, operation }: QualityLabels): SeriesLabels {
  return { tenant, service, operation, kind: 0, status: 0, dimensions: NO_DIMENSIONS };
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf(labels: Omit<QualityLabels, 'window'>, window: number): string {
  const { tenant, service, operation } = labels;
  return `${window} ${tenant.length} ${service.length} ${tenant}${service}${operation}`;
}
