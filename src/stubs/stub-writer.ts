/** Writes one message of stubs: spans go in as rows of batches, bytes come out. */
import { ID_WORDS, type SpanBatch, WEIGHT_ONE } from '../spans/span-batch.ts';
import { LINK_WORDS } from '../spans/span-links.ts';
import { ByteWriter, isSigned } from './byte-writer.ts';
import {
  HAS_ATTRIBUTES,
  HAS_LINKS,
  HAS_PARENT,
  HAS_RAW_SPAN,
  HAS_RAW_TIME,
  HAS_WEIGHT,
  IS_COPY,
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

const ENCODER = new TextEncoder();

export class StubWriter {
  readonly #keys: readonly StubKey[];
  readonly #out = new ByteWriter();
  /** Texts by their dictionary ids, and keys by their place among the keys; the numbers they have in this message. */
  readonly #texts = new Map<number, number>();
  readonly #keyTexts: Int32Array;
  #textCount = 0;
  #epoch = -1;
  #offset = -1;
  #recordMs = 0;
  #startUs = 0;
  readonly #trace = new Int32Array(4);

  /** `ordinal`: of the first stub that will be added. */
  constructor(keys: readonly StubKey[], partition: number, generation: number, ordinal: number) {
    this.#keys = keys;
    this.#keyTexts = new Int32Array(keys.length);
    for (const number of [VERSION, partition, generation, ordinal]) this.#out.varint(number);
  }

  get length(): number {
    return this.#out.length;
  }

  /** The message so far. The writer is not to be used afterwards. */
  get bytes(): Uint8Array {
    return this.#out.bytes;
  }

  /** Adds the span in a row of the batch, with all of its links. */
  add(batch: SpanBatch, row: number, links: readonly number[]): void {
    const flagsAt = this.#out.skip(2);
    const flags =
      this.#writeStart(batch, row) |
      this.#writeParent(batch, row) |
      this.#writeTimes(batch, row) |
      this.#writeTexts(batch, row) |
      this.#writeAttributes(batch, row) |
      this.#writeLinks(batch, links);
    this.#out.setUint16(flagsAt, flags);
  }

  /** Adds a copy of it, for the sake of these links. */
  addCopy(batch: SpanBatch, row: number, links: readonly number[]): void {
    const flagsAt = this.#out.skip(2);
    const flags =
      IS_COPY |
      this.#writeStart(batch, row) |
      this.#writeTimes(batch, row) |
      this.#writeTexts(batch, row) |
      this.#writeLinks(batch, links);
    this.#out.setUint16(flagsAt, flags);
  }

  /** Place, trace and own id. */
  #writeStart(batch: SpanBatch, row: number): number {
    const { ids, kind, status, reversed } = batch;
    const message = this.#writeMessage(batch, row);
    const trace = this.#writeTrace(ids, row * ID_WORDS);
    this.#out.words(ids, row * ID_WORDS + 4, 2);
    return (
      kind[row]! | (status[row]! << STATUS_SHIFT) | (reversed[row] === 0 ? 0 : IS_REVERSED) | message | trace
    );
  }

  /** Where the span is the first of its source message: that message's place and time. */
  #writeMessage({ offset, recordMs }: SpanBatch, row: number): number {
    if (offset[row] === this.#offset) return 0;
    this.#out.varint(offset[row]! - Math.max(0, this.#offset));
    this.#offset = offset[row]!;
    const sinceMs = recordMs[row]! - this.#recordMs;
    this.#recordMs = recordMs[row]!;
    if (isSigned(sinceMs)) {
      this.#out.signed(sinceMs);
      return IS_NEXT;
    }
    this.#out.double(recordMs[row]!);
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
    this.#out.words(ids, id, 4);
    return 0;
  }

  #writeParent({ ids }: SpanBatch, row: number): number {
    const parent = row * ID_WORDS + 6;
    if ((ids[parent]! | ids[parent + 1]!) === 0) return 0;
    this.#out.words(ids, parent, 2);
    return HAS_PARENT;
  }

  #writeTimes(batch: SpanBatch, row: number): number {
    const startUs = batch.startUs[row]!;
    const endUs = batch.endUs[row]!;
    const durationUs = batch.durationUs[row]!;
    const sinceUs = startUs - this.#startUs;
    const laterUs = endUs - startUs - durationUs;
    const isPlain = (laterUs === 0 || laterUs === 1) && durationUs >= 0 && Number.isSafeInteger(endUs);
    if (!isPlain || !isSigned(sinceUs)) {
      for (const us of [startUs, endUs, durationUs]) this.#out.double(us);
      return HAS_RAW_SPAN;
    }
    this.#out.signed(sinceUs);
    this.#out.varint(durationUs);
    this.#startUs = startUs;
    return laterUs === 0 ? 0 : IS_END_LATER;
  }

  /** Tenant and names; and the weight. */
  #writeTexts(batch: SpanBatch, row: number): number {
    if (batch.dictionary.epoch !== this.#epoch) {
      this.#texts.clear();
      this.#epoch = batch.dictionary.epoch;
    }
    this.#text(batch, batch.tenant[row]!);
    this.#text(batch, batch.service[row]!);
    this.#text(batch, batch.operation[row]!);
    if (batch.weight[row] === WEIGHT_ONE) return 0;
    this.#out.varint(batch.weight[row]!);
    return HAS_WEIGHT;
  }

  #writeAttributes(batch: SpanBatch, row: number): number {
    const { dictionary, oversized, spanAttributes, resourceAttributes } = batch;
    const keys = this.#keys;
    let count = 0;
    for (const { column } of keys) {
      if (spanAttributes[column]![row] !== 0) count++;
      if (resourceAttributes[column]![row] !== 0) count++;
    }
    if (count === 0 && oversized[row] === 0) return 0;
    this.#out.varint(count * 2 + oversized[row]!);
    for (let key = 0; key < keys.length; key++) {
      const { column } = keys[key]!;
      this.#attribute(dictionary, key, spanAttributes[column]![row]!, 0);
      this.#attribute(dictionary, key, resourceAttributes[column]![row]!, 1);
    }
    return HAS_ATTRIBUTES;
  }

  #attribute(dictionary: SpanBatch['dictionary'], key: number, value: number, ofResource: 0 | 1): void {
    if (value === 0) return;
    const known = this.#keyTexts[key]!;
    this.#out.varint((known === 0 ? this.#textCount + 1 : known) * 2 + ofResource);
    if (known === 0) {
      this.#newText(ENCODER.encode(this.#keys[key]!.key));
      this.#keyTexts[key] = this.#textCount;
    }
    this.#text({ dictionary }, value);
  }

  #writeLinks({ links: { ids } }: SpanBatch, links: readonly number[]): number {
    if (links.length === 0) return 0;
    this.#out.varint(links.length);
    for (const link of links) this.#out.words(ids, link * LINK_WORDS, LINK_WORDS);
    return HAS_LINKS;
  }

  /** A text of the batch's dictionary: its number, and at its first appearance its bytes. */
  #text({ dictionary }: Pick<SpanBatch, 'dictionary'>, id: number): void {
    const known = id === 0 ? 0 : this.#texts.get(id);
    this.#out.varint(known ?? this.#textCount + 1);
    if (known !== undefined) return;
    this.#newText(dictionary.bytesOf(id));
    this.#texts.set(id, this.#textCount);
  }

  #newText(bytes: Uint8Array): void {
    this.#out.varint(bytes.length);
    this.#out.run(bytes);
    this.#textCount++;
  }
}
