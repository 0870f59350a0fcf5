/** What checks see of a span: its facts. */
import {
  type Fact,
  HAS_IDS,
  HAS_LINKS,
  HAS_PARENT_ID,
  HAS_RECORD_TIME,
  IS_LATE,
  IS_OVERSIZED,
  IS_REVERSED,
  IS_SAMPLED,
  KIND_BITS,
  STATUS_BITS,
  STATUS_SHIFT,
  bitOf,
  wordOf,
} from './quality-facts.ts';

export class SpanView {
  readonly #words: ArrayLike<number>;

  /** Reads the facts as they are in `words` when it is asked. */
  constructor(words: ArrayLike<number>) {
    this.#words = words;
  }

  /** Whether a fact that the check asked for is true of the span. */
  is(fact: Fact): boolean {
    return (this.#words[wordOf(fact)]! & bitOf(fact)) !== 0;
  }

  /** Index into SPAN_KINDS. */
  get kind(): number {
    return this.#words[0]! & KIND_BITS;
  }

  /** Index into STATUS_CODES. */
  get status(): number {
    return (this.#words[0]! >>> STATUS_SHIFT) & STATUS_BITS;
  }

  /** It ended before it started, as it was sent; its duration is 0 since. */
  get isReversed(): boolean {
    return this.#own(IS_REVERSED);
  }

  /** It has more attributes, or a longer value, than is within bounds, as it was sent. */
  get isOversized(): boolean {
    return this.#own(IS_OVERSIZED);
  }

  /** It ended too long before its record: what belongs to it may be gone. */
  get isLate(): boolean {
    return this.#own(IS_LATE);
  }

  /** It stands for several: what belongs to it may have been left out. */
  get isSampled(): boolean {
    return this.#own(IS_SAMPLED);
  }

  /** Its record has a timestamp. */
  get hasRecordTime(): boolean {
    return this.#own(HAS_RECORD_TIME);
  }

  get hasParentId(): boolean {
    return this.#own(HAS_PARENT_ID);
  }

  /** It has a trace id and a span id. */
  get hasIds(): boolean {
    return this.#own(HAS_IDS);
  }

  get hasLinks(): boolean {
    return this.#own(HAS_LINKS);
  }

  #own(bit: number): boolean {
    return (this.#words[0]! & bit) !== 0;
  }
}
