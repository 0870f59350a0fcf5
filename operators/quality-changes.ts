/**
 * How often verdicts changed, row by row. A span's verdicts mostly change together and in few ways: a way, which is what its word was and what it
 * became, has a number, and a row counts each way once, not each of its verdicts. What no number is left for is counted verdict by verdict.
 */
import { grown, roomLike } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { EXEMPT, NOT_JUDGED, PASSED, type Verdict } from './quality-check.ts';
import { COUNTERS } from './quality-chunk.ts';
import { type Question, changesIn, verdictAt } from './quality-panel.ts';
import { EXEMPT_OF_THEM, JUDGED, MOVED, PASSED_OF_THEM } from './quality-rows.ts';

/** Ways that have a number. */
const WAYS_MAX = 32;
const GONE_MAX = 2 ** 32 - 1;
/** Changes that wait to be counted: the processor then fetches the counts of several rows side by side, where each stood in the way of what came next. */
const WAITING_MAX = 1024;
/** No word of verdicts: it has the bit that says an example. */
const NO_WORD = -1;
/** Ways that are found at the first look. */
const QUICK = 256;

export class Changes {
  readonly #questions: readonly Question[];
  /** Counters of a row, where verdicts are counted one by one. */
  readonly #width: number;
  readonly #wayOf: KeyTable;
  readonly #before = new Int32Array(WAYS_MAX).fill(NO_WORD);
  readonly #after = new Int32Array(WAYS_MAX).fill(NO_WORD);
  /** By some bits of both words, the way that was asked for last. */
  readonly #quick = new Uint8Array(QUICK);
  /** Of each that waits, where it is to be counted. */
  readonly #waiting = new Int32Array(WAITING_MAX);
  #waits = 0;
  /** WAYS_MAX numbers a row: how often each way was gone. What 32 bits do not hold counts as a way without a number does. */
  #gone: Uint32Array;
  #rows = 0;
  /** COUNTERS for each question, by row: of ways without a number. Not long before the first of these. */
  #others = new Float64Array(0);

  /** `like`: others of as many rows as these will have. */
  constructor(questions: readonly Question[], seed: number, like?: Changes) {
    this.#gone = new Uint32Array(roomLike(like && like.#rows, 64) * WAYS_MAX);
    this.#questions = questions;
    this.#width = questions.length * COUNTERS;
    this.#wayOf = new KeyTable(2, seed, WAYS_MAX);
  }

  /** Makes room for rows below `rows`. */
  reserve(rows: number): void {
    this.#rows = rows;
    this.#gone = grown(this.#gone, rows * WAYS_MAX);
  }

  /** Counts that a word, of verdicts that count in this row, is another now. */
  count(row: number, before: number, after: number): void {
    const quick = (Math.imul(before, 0x9e3779b1) ^ Math.imul(after, 0x85ebca77)) >>> 24;
    let way = this.#quick[quick]!;
    if (this.#before[way] !== before || this.#after[way] !== after) {
      way = this.#find(before, after);
      if (way === WAYS_MAX) {
        this.#countOther(row, before, after);
        return;
      }
      this.#quick[quick] = way;
    }
    if (this.#waits === WAITING_MAX) this.#countWaiting();
    this.#waiting[this.#waits++] = row * WAYS_MAX + way;
  }

  /** Adds what the row counted to COUNTERS for each check. */
  addTo(counters: Float64Array, row: number): void {
    this.#countWaiting();
    const checkAt = ({ check }: Question): number => check * COUNTERS;
    for (let way = 0; way < this.#wayOf.size; way++) {
      const times = this.#gone[row * WAYS_MAX + way]!;
      if (times > 0) this.#change(counters, checkAt, this.#before[way]!, this.#after[way]!, times);
    }
    const from = row * this.#width;
    if (from + this.#width > this.#others.length) return;
    for (const question of this.#questions)
      for (let counter = 0; counter < COUNTERS; counter++)
        counters[checkAt(question) + counter]! += this.#others[from + question.number * COUNTERS + counter]!;
  }

  /** The number of a way; WAYS_MAX where none is left for it. */
  #find(before: number, after: number): number {
    const { key } = this.#wayOf;
    key[0] = before;
    key[1] = after;
    const known = this.#wayOf.find();
    if (known >= 0) return known;
    const way = this.#wayOf.size;
    if (way === WAYS_MAX) return way;
    this.#wayOf.add(way);
    this.#before[way] = before;
    this.#after[way] = after;
    return way;
  }

  #countWaiting(): void {
    const gone = this.#gone;
    const waiting = this.#waiting;
    for (let at = 0; at < this.#waits; at++) {
      const place = waiting[at]!;
      if (gone[place]! < GONE_MAX) gone[place]! += 1;
      else
        this.#countOther(
          Math.floor(place / WAYS_MAX),
          this.#before[place % WAYS_MAX]!,
          this.#after[place % WAYS_MAX]!,
        );
    }
    this.#waits = 0;
  }

  #countOther(row: number, before: number, after: number): void {
    const from = row * this.#width;
    this.#others = grown(this.#others, from + this.#width);
    this.#change(this.#others, ({ number }) => from + number * COUNTERS, before, after, 1);
  }

  /** Adds a change that came so many times to COUNTERS of each question, which begin where `at` says. */
  #change(
    counters: Float64Array,
    at: (question: Question) => number,
    before: number,
    after: number,
    times: number,
  ): void {
    for (let changes = changesIn(before, after); changes !== 0; changes &= changes - 1) {
      const shift = 31 - Math.clz32(changes & -changes);
      const question = this.#questions[shift >>> 1]!;
      addChange(counters, at(question), verdictAt(before, shift), verdictAt(after, shift), times);
    }
  }
}

function addChange(counters: Float64Array, at: number, before: Verdict, after: Verdict, times: number): void {
  if (before === NOT_JUDGED) counters[at + JUDGED]! += times;
  else if (after === NOT_JUDGED) counters[at + MOVED + JUDGED]! += times;
  if (before === PASSED) counters[at + MOVED + PASSED_OF_THEM]! += times;
  else if (before === EXEMPT) counters[at + MOVED + EXEMPT_OF_THEM]! += times;
  if (after === PASSED) counters[at + PASSED_OF_THEM]! += times;
  else if (after === EXEMPT) counters[at + EXEMPT_OF_THEM]! += times;
}
