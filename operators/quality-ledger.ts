/**
 * Who was given which verdict where: per span of the neighbourhood its word of verdicts and the rows they are counted in. Rows belong to the
 * slot of the span judged.
 */
import type { Dictionary } from '../src/spans/dictionary.ts';
import { KeyTable } from './key-table.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { FoldContext } from './operator.ts';
import { FAILED, NOT_JUDGED, PASSED, type Verdict } from './quality-check.ts';
import { SpanExamples, exampleHash, spanText } from './quality-examples.ts';
import {
  IS_EXAMPLE,
  type Panel,
  type Question,
  hasFailure,
  verdictAt,
  withVerdict,
} from './quality-panel.ts';
import { qualityCounterRows, qualityRows } from './quality-rows.ts';
import { type QualityLimits, QualitySlot } from './quality-slot.ts';
import type { Rows } from './rows.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Words of a row's key: tenant, service, operation, window, and whether its slot is the current one. */
const KEY_WORDS = 5;
/** Cached keys; beyond them the cache starts again, and every span still finds its row by name. */
const CACHED_KEYS_MAX = 1 << 18;

export class Ledger {
  readonly #panel: Panel;
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #windowMs: number;
  readonly #limits: QualityLimits;
  readonly #seed: number;
  readonly #slots = new Map<number, QualitySlot>();
  /** From interned ids to rows: a cache, for the ids of one dictionary epoch and the slots as they are. */
  readonly #rowOf: KeyTable;
  #epoch = -1;
  #slot = Number.NaN;
  #lastSlot: QualitySlot | undefined;
  /** Per place: the verdicts of the panel's questions, and by Question.credits the row each is counted in. */
  readonly #words: Int32Array;
  readonly #rows: Readonly<Record<Question['credits'], Int32Array>>;

  constructor(panel: Panel, { neighbourhood, windowMs }: FoldContext, limits: QualityLimits, seed: number) {
    const { capacity } = neighbourhood.spans;
    this.#panel = panel;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#windowMs = windowMs;
    this.#limits = limits;
    this.#seed = seed;
    this.#rowOf = new KeyTable(KEY_WORDS, seed);
    this.#words = new Int32Array(capacity);
    this.#rows = {
      own: new Int32Array(capacity),
      parent: new Int32Array(capacity),
      peer: new Int32Array(capacity),
    };
  }

  get rowsHeld(): number {
    let rows = 0;
    for (const { length } of this.#slots.values()) rows += length;
    return rows;
  }

  /** To be called before the first span of a batch is settled. The newest span is the batch's. */
  enter(slot: number, { epoch }: Dictionary): void {
    if (slot !== this.#slot) this.#changeSlot(slot);
    else if (epoch === this.#epoch && this.#rowOf.size <= CACHED_KEYS_MAX) return;
    this.#epoch = epoch;
    this.#rowOf.clear();
  }

  /** The slot a span's verdicts are counted in. */
  slotOf(place: Place): QualitySlot {
    const first = this.#neighbourhood.slotOf(place);
    // Nearly always that of the span before.
    if (this.#lastSlot?.slot === first) return this.#lastSlot;
    let slot = this.#slots.get(first);
    if (slot === undefined) {
      slot = new QualitySlot(first, this.#panel, this.#spans, this.#limits, this.#seed);
      this.#slots.set(first, slot);
    }
    return (this.#lastSlot = slot);
  }

  /** The row of a service and an operation, by dictionary ids, for verdicts on the span at `place`. */
  rowOf(place: Place, service: number, operation: number, dictionary: Dictionary): number {
    const table = this.#rowOf;
    const { key } = table;
    const window = this.#spans.window(place);
    const tenant = this.#spans.tenant(place);
    const slot = this.slotOf(place);
    key[0] = tenant;
    key[1] = service;
    key[2] = operation;
    key[3] = window;
    key[4] = slot.slot === this.#slot ? 1 : 0;
    const known = table.find();
    if (known >= 0) return known;
    const row = slot.rowOf({
      tenant: dictionary.text(tenant),
      service: dictionary.text(service),
      operation: dictionary.text(operation),
      window,
    });
    table.add(row);
    return row;
  }

  /** A span is in place of another: nothing was said of it yet. */
  begin(place: Place, row: number): void {
    this.#words[place] = 0;
    this.#rows.own[place] = row;
  }

  verdict(place: Place, { shift }: Question): Verdict {
    return verdictAt(this.#words[place]!, shift);
  }

  /** Says a verdict, and takes back what was said before. Where it is counted in another row from now on, `credited` is that. */
  say(place: Place, question: Question, verdict: Verdict, credited?: number): void {
    const { shift, credits } = question;
    const rows = this.#rows[credits];
    const word = this.#words[place]!;
    const known = verdictAt(word, shift);
    const row = rows[place]!;
    const to = credited ?? row;
    if (known === verdict && (known === NOT_JUDGED || to === row)) return;
    if (to === row) this.#change(place, row, question, known, verdict);
    else {
      this.#change(place, row, question, known, NOT_JUDGED);
      this.#change(place, to, question, NOT_JUDGED, verdict);
    }
    rows[place] = to;
    this.#words[place] = withVerdict(word, shift, verdict);
  }

  /** Counts a span by what the settled checks say of it: `key` is its row and their words. */
  count(place: Place, key: Int32Array, hash: number): void {
    if (this.slotOf(place).count(key, place, hash)) this.#words[place]! |= IS_EXAMPLE;
  }

  /** The span will be overwritten: what it failed, it failed for good. */
  leave(place: Place): void {
    const word = this.#words[place]!;
    if (word !== 0) this.#close(place, this.slotOf(place));
  }

  /** The rows changed since the last call. */
  take(): readonly Rows[] {
    const slots = [...this.#slots.values()];
    const waiting = new Map(slots.map((slot) => [slot, new SpanExamples(this.#spans)]));
    for (let place = 0; place < this.#words.length; place++) {
      if (!hasFailure(this.#words[place]!)) continue;
      const slot = this.slotOf(place);
      this.#addFailures(place, slot, waiting.get(slot)!);
    }
    const taken = slots.flatMap((slot) => slot.take(waiting.get(slot)!, this.#words));
    for (const slot of this.#slots.keys())
      if (slot < this.#slot - this.#neighbourhood.slotMessages) this.#slots.delete(slot);
    return [qualityRows(taken, this.#windowMs), qualityCounterRows(taken)];
  }

  forgetIncrements(): void {
    for (const slot of this.#slots.values()) slot.forgetIncrements();
  }

  #change(place: Place, row: number, { number, credits }: Question, before: Verdict, verdict: Verdict): void {
    if (before === verdict) return;
    const slot = this.slotOf(place);
    slot.change(row, number, before, verdict);
    if (credits === 'own') return;
    const key = slot.keyOf(row, number);
    if (before === PASSED) slot.passes.remove(key, spanText(this.#spans, place));
    if (verdict === PASSED) slot.passes.offer(key, place, exampleHash(this.#spans, place));
  }

  /** Adds what the span failed to these examples. */
  #addFailures(place: Place, slot: QualitySlot, examples: SpanExamples): void {
    const word = this.#words[place]!;
    const hash = exampleHash(this.#spans, place);
    for (const { number, shift, credits } of this.#panel.questions) {
      if (verdictAt(word, shift) !== FAILED) continue;
      const key = slot.keyOf(this.#rows[credits][place]!, number);
      examples.reserve(key + 1);
      examples.offer(key, place, hash);
    }
  }

  #close(place: Place, slot: QualitySlot): void {
    const word = this.#words[place]!;
    if (hasFailure(word)) this.#addFailures(place, slot, slot.failures);
    if ((word & IS_EXAMPLE) !== 0) slot.closeExample(this.#rows.own[place]!, place, word);
    this.#words[place] = 0;
  }

  /** Closes the spans of the slots that the neighbourhood has left. */
  #changeSlot(slot: number): void {
    const previous = this.#slots.get(slot - this.#neighbourhood.slotMessages);
    const last = this.#slots.get(this.#slot);
    const before = this.#slots.get(this.#slot - this.#neighbourhood.slotMessages);
    const isOdd = this.#spans.isOddSlot(this.#spans.newest);
    for (let place = 0; place < this.#words.length; place++) {
      if (this.#words[place] === 0) continue;
      // Two slots are told apart by being odd or not: one that is like the new one is that before the last.
      const its = this.#spans.isOddSlot(place) === isOdd ? before : last;
      if (its !== previous && its !== undefined) this.#close(place, its);
    }
    this.#slot = slot;
    this.#lastSlot = undefined;
  }
}
