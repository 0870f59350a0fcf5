/** The ring of the last spans read, a record of 64 bytes each. A span is known by its place, which means another span once it has left. */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';
import { lineColumn } from './columns.ts';
import { PARENT, SPAN, TENANT_SHIFT, TRACE, hashKeys, idHash } from './span-hash.ts';
import {
  WORDS,
  SERVICE,
  OPERATION,
  FLAGS,
  WINDOW,
  START_US,
  DURATION_US,
  KIND_MASK,
  STATUS_SHIFT,
  IS_REPEAT,
  IS_OWNER,
  IS_ODD_SLOT,
  IS_COPY,
  IS_SHARED,
  TENANT_MASK,
  CONTENT_MASK,
  flagsOf,
} from './span-record.ts';

/** Where a span lies in the ring, and in columns that others keep beside it. NONE is no span. */
export type Place = number;
export const NONE: Place = -1;

/** Every process chooses the same examples. */
const EXAMPLE_KEYS = hashKeys(0);

export class SpanRing {
  /** Spans the ring holds. */
  readonly capacity: number;
  /** Place of the newest span. */
  newest: Place = -1;
  spansRead = 0;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  /** `words`: where its records lie, WORDS each, zeros all. */
  constructor(capacity: number, words: Int32Array = lineColumn(capacity * WORDS)) {
    this.capacity = capacity;
    this.#words = words;
    this.#doubles = new Float64Array(this.#words.buffer, this.#words.byteOffset, capacity * (WORDS / 2));
  }

  /** Spans read since this one. */
  age(place: Place): number {
    const age = this.newest - place;
    return age < 0 ? age + this.capacity : age;
  }

  /** The place of the span read `age` spans ago. */
  placeAt(age: number): Place {
    const place = this.newest - age;
    return place < 0 ? place + this.capacity : place;
  }

  /** Where the next span comes: the place of the oldest, once the ring is full. */
  get next(): Place {
    return this.newest + 1 === this.capacity ? 0 : this.newest + 1;
  }

  /** So many spans were added by somebody else, from the next place on and none beyond the ring's end. */
  pass(spans: number): void {
    this.newest = this.next + spans - 1;
    this.spansRead += spans;
  }

  /** Adds a span in place of the oldest, and returns its place. */
  add(batch: SpanBatch, row: number, isOddSlot: boolean): Place {
    const place = this.next;
    this.newest = place;
    this.spansRead++;
    const at = place * WORDS;
    const words = this.#words;
    const { ids } = batch;
    const from = row * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) words[at + word] = ids[from + word]!;
    words[at + SERVICE] = batch.service[row]!;
    words[at + OPERATION] = batch.operation[row]!;
    words[at + FLAGS] = flagsOf(batch, row, isOddSlot);
    words[at + WINDOW] = batch.window[row]!;
    this.#doubles[(at >> 1) + START_US] = batch.startUs[row]!;
    this.#doubles[(at >> 1) + DURATION_US] = batch.durationUs[row]!;
    return place;
  }

  setRepeat(place: Place): void {
    this.#words[place * WORDS + FLAGS]! |= IS_REPEAT;
  }

  /** Marks two spans that have one id. */
  setShared(place: Place, other: Place): void {
    this.#words[place * WORDS + FLAGS]! |= IS_SHARED;
    this.#words[other * WORDS + FLAGS]! |= IS_SHARED;
  }

  /** Whether another span had the same id when the later of them was read. Where not, no other has it. */
  isShared(place: Place): boolean {
    return (this.#flags(place) & IS_SHARED) !== 0;
  }

  service(place: Place): number {
    return this.#words[place * WORDS + SERVICE]!;
  }

  operation(place: Place): number {
    return this.#words[place * WORDS + OPERATION]!;
  }

  tenant(place: Place): number {
    return this.#flags(place) >>> TENANT_SHIFT;
  }

  kind(place: Place): number {
    return this.#flags(place) & KIND_MASK;
  }

  status(place: Place): number {
    return (this.#flags(place) >>> STATUS_SHIFT) & 3;
  }

  /** Whether facts may be credited to the span: it repeats none, is no context, and no copy. */
  isOwner(place: Place): boolean {
    return (this.#flags(place) & (IS_OWNER | IS_REPEAT | IS_COPY)) === IS_OWNER;
  }

  /** Whether what the span's links lead to may be credited to it: see SpanBatch.copy. */
  ownsLinks(place: Place): boolean {
    return (this.#flags(place) & (IS_OWNER | IS_REPEAT)) === IS_OWNER;
  }

  isRepeat(place: Place): boolean {
    return (this.#flags(place) & IS_REPEAT) !== 0;
  }

  isOddSlot(place: Place): boolean {
    return (this.#flags(place) & IS_ODD_SLOT) !== 0;
  }

  /** Number of the span's window. */
  window(place: Place): number {
    return this.#words[place * WORDS + WINDOW]!;
  }

  startUs(place: Place): number {
    return this.#doubles[place * (WORDS / 2) + START_US]!;
  }

  durationUs(place: Place): number {
    return this.#doubles[place * (WORDS / 2) + DURATION_US]!;
  }

  hasTraceId(place: Place): boolean {
    const at = place * WORDS;
    const words = this.#words;
    return (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) !== 0;
  }

  /** Whether the id in `field` (SPAN or PARENT) is not all zero. */
  hasId(place: Place, field: number): boolean {
    const at = place * WORDS + field;
    return (this.#words[at]! | this.#words[at + 1]!) !== 0;
  }

  /** Whether trace id and the id in `field` are the six words of `ids` from `at`. */
  hasIds(place: Place, field: number, ids: Int32Array, at: number): boolean {
    const words = this.#words;
    for (let word = TRACE; word < SPAN; word++)
      if (words[place * WORDS + word] !== ids[at + word]) return false;
    const own = place * WORDS + field;
    return words[own] === ids[at + SPAN] && words[own + 1] === ids[at + SPAN + 1];
  }

  /** Copies trace id and the id in `field` into the first six words of `ids`. */
  copyIds(place: Place, field: number, ids: Int32Array): void {
    for (let word = TRACE; word < SPAN; word++) ids[word] = this.#words[place * WORDS + word]!;
    ids[SPAN] = this.#words[place * WORDS + field]!;
    ids[SPAN + 1] = this.#words[place * WORDS + field + 1]!;
  }

  /** Whether one span's id in `field` is another's in `otherField`: same tenant, trace and id. */
  isSameId(place: Place, field: number, other: Place, otherField: number): boolean {
    const words = this.#words;
    const at = place * WORDS;
    const otherAt = other * WORDS;
    return (
      words[at + field] === words[otherAt + otherField] &&
      words[at + field + 1] === words[otherAt + otherField + 1] &&
      words[at] === words[otherAt] &&
      words[at + 1] === words[otherAt + 1] &&
      words[at + 2] === words[otherAt + 2] &&
      words[at + 3] === words[otherAt + 3] &&
      words[at + FLAGS]! >>> TENANT_SHIFT === words[otherAt + FLAGS]! >>> TENANT_SHIFT
    );
  }

  /** Whether two spans are one, reported twice: same ids, parent, kind, tenant, service and name. */
  isSameSpan(place: Place, other: Place): boolean {
    const words = this.#words;
    const at = place * WORDS;
    const otherAt = other * WORDS;
    for (let word = 0; word <= OPERATION; word++)
      if (words[at + word] !== words[otherAt + word]) return false;
    return ((words[at + FLAGS]! ^ words[otherAt + FLAGS]!) & CONTENT_MASK) === 0;
  }

  /** A hash of what `isSameSpan` compares beside trace and span id. */
  contentHash(place: Place): number {
    const words = this.#words;
    const at = place * WORDS;
    let hash = words[at + FLAGS]! & CONTENT_MASK;
    for (let word = PARENT; word <= OPERATION; word++) hash = Math.imul(hash ^ words[at + word]!, 0x9e3779b1);
    return hash;
  }

  /** A hash of the trace id alone, from 0 to 2^32 - 1: in every process the same. */
  traceHash(place: Place): number {
    return this.idHash(place, TRACE, EXAMPLE_KEYS) >>> 0;
  }

  /** A hash of trace id and the id in `field`. */
  idHash(place: Place, field: number, keys: Int32Array): number {
    return idHash(this.#words, place * WORDS, place * WORDS + field, keys);
  }

  /** Shows each dictionary id of the last `held` spans to `visit`, and puts what that returns in its place. */
  eachText(held: number, visit: (id: number) => number): void {
    const words = this.#words;
    for (let age = 0; age < held; age++) {
      const at = this.placeAt(age) * WORDS;
      words[at + SERVICE] = visit(words[at + SERVICE]!);
      words[at + OPERATION] = visit(words[at + OPERATION]!);
      const flags = words[at + FLAGS]!;
      words[at + FLAGS] = (flags & ~TENANT_MASK) | (visit(flags >>> TENANT_SHIFT) << TENANT_SHIFT);
    }
  }

  #flags(place: Place): number {
    return this.#words[place * WORDS + FLAGS]!;
  }
}
