/**
 * What a writer made of the kernel's tokens: dictionary ids, so that a text is sanitised and interned once and not once a span. They are
 * void when the kernel's table or the writer's dictionary begins anew.
 */
import type { SpanWriter } from '../spans/span-writer.ts';
import { wider } from '../spans/wider.ts';

const INITIAL_TOKENS = 1024;
/** Resources remembered; one takes a few hundred bytes. */
const RESOURCES_MAX = 4096;

/** What a Resource says of its spans. */
export interface KnownResource {
  readonly service: number;
  /** 0 where the message decides. */
  readonly tenant: number;
  readonly values: Int32Array;
}

/** What a Process of Jaeger's says of its spans, to messages of one tenant that may, or may not, be named by it. */
export interface KnownProcess {
  readonly messageTenant: number;
  readonly tenantKey: Uint8Array | undefined;
  readonly service: number;
  readonly tenant: number;
  readonly values: Int32Array;
}

export class Memos {
  /** By token, the id of the name, or of the value; 0 where it is not known yet. */
  operations = new Int32Array(INITIAL_TOKENS);
  values = new Int32Array(INITIAL_TOKENS);
  /** Of a tag of Jaeger's the same: the id of its value. Of a tag `span.kind`, one more than the kind. */
  tags = new Int32Array(INITIAL_TOKENS);
  kinds = new Uint8Array(INITIAL_TOKENS);
  readonly #resources = new Map<number, KnownResource>();
  readonly #processes = new Map<number, KnownProcess>();
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
      this.#resources.clear();
      this.#processes.clear();
    }
    if (tokens <= this.values.length) return;
    const length = Math.max(tokens, this.values.length * 2);
    this.operations = wider(this.operations, length);
    this.values = wider(this.values, length);
    this.tags = wider(this.tags, length);
    this.kinds = wider(this.kinds, length);
  }

  /** What is known by a key; under 0 nothing is. */
  resource(key: number): KnownResource | undefined {
    return key === 0 ? undefined : this.#resources.get(key);
  }

  process(token: number): KnownProcess | undefined {
    return this.#processes.get(token);
  }

  rememberProcess(token: number, process: KnownProcess): void {
    if (token === 0) return;
    if (this.#processes.size === RESOURCES_MAX) this.#processes.clear();
    this.#processes.set(token, process);
  }

  remember(key: number, resource: KnownResource): void {
    if (key === 0) return;
    if (this.#resources.size === RESOURCES_MAX) this.#resources.clear();
    this.#resources.set(key, resource);
  }
}

const memos = new WeakMap<SpanWriter, Memos>();
let newestWriter: SpanWriter | undefined;
let newest: Memos;

/** The memos of a writer. */
export function memosOf(writer: SpanWriter): Memos {
  if (writer === newestWriter) return newest;
  let known = memos.get(writer);
  if (known === undefined) memos.set(writer, (known = new Memos()));
  newestWriter = writer;
  return (newest = known);
}
