/** Reads messages of stubs: bytes in, rows of a batch out, without the stubs that were there before. Throws DecodeError. */
import type { Codec } from '../codecs/codec.ts';
import { DecodeError } from '../codecs/decode-error.ts';
import { WireReader, truncated } from '../codecs/wire/protobuf.ts';
import { NAME_BYTES_MAX, WEIGHT_MAX } from '../limits.ts';
import { ID_WORDS, SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../spans/span-batch.ts';
import { LINK_WORDS } from '../spans/span-links.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
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
  KIND_MASK,
  SOURCE_PARTITIONS_MAX,
  STATUS_MASK,
  STATUS_SHIFT,
  VERSION,
} from './stub-format.ts';
import { type StubMarks, type StubPosition, isAfter } from './stub-marks.ts';

export class StubReader implements Codec {
  /** Stubs passed over: they had been there before. */
  repeated = 0;
  /** Stubs passed over: a later generation of their source was there before. */
  outdated = 0;
  readonly #marks: StubMarks;
  readonly #wire = new WireReader();
  readonly #ids = new Int32Array(ID_WORDS);
  /** Dictionary ids of the message's texts, by their numbers; and their columns as keys, where they were asked for. */
  #texts: number[] = [];
  #columns: number[] = [];
  #end = 0;
  #offset = 0;
  #ordinal = 0;
  #recordMs = 0;
  #startUs = 0;

  constructor(marks: StubMarks) {
    this.#marks = marks;
  }

  decode(message: Uint8Array, into: SpanWriter): void {
    this.#end = this.#wire.load(message);
    if (this.#byte() !== VERSION)
      throw new DecodeError('unknown_encoding', 'no message of stubs, or one of a later release');
    const partition = this.#varint();
    if (partition >= SOURCE_PARTITIONS_MAX)
      throw new DecodeError('malformed', `source partition ${partition} is too large`);
    const generation = this.#varint();
    this.#texts = [0];
    this.#columns = [-1];
    this.#ordinal = this.#varint() - 1;
    this.#offset = -1;
    this.#recordMs = 0;
    this.#startUs = 0;
    this.#ids.fill(0);
    const mark = this.#marks.of(partition);
    const seen = { repeated: 0, outdated: 0 };
    const position = (): StubPosition => ({ generation, offset: this.#offset, ordinal: this.#ordinal });
    let isNew = false;
    while (this.#wire.at < this.#end) {
      const row = into.addRow();
      this.#readStub(into, row);
      // Positions ascend: behind one that is new, all are.
      isNew ||= isAfter(position(), mark);
      if (isNew) continue;
      into.length = row;
      if (generation < mark.generation) seen.outdated++;
      else seen.repeated++;
    }
    // Nothing throws from here on: what is taken back has raised no mark.
    if (isNew) this.#marks.raise(partition, position());
    this.repeated += seen.repeated;
    this.outdated += seen.outdated;
  }

  #readStub(into: SpanWriter, row: number): void {
    const flags = this.#byte() | (this.#byte() << 8);
    const kind = flags & KIND_MASK;
    const status = (flags >>> STATUS_SHIFT) & STATUS_MASK;
    if (kind >= SPAN_KINDS.length || status >= STATUS_CODES.length)
      throw new DecodeError('malformed', `a stub of the unknown kind ${kind} or status ${status}`);
    this.#readMessage(flags);
    into.recordMs[row] = this.#recordMs;
    into.kind[row] = kind;
    into.status[row] = status;
    if ((flags & IS_REVERSED) !== 0) into.reversed[row] = 1;
    if ((flags & IS_COPY) !== 0) into.copy[row] = 1;
    if ((flags & IS_SAME_TRACE) === 0) this.#words(this.#ids, 0, 4);
    this.#words(this.#ids, 4, 2);
    if ((flags & HAS_PARENT) === 0) this.#ids.fill(0, 6);
    else this.#words(this.#ids, 6, 2);
    into.ids.set(this.#ids, row * ID_WORDS);
    this.#readTimes(into, row, flags);
    into.tenant[row] = this.#text(into);
    into.service[row] = this.#text(into);
    into.operation[row] = this.#text(into);
    if ((flags & HAS_WEIGHT) !== 0) into.weight[row] = Math.min(this.#varint(), WEIGHT_MAX * WEIGHT_ONE);
    if ((flags & HAS_ATTRIBUTES) !== 0) this.#readAttributes(into, row);
    if ((flags & HAS_LINKS) !== 0)
      for (let left = this.#varint(); left > 0; left--) this.#readLink(into, row);
  }

  #readMessage(flags: number): void {
    this.#ordinal++;
    if ((flags & IS_NEXT) === 0) {
      if (this.#offset < 0) throw new DecodeError('malformed', 'the first stub has no place');
      return;
    }
    const step = this.#varint();
    if (this.#offset < 0) this.#offset = step;
    else {
      if (step === 0) throw new DecodeError('malformed', 'stubs are out of order');
      this.#offset += step;
      this.#ordinal = 0;
    }
    if ((flags & HAS_RAW_TIME) === 0) this.#recordMs += this.#signed();
    else this.#recordMs = this.#double();
  }

  #readTimes(into: SpanWriter, row: number, flags: number): void {
    if ((flags & HAS_RAW_SPAN) !== 0) {
      into.startUs[row] = this.#double();
      into.endUs[row] = this.#double();
      into.durationUs[row] = this.#double();
      return;
    }
    const startUs = (this.#startUs += this.#signed());
    const durationUs = this.#varint();
    into.startUs[row] = startUs;
    into.durationUs[row] = durationUs;
    into.endUs[row] = startUs + durationUs + ((flags & IS_END_LATER) === 0 ? 0 : 1);
  }

  #readAttributes(into: SpanWriter, row: number): void {
    const coded = this.#varint();
    into.oversized[row] = coded % 2;
    for (let left = Math.floor(coded / 2); left > 0; left--) this.#readAttribute(into, row);
  }

  #readAttribute(into: SpanWriter, row: number): void {
    const coded = this.#varint();
    const key = Math.floor(coded / 2);
    this.#textOf(key, into);
    const column = (this.#columns[key] ??= into.options.keys.column(into.dictionary.text(this.#texts[key]!)));
    const value = this.#text(into);
    if (column < 0) return;
    const columns = coded % 2 === 0 ? into.spanAttributes : into.resourceAttributes;
    columns[column]![row] = value;
  }

  #readLink({ links }: SpanWriter, row: number): void {
    this.#words(links.next, 0, LINK_WORDS);
    if (links.areWanted) links.add(row);
  }

  #text(into: SpanWriter): number {
    return this.#textOf(this.#varint(), into);
  }

  /** The dictionary id of a text by its number; at its first appearance its bytes follow. */
  #textOf(number: number, into: SpanWriter): number {
    const texts = this.#texts;
    if (number < texts.length) return texts[number]!;
    if (number > texts.length) throw new DecodeError('malformed', 'a text was never given');
    const length = this.#varint();
    if (length > NAME_BYTES_MAX) throw new DecodeError('malformed', `a text of ${length} bytes`);
    const start = this.#skip(length);
    const id = into.dictionary.intern(this.#wire.bytes, start, start + length);
    texts.push(id);
    return id;
  }

  #words(into: Int32Array, from: number, count: number): void {
    const at = this.#skip(count * 4);
    for (let word = 0; word < count; word++) into[from + word] = this.#wire.view.getInt32(at + word * 4);
  }

  #double(): number {
    return this.#wire.view.getFloat64(this.#skip(8));
  }

  #byte(): number {
    return this.#wire.bytes[this.#skip(1)]!;
  }

  #signed(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    this.#wire.varint(this.#wire.at, this.#end);
    return this.#wire.unsigned();
  }

  /** Passes over bytes that must be there, and returns where they start. */
  #skip(length: number): number {
    const start = this.#wire.at;
    if (start + length > this.#end) throw truncated();
    this.#wire.at = start + length;
    return start;
  }
}
