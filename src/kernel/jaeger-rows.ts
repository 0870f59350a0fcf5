/** Rows that the kernel read of Jaeger's spans, into those of a writer: columns as wholes, tokens into dictionary ids. */
import { DecodeError } from '../codecs/decode-error.ts';
import { JaegerFields, KIND_TAG } from '../codecs/wire/jaeger-fields.ts';
import {
  holdsFor,
  type KnownProcess,
  learnProcess,
  useProcess,
} from '../codecs/wire/jaeger-known-processes.ts';
import { readReference } from '../codecs/wire/jaeger-references.ts';
import { JaegerTag } from '../codecs/wire/jaeger-tag.ts';
import { WireReader } from '../codecs/wire/protobuf.ts';
import { ID_WORDS } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Kernel } from './instance.ts';
import { EPOCH, ROW_BITS, TEXT_COUNT } from './layout.ts';
import { Memos, protobufMemos } from './memos.ts';

/**
 * Adds `count` rows from `row` on, which the kernel has read; `known` says by column of a hit which known tag that is. Returns how many: it ends
 * before one whose parts are damaged, since which error is the first of several only the plain reader can say.
 */
export function writeRows(
  from: Kernel,
  row: number,
  count: number,
  known: Int8Array,
  into: SpanWriter,
): number {
  const first = into.length;
  rows.open(from, known, into);
  copyColumns(from, row, into.addRows(count), count, into);
  let added = 0;
  try {
    while (added < count) {
      rows.write(row + added, first + added);
      added++;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    into.length = first + added;
  }
  return added;
}

function copyColumns(from: Kernel, row: number, to: number, count: number, into: SpanWriter): void {
  const end = row + count;
  into.ids.set(from.ids.subarray(row * ID_WORDS, end * ID_WORDS), to * ID_WORDS);
  into.startUs.set(from.startUs.subarray(row, end), to);
  into.endUs.set(from.endUs.subarray(row, end), to);
  into.durationUs.set(from.durationUs.subarray(row, end), to);
  into.reversed.set(from.reversed.subarray(row, end), to);
}

/** What is left of a row. What nobody knows yet is read where the kernel read it. */
class KernelRows {
  readonly #wire = new WireReader();
  readonly #tag = new JaegerTag(this.#wire);
  readonly #fields = new JaegerFields(this.#wire, this.#tag);
  #from!: Kernel;
  #known!: Int8Array;
  #into!: SpanWriter;
  #memos = new Memos();
  /** Whose the writer's resource is; 0 where it is nobody's, and -1 where that is not known. */
  #process = -1;

  open(from: Kernel, known: Int8Array, into: SpanWriter): void {
    this.#from = from;
    this.#known = known;
    this.#into = into;
    this.#memos = protobufMemos.of(into);
    this.#memos.prepare(from.counts[TEXT_COUNT]!, from.counts[EPOCH]!, into.dictionary.epoch);
    this.#wire.load(from.memory);
    this.#process = -1;
  }

  write(row: number, to: number): void {
    const into = this.#into;
    this.#useProcess(row);
    into.service[to] = into.resourceService;
    into.tenant[to] = into.resourceTenant;
    const values = into.resourceValues;
    for (let column = 0; column < values.length; column++)
      into.resourceAttributes[column]![to] = values[column]!;
    into.operation[to] = this.#operationOf(row);
    const reference = this.#from.references[row * 2]!;
    if (reference !== 0) {
      const end = this.#from.references[row * 2 + 1]!;
      readReference(this.#wire, { start: reference, end }, to, into);
    }
    if (!this.#writeTags(row, to)) this.#readTags(row, to);
  }

  /** Makes the process of a row the writer's resource. */
  #useProcess(row: number): void {
    const { processes } = this.#from;
    const start = processes[row * 4 + 1]!;
    const token = start === 0 ? 0 : processes[row * 4]!;
    if (token === this.#process && (token !== 0 || start === 0)) return;
    const into = this.#into;
    into.beginResource();
    this.#process = token;
    if (start === 0) return;
    const known: KnownProcess | undefined = this.#memos.processes.of(token);
    if (known !== undefined && holdsFor(known, into)) {
      useProcess(known, into);
      return;
    }
    this.#process = -1;
    const process = { start, end: processes[row * 4 + 2]! };
    this.#memos.processes.remember(token, learnProcess(this.#wire, this.#tag, process, into));
  }

  #operationOf(row: number): number {
    const { name, nameStart, nameEnd } = this.#from;
    const start = nameStart[row]!;
    // A span without a name is one whose name is empty.
    const token = start === 0 ? 0 : name[row]!;
    const { operations } = this.#memos;
    let id = operations[token]!;
    if (id === 0) {
      id = this.#into.names.operation(this.#wire.bytes, start, start === 0 ? 0 : nameEnd[row]!);
      if (token !== 0) operations[token] = id;
    }
    return id;
  }

  /** Writes tags where all are attributes, or the kind, as of nearly all spans. */
  #writeTags(row: number, to: number): boolean {
    const { hits, hitEnds } = this.#from;
    const known = this.#known;
    const { kinds } = this.#memos;
    let kind = 0;
    const end = hitEnds[row]! * 4;
    for (let at = row === 0 ? 0 : hitEnds[row - 1]! * 4; at < end; at += 4) {
      const column = hits[at]! >>> ROW_BITS;
      const token = hits[at + 1]!;
      if (known[column]! < 0) this.#writeValue(column, token, at, to);
      else if (known[column] === KIND_TAG && kinds[token] !== 0) kind = kinds[token]!;
      else return false;
    }
    if (kind !== 0) this.#into.kind[to] = kind - 1;
    return true;
  }

  #readTags(row: number, to: number): void {
    const { hits, hitEnds } = this.#from;
    const fields = this.#fields;
    const into = this.#into;
    const known = this.#known;
    fields.clear();
    const end = hitEnds[row]! * 4;
    for (let at = row === 0 ? 0 : hitEnds[row - 1]! * 4; at < end; at += 4) {
      const isKind = known[hits[at]! >>> ROW_BITS] === KIND_TAG;
      fields.readTag(hits[at + 2]!, hits[at + 3]!, to, into);
      const token = hits[at + 1]!;
      if (isKind && token !== 0) this.#memos.kinds[token] = fields.kind + 1;
    }
    fields.settleTags(to, into);
  }

  /** A tag that is an attribute and nothing else, of the hit at `at`. */
  #writeValue(column: number, token: number, at: number, to: number): void {
    const into = this.#into;
    const { tags } = this.#memos;
    let id = tags[token]!;
    if (id === 0) {
      const { hits } = this.#from;
      this.#tag.read(hits[at + 2]!, hits[at + 3]!);
      id = this.#tag.valueId(into);
      if (token !== 0) tags[token] = id;
    }
    into.spanAttributes[column]![to] = id;
  }
}

const rows = new KernelRows();
