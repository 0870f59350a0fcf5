/**
 * Who was given which verdict where: per span of the neighbourhood its word of verdicts and the rows they are counted in. Rows belong to the
 * slot of the span judged.
 */
import type { Neighbourhood } from './neighbourhood.ts';
import type { FoldContext } from './operator.ts';
import { PASSED, type Verdict } from './quality-check.ts';
import { COUNTERS } from './quality-chunk.ts';
import { SpanExamples, exampleHashAt } from './quality-examples.ts';
import {
  IS_EXAMPLE,
  type Panel,
  type Question,
  failuresIn,
  verdictAt,
  withVerdict,
} from './quality-panel.ts';
import { type QualityLimits, QualitySlot } from './quality-slot.ts';
import { Given, Taking } from './quality-taken.ts';
import type { Rows } from './rows.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** A span's record: its word, and by Question.credits the row each verdict is counted in; NO_ROW while there is none. */
const RECORD = 4;
const ROW_AT: Readonly<Record<Question['credits'], number>> = { own: 1, parent: 2, peer: 3 };
export const NO_ROW = -1;

export class Ledger {
  readonly #panel: Panel;
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #windowMs: number;
  readonly #limits: QualityLimits;
  readonly #seed: number;
  readonly #slots = new Map<number, QualitySlot>();
  readonly #given = new Map<QualitySlot, Given>();
  #slot = Number.NaN;
  #isOddSlot = false;
  /** The slot of the newest span, and the one before it. */
  #current: QualitySlot | undefined;
  #previous: QualitySlot | undefined;
  readonly #records: Int32Array;
  /** By question, where a record has the row of its verdict. */
  readonly #rowAt: Uint8Array;

  constructor(panel: Panel, { neighbourhood, windowMs }: FoldContext, limits: QualityLimits, seed: number) {
    this.#panel = panel;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#windowMs = windowMs;
    this.#limits = limits;
    this.#seed = seed;
    this.#rowAt = Uint8Array.from(panel.questions, ({ credits }) => ROW_AT[credits]);
    this.#records = new Int32Array(neighbourhood.spans.capacity * RECORD);
  }

  get rowsHeld(): number {
    let rows = 0;
    for (const { length } of this.#slots.values()) rows += length;
    return rows;
  }

  /** To be called before the first span of a batch is settled. The newest span is the batch's. Returns the slot's. */
  enter(slot: number): QualitySlot {
    if (slot === this.#slot) return this.#current!;
    const previous = this.#slots.get(slot - this.#neighbourhood.slotMessages);
    this.#closeSlots(previous);
    this.#slot = slot;
    this.#isOddSlot = this.#spans.isOddSlot(this.#spans.newest);
    this.#previous = previous;
    this.#current = new QualitySlot(slot, this.#panel, this.#spans, this.#limits, this.#seed, this.#current);
    this.#slots.set(slot, this.#current);
    this.#given.set(this.#current, new Given(this.#panel.checks.length));
    return this.#current;
  }

  /** The slot a span's verdicts are counted in. */
  slotOf(place: Place): QualitySlot {
    return (this.#isCurrent(place) ? this.#current : this.#previous)!;
  }

  /** A span is in place of another: nothing was said of it yet. */
  begin(place: Place): void {
    const at = place * RECORD;
    this.#records[at] = 0;
    this.#records[at + 1] = this.#records[at + 2] = this.#records[at + 3] = NO_ROW;
  }

  /** Says the first word of the newest span, which its opening counts in row `own`. `peer`: the row of the service it names. */
  open(place: Place, word: number, own: number, peer: number): void {
    const records = this.#records;
    const at = place * RECORD;
    records[at] = word;
    records[at + ROW_AT.own] = own;
    records[at + ROW_AT.parent] = NO_ROW;
    records[at + ROW_AT.peer] = peer;
    if (peer !== NO_ROW) this.#current!.change(peer, 0, word, this.#panel.bits.peer);
  }

  word(place: Place): number {
    return this.#records[place * RECORD]!;
  }

  /** The row of a span's own service and operation, if it was opened; of verdicts on spans of its slot and window. */
  ownRow(place: Place): number {
    return this.#records[place * RECORD + ROW_AT.own]!;
  }

  isSameSlot(one: Place, other: Place): boolean {
    return this.#spans.isOddSlot(one) === this.#spans.isOddSlot(other);
  }

  /** Says the verdict of one question that counts in the span's own row, and takes back what was said before. */
  say(place: Place, { shift }: Question, verdict: Verdict): void {
    this.sayWord(place, withVerdict(this.word(place), shift, verdict));
  }

  /** Says all verdicts of a word, and takes back what was said before: those on the parent's service in the row `parent` from now on. */
  sayWord(place: Place, word: number, parent?: number): void {
    const records = this.#records;
    const at = place * RECORD;
    const before = records[at]!;
    const changed = word ^ before;
    const { own, peer, parent: ofParent } = this.#panel.bits;
    if ((changed & own) !== 0) this.slotOf(place).change(records[at + ROW_AT.own]!, before, word, own);
    if ((changed & peer) !== 0) this.slotOf(place).change(records[at + ROW_AT.peer]!, before, word, peer);
    const known = records[at + ROW_AT.parent]!;
    const row = parent ?? known;
    if (row !== known && (before & ofParent) !== 0) {
      this.#changeParent(place, known, before, 0);
      this.#changeParent(place, row, 0, word);
    } else if ((changed & ofParent) !== 0) this.#changeParent(place, row, before, word);
    records[at + ROW_AT.parent] = row;
    records[at] = word;
  }

  /** The span will be overwritten: what it failed, it failed for good. */
  leave(place: Place): void {
    if (this.#records[place * RECORD] !== 0) this.#close(place, this.slotOf(place));
  }

  /** The rows changed since the last call. */
  take(): readonly Rows[] {
    const slots = [...this.#slots.values()];
    const waiting = new Map(slots.map((slot) => [slot, this.#newExamples(slot)]));
    const [current, previous] = [this.#current, this.#previous].map((slot) => slot && waiting.get(slot));
    for (let place = 0; place * RECORD < this.#records.length; place++)
      if (failuresIn(this.word(place)) !== 0)
        this.#addFailures(place, this.slotOf(place), (this.#isCurrent(place) ? current : previous)!);
    const taking = new Taking(this.#panel, this.#windowMs, (place) => this.word(place));
    for (const slot of slots) taking.add(slot, this.#given.get(slot)!, waiting.get(slot)!);
    for (const [first, slot] of this.#slots) {
      if (first >= this.#slot - this.#neighbourhood.slotMessages) continue;
      this.#slots.delete(first);
      this.#given.delete(slot);
    }
    return taking.taken;
  }

  forgetIncrements(): void {
    const counters = new Float64Array(this.#panel.checks.length * COUNTERS);
    for (const [slot, given] of this.#given)
      for (const row of slot.dirty) {
        slot.countersOf(row, counters);
        given.give(row, counters);
      }
  }

  #isCurrent(place: Place): boolean {
    return this.#spans.isOddSlot(place) === this.#isOddSlot;
  }

  #changeParent(place: Place, row: number, before: number, after: number): void {
    const slot = this.slotOf(place);
    slot.change(row, before, after, this.#panel.bits.parent);
    for (const { number, shift } of this.#panel.ofParent) {
      const was = verdictAt(before, shift);
      const is = verdictAt(after, shift);
      if (was === is || (was !== PASSED && is !== PASSED)) continue;
      const key = slot.keyOf(row, number);
      const hash = exampleHashAt(this.#spans, place);
      if (was === PASSED) slot.passes.remove(key, place, hash);
      else slot.passes.offer(key, place, hash);
    }
  }

  #newExamples(slot: QualitySlot): SpanExamples {
    const examples = new SpanExamples(this.#spans);
    examples.reserve(slot.keyOf(slot.labels.length, 0));
    return examples;
  }

  /** Adds what the span failed to these examples. */
  #addFailures(place: Place, slot: QualitySlot, examples: SpanExamples): void {
    const hash = exampleHashAt(this.#spans, place);
    for (let failures = failuresIn(this.word(place)); failures !== 0; failures &= failures - 1) {
      const number = (31 - Math.clz32(failures & -failures)) >>> 1;
      const row = this.#records[place * RECORD + this.#rowAt[number]!]!;
      examples.offer(slot.keyOf(row, number), place, hash);
    }
  }

  #close(place: Place, slot: QualitySlot): void {
    const word = this.word(place);
    if (failuresIn(word) !== 0) this.#addFailures(place, slot, slot.failures);
    if ((word & IS_EXAMPLE) !== 0) slot.closeExample(this.ownRow(place), place, word);
    this.#records[place * RECORD] = 0;
  }

  /** Closes the spans of the slots that the neighbourhood leaves: all but the one before the next. */
  #closeSlots(previous: QualitySlot | undefined): void {
    const isOdd = this.#spans.isOddSlot(this.#spans.newest);
    for (let place = 0; place * RECORD < this.#records.length; place++) {
      if (this.#records[place * RECORD] === 0) continue;
      // Two slots are told apart by being odd or not: one that is like the new one is that before the last.
      const its = this.#spans.isOddSlot(place) === isOdd ? this.#previous : this.#current;
      if (its !== previous && its !== undefined) this.#close(place, its);
    }
  }
}
