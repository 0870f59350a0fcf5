/** Writes one message of stubs: spans go in as rows of batches, bytes come out. */
import { ID_WORDS, type SpanBatch, WEIGHT_ONE } from '../spans/span-batch.ts';
import { LINK_WORDS } from '../spans/span-links.ts';
import {
  HAS_ATTRIBUTES,
  HAS_LINKS,
  HAS_PARENT,
  HAS_RAW_SPAN,
  HAS_RAW_TIME,
  HAS_WEIGHT,
  IS_END_LATER,
  IS_NEXT,
  IS_REVERSED,
  IS_SAME_TRACE,
  STATUS_SHIFT,
  VERSION,
} from './stub-format.ts';

/** An attribute key that stubs carry, and its column in batches. */
export interface StubKey {
  readonly key: string;
  readonly column: number;
}

/** Of a stub up to its texts. */
const FIXED_BYTES_MAX = 96;
const VARINT_BYTES_MAX = 10;
const INITIAL_BYTES = 1024;
const ENCODER = new TextEncoder();

export class StubWriter {
  readonly #keys: readonly StubKey[];
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  /** Where the next byte goes. */
  #at = 0;
  /** Texts by their dictionary ids, and keys by their place among the keys; the numbers they have in this message. */
  readonly #texts = new Map<number, number>();
  readonly #keyTexts: Int32Array;
  #textCount = 0;
  #epoch = -1;
  #offset = 0;
  #recordMs = 0;
  #startUs = 0;
  readonly #trace = new Int32Array(4);

  constructor(keys: readonly StubKey[], partition: number, generation: number, ordinal: number) {
    this.#keys = keys;
    this.#keyTexts = new Int32Array(keys.length);
    this.#bytes[this.#at++] = VERSION;
    this.#varint(partition);
    this.#varint(generation);
    this.#varint(ordinal);
    this.#offset = -1;
  }

  get length(): number {
    return this.#at;
  }

  /** The message so far. The writer is not to be used afterwards. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Adds the span in a row of the batch; `firstLink` is where its links begin, if it has any. */
  add(batch: SpanBatch, row: number, firstLink: number): void {
    this.#reserve(FIXED_BYTES_MAX);
    const { ids } = batch;
    const id = row * ID_WORDS;
    const flagsAt = this.#at;
    let flags = batch.kind[row]! | (batch.status[row]! << STATUS_SHIFT);
    if (batch.reversed[row] === 1) flags |= IS_REVERSED;
    this.#at += 2;
    flags |= this.#writeMessage(batch, row);
    flags |= this.#writeTrace(ids, id);
    this.#words(ids, id + 4, 2);
    if ((ids[id + 6]! | ids[id + 7]!) !== 0) {
      flags |= HAS_PARENT;
      this.#words(ids, id + 6, 2);
    }
    flags |= this.#writeTimes(batch, row);
    if (batch.dictionary.epoch !== this.#epoch) {
      this.#texts.clear();
      this.#epoch = batch.dictionary.epoch;
    }
    this.#text(batch, batch.tenant[row]!);
    this.#text(batch, batch.service[row]!);
    this.#text(batch, batch.operation[row]!);
    const weight = batch.weight[row]!;
    if (weight !== WEIGHT_ONE) {
      flags |= HAS_WEIGHT;
      this.#reserve(VARINT_BYTES_MAX);
      this.#varint(weight);
    }
    flags |= this.#writeAttributes(batch, row);
    flags |= this.#writeLinks(batch, row, firstLink);
    this.#bytes[flagsAt] = flags & 0xff;
    this.#bytes[flagsAt + 1] = flags >>> 8;
  }

  /** Where the span is the first of its source message: that message's place and time. */
  #writeMessage({ offset, recordMs }: SpanBatch, row: number): number {
    if (offset[row] === this.#offset) return 0;
    this.#varint(offset[row]! - Math.max(0, this.#offset));
    this.#offset = offset[row]!;
    const sinceMs = recordMs[row]! - this.#recordMs;
    this.#recordMs = recordMs[row]!;
    if (isSigned(sinceMs)) {
      this.#signed(sinceMs);
      return IS_NEXT;
    }
    this.#double(recordMs[row]!);
    return IS_NEXT | HAS_RAW_TIME;
  }

  #writeTrace(ids: Int32Array, id: number): number {
    const trace = this.#trace;
    if (
      ids[id + 3] === trace[3] &&
      ids[id + 2] === trace[2] &&
      ids[id + 1] === trace[1] &&
      ids[id] === trace[0]
    )
      return IS_SAME_TRACE;
    for (let word = 0; word < 4; word++) trace[word] = ids[id + word]!;
    this.#words(ids, id, 4);
    return 0;
  }

  #writeTimes(batch: SpanBatch, row: number): number {
    const startUs = batch.startUs[row]!;
    const endUs = batch.endUs[row]!;
    const durationUs = batch.durationUs[row]!;
    const sinceUs = startUs - this.#startUs;
    const laterUs = endUs - startUs - durationUs;
    const isPlain = (laterUs === 0 || laterUs === 1) && durationUs >= 0 && Number.isSafeInteger(endUs);
    if (!isPlain || !isSigned(sinceUs)) {
      this.#double(startUs);
      this.#double(endUs);
      this.#double(durationUs);
      return HAS_RAW_SPAN;
    }
    this.#signed(sinceUs);
    this.#varint(durationUs);
    this.#startUs = startUs;
    return laterUs === 0 ? 0 : IS_END_LATER;
  }

  #writeAttributes(batch: SpanBatch, row: number): number {
    const { spanAttributes, resourceAttributes } = batch;
    const keys = this.#keys;
    let count = 0;
    for (const { column } of keys) {
      if (spanAttributes[column]![row] !== 0) count++;
      if (resourceAttributes[column]![row] !== 0) count++;
    }
    if (count === 0) return 0;
    this.#reserve(VARINT_BYTES_MAX);
    this.#varint(count);
    for (let key = 0; key < keys.length; key++) {
      const { column } = keys[key]!;
      this.#attribute(batch, key, spanAttributes[column]![row]!, 0);
      this.#attribute(batch, key, resourceAttributes[column]![row]!, 1);
    }
    return HAS_ATTRIBUTES;
  }

  #attribute(batch: SpanBatch, key: number, value: number, ofResource: 0 | 1): void {
    if (value === 0) return;
    this.#reserve(VARINT_BYTES_MAX);
    const known = this.#keyTexts[key]!;
    this.#varint((known === 0 ? this.#textCount + 1 : known) * 2 + ofResource);
    if (known === 0) {
      this.#newText(ENCODER.encode(this.#keys[key]!.key));
      this.#keyTexts[key] = this.#textCount;
    }
    this.#text(batch, value);
  }

  #writeLinks({ links }: SpanBatch, row: number, first: number): number {
    let end = first;
    while (end < links.length && links.from[end] === row) end++;
    if (end === first) return 0;
    const words = (end - first) * LINK_WORDS;
    this.#reserve(words * 4 + VARINT_BYTES_MAX);
    this.#varint(end - first);
    this.#words(links.ids, first * LINK_WORDS, words);
    return HAS_LINKS;
  }

  /** A text of the batch's dictionary: its number, and at its first appearance its bytes. */
  #text({ dictionary }: SpanBatch, id: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    const known = id === 0 ? 0 : this.#texts.get(id);
    this.#varint(known ?? this.#textCount + 1);
    if (known !== undefined) return;
    this.#newText(dictionary.bytesOf(id));
    this.#texts.set(id, this.#textCount);
  }

  #newText(bytes: Uint8Array): void {
    this.#reserve(bytes.length + VARINT_BYTES_MAX);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    this.#textCount++;
  }

  #words(words: Int32Array, from: number, count: number): void {
    for (let word = 0; word < count; word++) this.#view.setInt32(this.#at + word * 4, words[from + word]!);
    this.#at += count * 4;
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  #signed(value: number): void {
    this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Whole and not negative. */
  #varint(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    wider.set(this.#bytes);
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

/** Whether a difference is whole, and exact as a zigzag varint. */
function isSigned(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 52;
}
