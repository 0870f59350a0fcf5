/** What checks see of one span of a batch: a cursor over its columns, and verdicts on texts remembered by their dictionary id. */
import { ID_WORDS, type SpanBatch, WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { PARENT } from './span-hash.ts';
import { LATE } from './window.ts';

/** Indexes into SPAN_KINDS. */

/** A span, valid until the cursor moves on. Columns of attributes are those of CheckRules.column. */
export class SpanView {
  row = 0;
  #batch: SpanBatch | undefined;
  /** The first link not yet passed. */
  #link = 0;

  /** Moves to a row of a batch, the rows of one batch in order. */
  move(batch: SpanBatch, row: number): void {
    if (row === 0 || batch !== this.#batch || row < this.row) this.#link = 0;
    this.#batch = batch;
    this.row = row;
  }

  get batch(): SpanBatch {
    return this.#batch!;
  }

  /** Index into SPAN_KINDS. */
  get kind(): number {
    return this.batch.kind[this.row]!;
  }

  /** Index into STATUS_CODES. */
  get status(): number {
    return this.batch.status[this.row]!;
  }

  get endUs(): number {
    return this.batch.endUs[this.row]!;
  }

  get durationUs(): number {
    return this.batch.durationUs[this.row]!;
  }

  /** It ended before it started, as it was sent; its duration is 0 since. */
  get isReversed(): boolean {
    return this.batch.reversed[this.row] === 1;
  }

  /** It has more attributes, or a longer value, than is within bounds, as it was sent. */
  get isOversized(): boolean {
    return this.batch.oversized[this.row] === 1;
  }

  /** Timestamp of its record in microseconds; negative or NaN where the record has none. */
  get recordUs(): number {
    return this.batch.recordMs[this.row]! * 1000;
  }

  /** It ended too long before its record: what belongs to it may be gone. */
  get isLate(): boolean {
    return this.batch.punctuality[this.row] === LATE;
  }

  /** It stands for several: what belongs to it may have been left out. */
  get isSampled(): boolean {
    return this.batch.weight[this.row] !== WEIGHT_ONE;
  }

  get hasParentId(): boolean {
    const at = this.row * ID_WORDS + PARENT;
    return (this.batch.ids[at]! | this.batch.ids[at + 1]!) !== 0;
  }

  /** It has a trace id and a span id. */
  get hasIds(): boolean {
    const { ids } = this.batch;
    const at = this.row * ID_WORDS;
    return (
      (ids[at]! | ids[at + 1]! | ids[at + 2]! | ids[at + 3]!) !== 0 && (ids[at + 4]! | ids[at + 5]!) !== 0
    );
  }

  get hasLinks(): boolean {
    const { from, length } = this.batch.links;
    while (this.#link < length && from[this.#link]! < this.row) this.#link++;
    return this.#link < length && from[this.#link] === this.row;
  }

  /** Number of its window. */
  get window(): number {
    return this.batch.window[this.row]!;
  }

  /** Dictionary ids. */
  get tenant(): number {
    return this.batch.tenant[this.row]!;
  }

  get service(): number {
    return this.batch.service[this.row]!;
  }

  get operation(): number {
    return this.batch.operation[this.row]!;
  }

  /** Dictionary id of an attribute's value; 0 where the span has none. */
  attribute(column: number): number {
    return this.batch.spanAttributes[column]![this.row]!;
  }

  has(column: number): boolean {
    return this.attribute(column) !== 0;
  }

  /** Dictionary id of a resource attribute's value; 0 where the span's resource has none. */
  resourceAttribute(column: number): number {
    return this.batch.resourceAttributes[column]![this.row]!;
  }

  text(id: number): string {
    return this.batch.dictionary.text(id);
  }
}

/** What a function says of texts, asked once for each text as long as its dictionary id is good. Words are small whole numbers. */
export class TextMemo<Word extends number> {
  readonly #say: (text: string) => Word;
  #words = new Int32Array(1024);
  #epoch = -1;

  constructor(say: (text: string) => Word) {
    this.#say = say;
  }

  /** The word on the text of an id. */
  of(id: number, { batch: { dictionary } }: SpanView): Word {
    if (dictionary.epoch !== this.#epoch) {
      this.#words.fill(0);
      this.#epoch = dictionary.epoch;
    }
    if (id >= this.#words.length) {
      const words = new Int32Array(id * 2);
      words.set(this.#words);
      this.#words = words;
    }
    const known = this.#words[id]!;
    if (known !== 0) return (known - 1) as Word;
    const word = this.#say(dictionary.text(id));
    this.#words[id] = word + 1;
    return word;
  }
}
