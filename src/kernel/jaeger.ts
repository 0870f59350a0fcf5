/** Jaeger's spans, a message each, through the kernel: a row of its columns into one of the writer's, its tokens into dictionary ids. */
import { DecodeError } from '../codecs/decode-error.ts';
import { JaegerFields, KIND_TAG, LASTED, START } from '../codecs/wire/jaeger-fields.ts';
import { holdsFor, learnProcess, useProcess } from '../codecs/wire/jaeger-known-processes.ts';
import { readReference } from '../codecs/wire/jaeger-references.ts';
import { JaegerTag } from '../codecs/wire/jaeger-tag.ts';
import { WireReader } from '../codecs/wire/protobuf.ts';
import { ID_WORDS } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { kernel, type Kernel } from './instance.ts';
import { Ahead, type Messages } from './jaeger-ahead.ts';
import { EPOCH, ROW_BITS, TEXT_COUNT } from './layout.ts';
import { Memos, protobufMemos } from './memos.ts';

const ahead = new Ahead();

/** Tells which messages `decodeSpanByKernel` will be asked for next by a writer, in this order; some may be left out. */
export function expectSpans(messages: Messages, writer: SpanWriter): void {
  if (kernel !== undefined) ahead.expect(messages.length > 1 ? messages : [], writer);
}

/** Whether the span of a message was added; where it was not, the writer is as it was before. */
export function decodeSpanByKernel(message: Uint8Array, into: SpanWriter): boolean {
  if (kernel === undefined) return false;
  const row = ahead.rowOf(message, kernel, into);
  if (row < 0) return false;
  const first = into.length;
  try {
    span.write(kernel, row, message, into);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Which error is the first of several only the plain reader can say.
    into.length = first;
    return false;
  }
}

/** The span being written, and where from and where to. What the kernel did not know yet is read from the message, and only then. */
class KernelSpan {
  readonly #wire = new WireReader();
  readonly #tag = new JaegerTag(this.#wire);
  readonly #fields = new JaegerFields(this.#wire, this.#tag);
  #message: Uint8Array = new Uint8Array(0);
  /** From an address of the kernel's to the place in the message's buffer. */
  #offset = 0;
  #row = 0;
  #memos = new Memos();

  write(from: Kernel, row: number, message: Uint8Array, into: SpanWriter): void {
    const { counts } = from;
    this.#memos = protobufMemos.of(into);
    this.#memos.prepare(counts[TEXT_COUNT]!, counts[EPOCH]!, into.dictionary.epoch);
    this.#message = message;
    this.#offset = message.byteOffset - from.messages[row * 2]!;
    this.#readProcess(from, row, into);
    const to = (this.#row = into.addRow());
    const { ids } = into;
    for (let word = 0; word < ID_WORDS; word++) ids[to * ID_WORDS + word] = from.ids[row * ID_WORDS + word]!;
    this.#writeOperation(from, row, into);
    const fields = this.#fields;
    fields.clear();
    this.#writeTags(from, row, into);
    const reference = from.references[row * 2]!;
    if (reference !== 0) {
      const start = this.#position(reference);
      readReference(this.#wire, { start, end: this.#position(from.references[row * 2 + 1]!) }, to, into);
    }
    const { times } = fields;
    times[START] = from.startS[row]!;
    times[START + 1] = from.nanos[row * 2]!;
    times[LASTED] = from.durationS[row]!;
    times[LASTED + 1] = from.nanos[row * 2 + 1]!;
    fields.settle(to, into);
  }

  /** Makes the process the resource of the row that comes. */
  #readProcess({ processes }: Kernel, row: number, into: SpanWriter): void {
    const address = processes[row * 4 + 1]!;
    if (address === 0) return;
    const token = processes[row * 4]!;
    const known = this.#memos.processes.of(token);
    if (known !== undefined && holdsFor(known, into)) {
      useProcess(known, into);
      return;
    }
    const start = this.#position(address);
    const end = this.#position(processes[row * 4 + 2]!);
    this.#memos.processes.remember(token, learnProcess(this.#wire, this.#tag, { start, end }, into));
  }

  #writeOperation({ name, nameStart, nameEnd }: Kernel, row: number, into: SpanWriter): void {
    const address = nameStart[row]!;
    if (address === 0) return;
    const { operations } = this.#memos;
    const token = name[row]!;
    let id = operations[token]!;
    if (id === 0) {
      const start = this.#position(address);
      id = into.names.operation(this.#wire.bytes, start, this.#position(nameEnd[row]!));
      if (token !== 0) operations[token] = id;
    }
    into.operation[this.#row] = id;
  }

  #writeTags({ hits, hitEnds }: Kernel, row: number, into: SpanWriter): void {
    const { known } = ahead;
    const end = hitEnds[row]! * 4;
    for (let at = row === 0 ? 0 : hitEnds[row - 1]! * 4; at < end; at += 4) {
      const column = hits[at]! >>> ROW_BITS;
      const token = hits[at + 1]!;
      if (known[column] === KIND_TAG) this.#writeKind(token, hits[at + 2]!, hits[at + 3]!, into);
      else if (known[column]! < 0) this.#writeValue(column, token, hits[at + 2]!, hits[at + 3]!, into);
      else this.#readTag(hits[at + 2]!, hits[at + 3]!, into);
    }
  }

  #readTag(start: number, end: number, into: SpanWriter): void {
    this.#fields.readTag(this.#position(start), this.#position(end), this.#row, into);
  }

  /** A tag `span.kind`, which nearly every span has: one of few. */
  #writeKind(token: number, start: number, end: number, into: SpanWriter): void {
    const { kinds } = this.#memos;
    const fields = this.#fields;
    const known = kinds[token]!;
    if (known !== 0) {
      if (fields.meets(KIND_TAG)) fields.kind = known - 1;
      return;
    }
    const isFirst = !fields.hasMet(KIND_TAG);
    this.#readTag(start, end, into);
    if (isFirst && token !== 0) kinds[token] = fields.kind + 1;
  }

  /** A tag that is an attribute and nothing else. */
  #writeValue(column: number, token: number, start: number, end: number, into: SpanWriter): void {
    const values = into.spanAttributes[column]!;
    // Of attributes with one key the first holds.
    if (values[this.#row] !== 0) return;
    const { tags } = this.#memos;
    let id = tags[token]!;
    if (id === 0) {
      this.#tag.read(this.#position(start), this.#position(end));
      id = this.#tag.valueId(into);
      if (token !== 0) tags[token] = id;
    }
    values[this.#row] = id;
  }

  /** Where the byte at an address of the kernel's stands in the original, which is loaded. */
  #position(address: number): number {
    this.#wire.load(this.#message);
    return address + this.#offset;
  }
}

const span = new KernelSpan();
