/**
 * The ring of the last spans read, one record of 64 bytes each. A span is known by its position: its place in the order of reading,
 * counted modulo a multiple of the ring's length below 2^31. A position means nothing once its span has left.
 */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';

export type Position = number;

/** Words of a record: ids (8), service, operation, flags with tenant, window; then start and duration as doubles. */
const WORDS = 16;
/** Where the ids lie in a record: fields by which spans are compared. */
export const TRACE = 0;
export const SPAN = 4;
export const PARENT = 6;
const SERVICE = 8;
const OPERATION = 9;
const FLAGS = 10;
const WINDOW = 11;
const START_US = 6;
const DURATION_US = 7;

const KIND_MASK = 7;
const STATUS_SHIFT = 3;
const IS_REPEAT = 1 << 5;
const IS_OWNER = 1 << 6;
const IS_ODD_SLOT = 1 << 7;
const TENANT_SHIFT = 8;
const TENANT_MASK = -1 << TENANT_SHIFT;
/** What of the flags identifies a repeat: kind and tenant. */
const CONTENT_MASK = KIND_MASK | TENANT_MASK;

export class SpanRing {
  /** Spans the ring holds. */
  readonly capacity: number;
  /** Position of the newest span. */
  newest: Position = 0;
  readonly #positions: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity * WORDS * 4);
    this.capacity = capacity;
    this.#positions = Math.floor((2 ** 31 - 1) / capacity) * capacity;
    this.#words = new Int32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }

  /** Where a position's columns lie: of the ring itself, and of columns others keep beside it. */
  place(position: Position): number {
    return position % this.capacity;
  }

  /** Spans read since this one. */
  age(position: Position): number {
    const age = this.newest - position;
    return age < 0 ? age + this.#positions : age;
  }

  /** The position of the span read `age` spans ago. */
  positionAt(age: number): Position {
    const position = this.newest - age;
    return position < 0 ? position + this.#positions : position;
  }

  /** Adds a span in place of the oldest, and returns its position. `window` is its window's number. */
  add(batch: SpanBatch, row: number, window: number, isOddSlot: boolean): Position {
    const position = this.newest + 1 === this.#positions ? 0 : this.newest + 1;
    this.newest = position;
    const at = this.place(position) * WORDS;
    const words = this.#words;
    const { ids } = batch;
    for (let word = 0, from = row * ID_WORDS; word < ID_WORDS; word++) words[at + word] = ids[from + word]!;
    words[at + SERVICE] = batch.service[row]!;
    words[at + OPERATION] = batch.operation[row]!;
    words[at + FLAGS] =
      batch.kind[row]! |
      (batch.status[row]! << STATUS_SHIFT) |
      (row >= batch.firstOwner ? IS_OWNER : 0) |
      (isOddSlot ? IS_ODD_SLOT : 0) |
      (batch.tenant[row]! << TENANT_SHIFT);
    words[at + WINDOW] = window;
    this.#doubles[(at >> 1) + START_US] = batch.startUs[row]!;
    this.#doubles[(at >> 1) + DURATION_US] = batch.durationUs[row]!;
    return position;
  }

  setRepeat(position: Position): void {
    const at = this.place(position) * WORDS + FLAGS;
    this.#words[at] = this.#words[at]! | IS_REPEAT;
  }

  service(position: Position): number {
    return this.#words[this.place(position) * WORDS + SERVICE]!;
  }

  operation(position: Position): number {
    return this.#words[this.place(position) * WORDS + OPERATION]!;
  }

  tenant(position: Position): number {
    return this.#flags(position) >>> TENANT_SHIFT;
  }

  kind(position: Position): number {
    return this.#flags(position) & KIND_MASK;
  }

  status(position: Position): number {
    return (this.#flags(position) >>> STATUS_SHIFT) & 3;
  }

  /** Whether facts may be credited to the span: it repeats none, and is no context. */
  isOwner(position: Position): boolean {
    return (this.#flags(position) & (IS_OWNER | IS_REPEAT)) === IS_OWNER;
  }

  isRepeat(position: Position): boolean {
    return (this.#flags(position) & IS_REPEAT) !== 0;
  }

  isOddSlot(position: Position): boolean {
    return (this.#flags(position) & IS_ODD_SLOT) !== 0;
  }

  /** Number of the span's window. */
  window(position: Position): number {
    return this.#words[this.place(position) * WORDS + WINDOW]!;
  }

  startUs(position: Position): number {
    return this.#doubles[this.place(position) * (WORDS / 2) + START_US]!;
  }

  durationUs(position: Position): number {
    return this.#doubles[this.place(position) * (WORDS / 2) + DURATION_US]!;
  }

  /** The trace id, 32 hex digits. */
  traceId(position: Position): string {
    return this.#hex(position, TRACE, SPAN);
  }

  /** The span id, 16 hex digits. */
  spanId(position: Position): string {
    return this.#hex(position, SPAN, PARENT);
  }

  hasTraceId(position: Position): boolean {
    const at = this.place(position) * WORDS;
    const words = this.#words;
    return (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) !== 0;
  }

  /** Whether the id in `field` (SPAN or PARENT) is not all zero. */
  hasId(position: Position, field: number): boolean {
    const at = this.place(position) * WORDS + field;
    return (this.#words[at]! | this.#words[at + 1]!) !== 0;
  }

  /** Whether one span's id in `field` is another's in `otherField`: same tenant, trace and id. */
  isSameId(position: Position, field: number, other: Position, otherField: number): boolean {
    const words = this.#words;
    const at = this.place(position) * WORDS;
    const otherAt = this.place(other) * WORDS;
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
  isSameSpan(position: Position, other: Position): boolean {
    const words = this.#words;
    const at = this.place(position) * WORDS;
    const otherAt = this.place(other) * WORDS;
    for (let word = 0; word <= OPERATION; word++)
      if (words[at + word] !== words[otherAt + word]) return false;
    return ((words[at + FLAGS]! ^ words[otherAt + FLAGS]!) & CONTENT_MASK) === 0;
  }

  /** A hash of trace id and the id in `field`. */
  idHash(position: Position, field: number, seed: number): number {
    const words = this.#words;
    const at = this.place(position) * WORDS;
    let hash = Math.imul(seed ^ words[at]!, 0x9e3779b1) ^ words[at + 1]!;
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77) ^ words[at + 2]!;
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d) ^ words[at + 3]!;
    hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) ^ words[at + field]!;
    hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca77) ^ words[at + field + 1]!;
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae3d);
    return hash ^ (hash >>> 16);
  }

  /** A hash of all that identifies a repeat, from that of its id. */
  contentHash(position: Position, idHash: number): number {
    const words = this.#words;
    const at = this.place(position) * WORDS;
    let hash = Math.imul(idHash ^ words[at + PARENT]!, 0x9e3779b1) ^ words[at + PARENT + 1]!;
    hash = Math.imul(hash ^ (hash >>> 15) ^ words[at + SERVICE]!, 0x85ebca77) ^ words[at + OPERATION]!;
    hash = Math.imul(hash ^ (hash >>> 13) ^ (words[at + FLAGS]! & CONTENT_MASK), 0xc2b2ae3d);
    return hash ^ (hash >>> 16);
  }

  /** Marks the dictionary ids of the last `held` spans. */
  markTexts(used: Uint8Array, held: number): void {
    this.#eachRecord(held, (at) => {
      used[this.#words[at + SERVICE]!] = 1;
      used[this.#words[at + OPERATION]!] = 1;
      used[this.#words[at + FLAGS]! >>> TENANT_SHIFT] = 1;
    });
  }

  /** Renames the dictionary ids of the last `held` spans: `renamed[id]` is the new one. */
  renameTexts(renamed: Int32Array, held: number): void {
    const words = this.#words;
    this.#eachRecord(held, (at) => {
      words[at + SERVICE] = renamed[words[at + SERVICE]!]!;
      words[at + OPERATION] = renamed[words[at + OPERATION]!]!;
      const flags = words[at + FLAGS]!;
      words[at + FLAGS] = (flags & ~TENANT_MASK) | (renamed[flags >>> TENANT_SHIFT]! << TENANT_SHIFT);
    });
  }

  #eachRecord(held: number, visit: (at: number) => void): void {
    for (let age = 0; age < held; age++) visit(this.place(this.positionAt(age)) * WORDS);
  }

  #flags(position: Position): number {
    return this.#words[this.place(position) * WORDS + FLAGS]!;
  }

  #hex(position: Position, from: number, to: number): string {
    const at = this.place(position) * WORDS;
    let hex = '';
    for (let word = from; word < to; word++)
      hex += (this.#words[at + word]! >>> 0).toString(16).padStart(8, '0');
    return hex;
  }
}
