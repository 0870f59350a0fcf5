/**
 * Re-keying as it runs, without a process: source logs, the logs of stubs, a store. Whoever opens a partition may go on at any time later, die in
 * the middle of a flush, and have what it sent land late. The test decides.
 */
import type { Operator } from '../../operators/operator.ts';
import { SILENT } from '../../src/commands/watch.ts';
import { claimPartition } from '../../src/engine/claim.ts';
import { openPartition } from '../../src/engine/open-partition.ts';
import type { EngineOptions, TopicOptions } from '../../src/engine/options.ts';
import type { Partition, TakenFlush } from '../../src/engine/partition.ts';
import type { PartitionFlush, Progress, RowSink } from '../../src/sinks/sink.ts';
import type { LogBatch } from '../../src/sources/log-source.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';
import type { StubMessage, StubTarget } from '../../src/stubs/stub-format.ts';
import { StubMarks } from '../../src/stubs/stub-marks.ts';
import { targetOf } from '../../src/stubs/stub-emitter.ts';
import { StubReader } from '../../src/stubs/stub-reader.ts';
import { type PlainMessage, type PlainSpan, bytesOf, plainCodec } from './plain-span.ts';
import type { OracleOptions } from './red-oracle.ts';

/** What of a flush reaches the logs of stubs before its sender dies: requests that were acknowledged, and then, by partition, one that was not. */
export interface Death {
  readonly requests: number;
  readonly partitions: number;
}

export interface RekeyedOptions {
  readonly rules: OracleOptions;
  readonly operators: readonly Operator[];
  readonly stubPartitions: number;
  readonly stubSlotMessages: number;
}

const CONSUMER = 5;

export class RekeyedLogs {
  /** Messages of the stub partitions, as they landed. */
  readonly stubs: Uint8Array[][];
  readonly #sources: readonly (readonly PlainMessage[])[];
  readonly #options: RekeyedOptions;
  readonly #progress: (Progress & { readonly topic: string; readonly partition: number })[] = [];
  /** What was sent and may land again, or still: of each request, a partition's messages, which are one record batch. */
  readonly #late: (readonly StubMessage[])[] = [];

  constructor(sources: readonly (readonly PlainMessage[])[], options: RekeyedOptions) {
    this.#sources = sources;
    this.#options = options;
    this.stubs = Array.from({ length: options.stubPartitions }, () => []);
  }

  /** A source partition, or one of stubs, opened where the store says; or where it said `age` progress rows ago. */
  async open(topic: 'spans' | 'stubs', partition: number, age = 0, messageBytes = 1): Promise<Partition> {
    const topicOptions = this.#topicOptions(topic, partition, messageBytes);
    const options = this.#engineOptions(age);
    const source = {
      offsets: () => Promise.resolve({ first: 0, end: this.#lengthOf(topic, partition) }),
    } as unknown as EngineOptions['sources'][number]['source'];
    const binding = { source, topics: new Map([[topic, topicOptions]]) };
    const plan = await claimPartition(options, { binding, topic, partition, ephemeralGeneration: 0 });
    return openPartition(options, topicOptions, { topic, partition, plan, seed: Math.random() * 2 ** 32 });
  }

  read(reader: Partition, messages: number): void {
    const { topic, partition } = reader.options;
    const end = Math.min(reader.hi + messages, this.#lengthOf(topic, partition));
    reader.read(this.#batch(topic, partition, reader.hi, end));
  }

  /** Sends a flush's stubs, `perRequest` in a request, until its sender dies. Whether it did not. */
  send({ stubs }: TakenFlush, perRequest: number, death: Death | undefined): boolean {
    for (let request = 0; request * perRequest < stubs.length; request++) {
      const messages = stubs.slice(request * perRequest, (request + 1) * perRequest);
      for (const partition of this.stubs.keys()) {
        const batch = messages.filter((message) => message.partition === partition);
        this.#late.push(batch);
        if (request !== death?.requests || partition < death.partitions) this.#append(batch);
      }
      if (request === death?.requests) return false;
    }
    return death === undefined;
  }

  /** A record batch of one partition, sent long ago, lands now. */
  landLate(which: number): void {
    this.#append(this.#late[which % this.#late.length] ?? []);
  }

  saveProgress({ topic, partition, generation, origin, hi, fingerprint, stubMarks }: PartitionFlush): void {
    const marks = stubMarks === undefined ? {} : { stubMarks };
    this.#progress.push({ topic, partition, generation, origin, hi, fingerprint, ...marks });
  }

  /** What a stub partition should hold of a source's log: its own traces, and copies for what is linked to; none where it is neither's. */
  stubOf(span: PlainSpan, source: number, partition: number): PlainSpan | undefined {
    const { stubPartitions } = this.#options;
    const homeOf = (traceId: number): number =>
      targetOf(Int32Array.of(0, 0, 0, traceId), 0, source, stubPartitions);
    if (homeOf(span.traceId) === partition) return span;
    const links = (span.links ?? []).filter(
      ({ traceId, spanId }) => traceId !== 0 && spanId !== 0 && homeOf(traceId) === partition,
    );
    if (links.length === 0 || span.kind !== CONSUMER) return undefined;
    return { ...span, parentId: 0, attributes: {}, links, isCopy: true };
  }

  /** A stub partition's log with every span where it is first: spans are told apart by their weights. */
  withoutRepeats(partition: number): PlainMessage[] {
    const seen = new Set<number>();
    const spanOf = new Map(
      this.#sources.flatMap((log, source) =>
        log.flatMap(({ recordMs, spans = [] }) =>
          spans.map((span): [number, PlainSpan] => [
            span.weight,
            { ...(this.stubOf(span, source, partition) ?? span), recordMs },
          ]),
        ),
      ),
    );
    return this.stubs[partition]!.map((bytes) => ({
      recordMs: Number.NaN,
      spans: this.#weightsIn(bytes).flatMap((weight) => {
        if (seen.has(weight)) return [];
        seen.add(weight);
        return [spanOf.get(weight)!];
      }),
    }));
  }

  #weightsIn(bytes: Uint8Array): number[] {
    const writer = new SpanWriter({ keys: new AttributeKeys([]) });
    writer.begin(0, 0, '');
    new StubReader(new StubMarks()).decode(bytes, writer);
    return [...writer.weight.subarray(0, writer.length)];
  }

  #append(batch: readonly StubMessage[]): void {
    for (const { partition, value } of batch) this.stubs[partition]!.push(value);
  }

  #lengthOf(topic: string, partition: number): number {
    return (topic === 'spans' ? this.#sources : this.stubs)[partition]!.length;
  }

  #batch(topic: string, partition: number, from: number, to: number): LogBatch {
    const offsets = Float64Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
    const isSpans = topic === 'spans';
    const log = this.#sources[partition]!;
    return {
      topic,
      partition,
      length: offsets.length,
      offsets,
      timestampsMs: offsets.map((offset) => (isSpans ? log[offset]!.recordMs : 1e15)),
      values: Array.from(offsets, (offset) => (isSpans ? bytesOf(offset) : this.stubs[partition]![offset]!)),
      nextOffset: to,
      endOffset: to,
    };
  }

  #topicOptions(topic: 'spans' | 'stubs', partition: number, messageBytes: number): TopicOptions {
    const { rules, stubPartitions, stubSlotMessages } = this.#options;
    const common = { tenantOf: () => 'default', start: 'earliest' } as const;
    if (topic === 'stubs') return { ...common, codec: 'stubs', slotMessages: stubSlotMessages };
    const rekeyedTo: StubTarget = { topic: 'stubs', partitions: stubPartitions, messageBytes };
    const codec = plainCodec(this.#sources[partition]!);
    return { ...common, codec, slotMessages: rules.slotMessages, rekeyedTo };
  }

  #engineOptions(age: number): EngineOptions {
    const { rules, operators } = this.#options;
    const keys = new AttributeKeys(operators.flatMap(({ attributes }) => attributes));
    return {
      jobs: [{ name: '', summary: '', operators, tables: [], views: [], counters: [] }],
      sources: [],
      sink: this.#sink(age),
      observer: SILENT,
      rules: { ...rules, keys: keys.keys },
      // A dictionary that is compacted all the time must not show.
      writer: { keys, dictionaryTextsMin: 4, hasLinks: true },
      lookbackSpans: rules.lookbackSpans,
      flushMs: 1000,
      rowsHeldMax: 1000,
      fingerprint: 'f',
      newGeneration: false,
      failed: (error) => {
        throw error;
      },
    };
  }

  #sink(age: number): RowSink {
    return {
      writeRows: () => Promise.resolve(),
      writeProgress: (flushes) => {
        for (const flush of flushes) this.saveProgress(flush);
        return Promise.resolve();
      },
      readProgress: (topic, partition) => {
        const rows = this.#progress
          .filter((row) => row.topic === topic && row.partition === partition)
          .sort((a, b) => b.hi - a.hi);
        return Promise.resolve(rows[Math.min(age, rows.length - 1)]);
      },
      newestVersion: () => Promise.resolve(0),
    };
  }
}
