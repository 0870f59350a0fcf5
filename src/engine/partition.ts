/**
 * One partition of one generation: messages in, in offset order, whatever the source repeats; batches to the pipeline, cut at slots;
 * at a flush, the rows of the prefix read so far.
 */
import type { Codec, RunReader } from '../codecs/codec.ts';
import { DecodeError } from '../codecs/decode-error.ts';
import { failpoint } from '../failpoints.ts';
import { MESSAGE_BYTES_MAX } from '../limits.ts';
import type { PartitionFlush } from '../sinks/sink.ts';
import type { DeadLetter, LogBatch } from '../sources/log-source.ts';
import { SpanWriter } from '../spans/span-writer.ts';
import type { WriterOptions } from '../spans/writer-options.ts';
import type { StubEmitter } from '../stubs/stub-emitter.ts';
import type { StubMessage } from '../stubs/stub-format.ts';
import type { MarkHistory } from '../stubs/stub-marks.ts';
import type { StubReader } from '../stubs/stub-reader.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Pipeline } from './pipeline.ts';
import { type ResumePlan, resumptionOf, slotOf } from './resume.ts';
import { runEnd } from './run-end.ts';
import type { SplitTraces } from './split-traces.ts';
import { newerOf } from './watermark.ts';

/** Spans a batch holds before it goes to the operators: large enough that their per-batch cost vanishes, small enough for the cache. */
const BATCH_SPANS = 2048;

export interface PartitionOptions {
  readonly topic: string;
  readonly partition: number;
  readonly plan: ResumePlan;
  readonly slotMessages: number;
  readonly fingerprint: string;
  readonly codec: Codec;
  readonly writer: WriterOptions;
  /** Tenant of a message, from what the source read of its headers. */
  readonly tenantOf: (header: string | undefined) => string;
  /** Every message of the topic is of that tenant, whatever its resources say, as is any that has the header. */
  readonly isTenantFixed?: boolean;
  /** Makes stubs of the spans, for the operators that join. */
  readonly emitter?: StubEmitter;
  /** Of a partition of stubs: what its codec passes over, and the marks it raises. */
  readonly stubs?: StubReader;
  readonly marks?: MarkHistory;
  /** Watches whether traces are split, where somebody joins the spans as they are. */
  readonly traces?: SplitTraces;
}

/** What a partition did since it was last asked. */
export interface PartitionTally {
  messages: number;
  spans: number;
  bytes: number;
}

/** A flush on its way: the rows, and the dead letters and stubs that must be durable before its progress. */
export interface TakenFlush extends PartitionFlush {
  readonly deadLetters: readonly DeadLetter[];
  readonly stubs: readonly StubMessage[];
  /** Whether counters may advance by this flush's increments. */
  readonly countedTo: number;
}

export class Partition {
  readonly options: PartitionOptions;
  readonly pipeline: Pipeline;
  /** Offset after the last message read. */
  hi: number;
  /** Offset after the newest message in the log, as last heard. */
  endOffset = 0;
  watermarkMs = Number.NaN;
  readonly deadLetters: DeadLetters;
  readonly tally: PartitionTally = { messages: 0, spans: 0, bytes: 0 };
  readonly #writer: SpanWriter;
  readonly #tenantKey: Uint8Array | undefined;
  #isReading = false;
  #isCounting: boolean;
  #flushedHi: number;

  constructor(options: PartitionOptions, pipeline: Pipeline) {
    const { plan } = options;
    this.options = options;
    this.pipeline = pipeline;
    this.hi = plan.readFrom;
    this.deadLetters = new DeadLetters(options);
    this.#writer = new SpanWriter(options.writer);
    this.#tenantKey = this.#writer.tenantKey;
    this.#writer.reset(slotOf(plan.readFrom, options.slotMessages));
    this.#isCounting = plan.readFrom >= plan.countedTo;
    this.#flushedHi = plan.countedTo;
  }

  /** Bytes of dead letters and stubs not yet on their way. */
  get bytesHeld(): number {
    return this.deadLetters.bytes + (this.options.emitter?.bytes ?? 0);
  }

  /** Whether a flush now would claim more than the last one did. Of messages among which reading broke off nothing may be claimed. */
  get hasProgress(): boolean {
    return !this.#isReading && this.hi > this.#flushedHi;
  }

  /** Messages read but not yet flushed, and messages in the log not yet read. */
  get lagMessages(): number {
    return Math.max(0, this.endOffset - this.hi);
  }

  /** Takes a run of messages in. Those already read are skipped. */
  read(batch: LogBatch): void {
    const { plan, slotMessages, codec, marks } = this.options;
    this.#isReading = true;
    this.endOffset = Math.max(this.endOffset, batch.endOffset);
    for (const { offset, reason, error, bytes } of batch.unreadable ?? [])
      if (offset >= this.hi)
        this.deadLetters.bury({ reason, error, offset, timestampMs: Number.NaN, value: bytes });
    // Stubs are as old as the records of their spans, which a run does not say.
    const runs = marks === undefined ? codec.openRuns?.(batch.values, this.#writer) : undefined;
    for (let at = 0; at < batch.length; at++) {
      const offset = batch.offsets[at]!;
      if (offset < this.hi) continue;
      const slot = slotOf(offset, slotMessages);
      if (!this.#isCounting && offset >= plan.countedTo) this.#startCounting();
      if (slot !== this.#writer.slot) {
        failpoint('read.slot');
        this.#emit();
        marks?.enter(slot);
        this.#writer.reset(slot);
      }
      const run = runs === undefined ? 0 : this.#decodeRun(runs, batch, at);
      if (run === 0) this.#decode(batch, at);
      else at += run - 1;
      if (offset < plan.ownersFrom) {
        failpoint('resume.context');
        this.#writer.firstOwner = this.#writer.length;
      }
      if (this.#writer.length >= BATCH_SPANS) this.#emit();
      this.hi = batch.offsets[at]! + 1;
      failpoint('read.message');
    }
    this.#emit();
    this.hi = Math.max(this.hi, batch.nextOffset);
    this.#isReading = false;
  }

  /** The rows of the prefix `hi` that changed since the last flush. */
  flush(): TakenFlush {
    const { topic, partition, plan, fingerprint, slotMessages, emitter, marks } = this.options;
    if (!this.#isCounting && this.hi >= plan.countedTo) this.#startCounting();
    this.#flushedHi = Math.max(this.#flushedHi, this.hi);
    return {
      topic,
      generation: plan.generation,
      partition,
      origin: plan.origin,
      hi: this.hi,
      watermarkMs: this.watermarkMs,
      fingerprint,
      rows: this.pipeline.take(),
      deadLetters: this.deadLetters.take(),
      stubs: emitter?.take() ?? [],
      countedTo: plan.countedTo,
      ...(marks === undefined
        ? {}
        : { stubMarks: marks.before(resumptionOf(this.hi, plan.origin, slotMessages).readFrom) }),
    };
  }

  /** Decodes messages from one on at once, as far as they share tenant and slot, and returns how many. */
  #decodeRun(runs: RunReader, batch: LogBatch, at: number): number {
    const { plan, slotMessages } = this.options;
    const { offsets, timestampsMs } = batch;
    const writer = this.#writer;
    const row = writer.length;
    const readable = Math.min(runs.readable(at), BATCH_SPANS - row);
    if (readable === 0) return 0;
    const borders = [writer.slot + slotMessages, plan.countedTo, plan.ownersFrom];
    const stop = runEnd(batch, at, at + readable, borders);
    this.#begin(batch, at);
    const count = runs.read(at, stop - at);
    const end = at + count;
    writer.offset.set(offsets.subarray(at, end), row);
    writer.recordMs.set(timestampsMs.subarray(at, end), row);
    for (let next = at; next < end; next++) this.#see(timestampsMs[next]!);
    this.tally.messages += count;
    this.tally.spans += count;
    this.tally.bytes += runs.bytes;
    return count;
  }

  #decode(batch: LogBatch, at: number): void {
    const writer = this.#writer;
    const value = batch.values.at(at);
    const offset = batch.offsets[at]!;
    const timestampMs = batch.timestampsMs[at]!;
    this.tally.messages++;
    if (this.options.marks === undefined) this.#see(timestampMs);
    if (value === null || value === undefined) return;
    this.tally.bytes += value.length;
    const before = writer.length;
    this.#begin(batch, at);
    try {
      if (value.length > MESSAGE_BYTES_MAX)
        throw new DecodeError('too_large', `${value.length} bytes, more than ${MESSAGE_BYTES_MAX}`);
      this.options.codec.decode(value, writer);
      this.tally.spans += writer.length - before;
      // Stubs are as old as the records of their spans.
      if (this.options.marks !== undefined)
        for (let row = before; row < writer.length; row++) this.#see(writer.recordMs[row]!);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      writer.rollback();
      this.deadLetters.bury({ reason: error.reason, error: error.message, offset, timestampMs, value });
    }
  }

  #begin({ offsets, timestampsMs, tenants }: LogBatch, at: number): void {
    const { tenantOf, isTenantFixed = false } = this.options;
    const header = tenants?.[at];
    this.#writer.tenantKey = isTenantFixed || header !== undefined ? undefined : this.#tenantKey;
    this.#writer.begin(offsets[at]!, timestampsMs[at]!, tenantOf(header));
  }

  #see(recordMs: number): void {
    this.watermarkMs = newerOf(this.watermarkMs, recordMs);
  }

  #startCounting(): void {
    this.#emit();
    this.pipeline.forgetIncrements();
    failpoint('resume.caught_up');
    this.#isCounting = true;
  }

  /** Forgets every text that no span of the neighbourhood uses. */
  #compactDictionary(): void {
    const used = new Uint8Array(this.#writer.dictionary.size);
    this.pipeline.markTexts(used);
    this.pipeline.renameTexts(this.#writer.compactDictionary(used));
  }

  #emit(): void {
    const writer = this.#writer;
    if (writer.length > 0) {
      this.pipeline.add(writer);
      this.options.emitter?.add(writer);
      this.options.traces?.see(this.options.partition, writer);
    }
    writer.reset(writer.slot);
    if (writer.isDictionaryFull) this.#compactDictionary();
  }
}
