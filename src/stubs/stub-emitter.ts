/**
 * Makes stubs of a source partition's spans: batches in, messages for the partitions of the internal topic out. It remembers nothing of
 * the spans it has seen, so that a successor may begin at any message at or below what was acknowledged.
 */
import { CONSUMER, ID_WORDS, type SpanBatch } from '../spans/span-batch.ts';
import { LINK_WORDS, type SpanLinks } from '../spans/span-links.ts';
import { STUB_MESSAGE_BYTES, type StubMessage, type StubTarget } from './stub-format.ts';
import { type StubKey, StubWriter } from './stub-writer.ts';

export interface StubEmitterOptions {
  readonly target: StubTarget;
  /** The source partition and its generation. */
  readonly partition: number;
  readonly generation: number;
  /** Stubs of earlier messages are acknowledged already. */
  readonly firstOffset: number;
  /** The attributes that stubs carry. */
  readonly keys: readonly StubKey[];
}

export class StubEmitter {
  readonly #options: StubEmitterOptions;
  readonly #open: (StubWriter | undefined)[];
  readonly #ordinals: Int32Array;
  #closed: StubMessage[] = [];
  #closedBytes = 0;
  #offset = -1;

  constructor(options: StubEmitterOptions) {
    const { partitions } = options.target;
    this.#options = options;
    this.#open = Array.from({ length: partitions }, () => undefined);
    this.#ordinals = new Int32Array(partitions);
  }

  /** Bytes of stubs not yet taken. */
  get bytes(): number {
    return this.#open.reduce((bytes, writer) => bytes + (writer?.length ?? 0), this.#closedBytes);
  }

  /** Takes the batch's spans in. A source message lies in one batch, whole. */
  add(batch: SpanBatch): void {
    const { firstOffset, partition, target } = this.#options;
    const { offset, ids, kind, length } = batch;
    const links = new LinkCursor(batch.links);
    for (let row = 0; row < length; row++) {
      if (offset[row]! < firstOffset) continue;
      if (offset[row] !== this.#offset) {
        this.#offset = offset[row]!;
        this.#ordinals.fill(0);
      }
      const own = links.of(row);
      const to = targetOf(ids, row * ID_WORDS, partition, target.partitions);
      this.#writer(to).add(batch, row, own);
      if (own.length > 0 && kind[row] === CONSUMER) this.#addCopies(batch, row, own, to);
    }
  }

  /** A consumer is a callee of each producer it links to: that is found where the producer's trace lies. */
  #addCopies(batch: SpanBatch, row: number, links: readonly number[], home: number): void {
    const { partition, target } = this.#options;
    const { ids } = batch.links;
    const targets = links.map((link) => targetOf(ids, link * LINK_WORDS, partition, target.partitions));
    for (const to of new Set(targets))
      if (to !== home)
        this.#writer(to).addCopy(
          batch,
          row,
          links.filter((_, at) => targets[at] === to),
        );
  }

  /** The messages of the spans since the last call, in their order. */
  take(): readonly StubMessage[] {
    for (let to = 0; to < this.#open.length; to++) this.#close(to);
    const taken = this.#closed;
    this.#closed = [];
    this.#closedBytes = 0;
    return taken;
  }

  /** Where the next stub for a partition goes. */
  #writer(to: number): StubWriter {
    const ordinal = this.#ordinals[to]!++;
    const { keys, partition, generation, target } = this.#options;
    const open = this.#open[to];
    if (open !== undefined && open.length < (target.messageBytes ?? STUB_MESSAGE_BYTES)) return open;
    this.#close(to);
    return (this.#open[to] = new StubWriter(keys, partition, generation, ordinal));
  }

  #close(to: number): void {
    const writer = this.#open[to];
    if (writer === undefined) return;
    this.#open[to] = undefined;
    this.#closedBytes += writer.length;
    this.#closed.push({ topic: this.#options.target.topic, partition: to, value: writer.bytes });
  }
}

const NO_LINKS: readonly number[] = [];

/** The links of rows that are asked for in their order. */
class LinkCursor {
  readonly #links: SpanLinks;
  #next = 0;

  constructor(links: SpanLinks) {
    this.#links = links;
  }

  of(row: number): readonly number[] {
    const { from, length } = this.#links;
    while (this.#next < length && from[this.#next]! < row) this.#next++;
    if (this.#next === length || from[this.#next] !== row) return NO_LINKS;
    const found: number[] = [];
    for (; this.#next < length && from[this.#next] === row; this.#next++) found.push(this.#next);
    return found;
  }
}

/** The target partition of a trace; where a span names none, it joins nothing, and any will do. */
export function targetOf(ids: Int32Array, at: number, partition: number, partitions: number): number {
  let hash = Math.imul(ids[at]! ^ (ids[at + 1]! >>> 7), 0x9e3779b1) ^ ids[at + 1]!;
  hash = Math.imul(hash ^ (hash >>> 15) ^ ids[at + 2]!, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 13) ^ ids[at + 3]!, 0xc2b2ae3d);
  hash = (hash ^ (hash >>> 16)) >>> 0;
  const isNone = (ids[at]! | ids[at + 1]! | ids[at + 2]! | ids[at + 3]!) === 0;
  return (isNone ? partition : hash) % partitions;
}
