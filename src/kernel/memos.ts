/**
 * What a writer made of the kernel's tokens: dictionary ids, so that a text is sanitised and interned once and not once a span. They are
 * void when the kernel's table or the writer's dictionary begins anew.
 */
import type { KnownProcess } from '../codecs/wire/jaeger-known-processes.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { wider } from '../spans/wider.ts';

const INITIAL_TOKENS = 1024;
/** Resources remembered, and processes; one takes a few hundred bytes. */
const KNOWN_MAX = 4096;

/** What a Resource says of its spans. */
export interface KnownResource {
  readonly service: number;
  /** 0 where the message decides. */
  readonly tenant: number;
  readonly values: Int32Array;
}

/** What was read of byte strings, by their tokens; under 0 nothing is known. Bounded: where there is no more room, it begins anew. */
class Known<Value> {
  readonly #values = new Map<number, Value>();

  of(key: number): Value | undefined {
    return this.#values.get(key);
  }

  remember(key: number, value: Value): void {
    if (key === 0) return;
    if (this.#values.size === KNOWN_MAX) this.#values.clear();
    this.#values.set(key, value);
  }

  clear(): void {
    this.#values.clear();
  }
}

export class Memos {
  /** By token, the id of the name, or of the value; 0 where it is not known yet. */
  operations = new Int32Array(INITIAL_TOKENS);
  values = new Int32Array(INITIAL_TOKENS);
  /** Of a tag of Jaeger's the same: the id of its value. Of a tag `span.kind`, one more than the kind. */
  tags = new Int32Array(INITIAL_TOKENS);
  kinds = new Uint8Array(INITIAL_TOKENS);
  readonly resources = new Known<KnownResource>();
  readonly processes = new Known<KnownProcess>();
  #kernelEpoch = -1;
  #dictionaryEpoch = -1;

  /** Makes room for tokens below `tokens`, and forgets what is of another epoch. */
  prepare(tokens: number, kernelEpoch: number, dictionaryEpoch: number): void {
    if (kernelEpoch !== this.#kernelEpoch || dictionaryEpoch !== this.#dictionaryEpoch) {
      this.#kernelEpoch = kernelEpoch;
      this.#dictionaryEpoch = dictionaryEpoch;
      this.operations.fill(0);
      this.values.fill(0);
      this.tags.fill(0);
      this.kinds.fill(0);
      this.resources.clear();
      this.processes.clear();
    }
    if (tokens <= this.values.length) return;
    const length = Math.max(tokens, this.values.length * 2);
    this.operations = wider(this.operations, length);
    this.values = wider(this.values, length);
    this.tags = wider(this.tags, length);
    this.kinds = wider(this.kinds, length);
  }
}

/** Memos of each writer. */
class WriterMemos {
  readonly #memos = new WeakMap<SpanWriter, Memos>();
  #newestWriter: SpanWriter | undefined;
  #newest = new Memos();

  of(writer: SpanWriter): Memos {
    if (writer === this.#newestWriter) return this.#newest;
    let known = this.#memos.get(writer);
    if (known === undefined) this.#memos.set(writer, (known = new Memos()));
    this.#newestWriter = writer;
    return (this.#newest = known);
  }
}

/** The same bytes, and so the same token, may mean one thing in protobuf and another in JSON. */
export const protobufMemos = new WriterMemos();
export const jsonMemos = new WriterMemos();
