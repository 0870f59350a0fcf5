/**
 * The engine: partitions come and go, messages become rows, and rows become durable before anything claims they are. It listens to
 * the sources, holds one Partition for each partition assigned, and flushes them together.
 */
import type { FoldRules } from '../../operators/operator.ts';
import type { Codec } from '../codecs/codec.ts';
import type { PartitionFlush, Progress, RowSink } from '../sinks/sink.ts';
import type { DeadLetterSink, LogBatch, LogListener, LogSource } from '../sources/log-source.ts';
import type { WriterOptions } from '../spans/span-writer.ts';
import { type Flusher, startFlusher } from './flusher.ts';
import type { Job } from './job.ts';
import type { EngineObserver } from './observer.ts';
import { Partition, type TakenFlush } from './partition.ts';
import { openPipeline } from './pipeline.ts';
import { type ResumePlan, planResume } from './resume.ts';

/** How the messages of a topic are read. */
export interface TopicOptions {
  readonly codec: Codec;
  readonly slotMessages: number;
  /** Tenant of a message, from the value of the tenant header where there is one. */
  readonly tenantOf: (header: string | undefined) => string;
  /** Where a partition that was never read begins: an end of the log, or a time in Unix ms. */
  readonly start: 'earliest' | 'latest' | number;
  /** Fingerprint of this topic's rows, where something of the topic's own is part of it. Default: the engine's. */
  readonly fingerprint?: string;
}

/** A source, and what to do with its topics. */
export interface SourceBinding {
  readonly source: LogSource;
  readonly topics: ReadonlyMap<string, TopicOptions>;
  /** Where undecodable messages are kept. Without one they are counted and logged, and gone. */
  readonly deadLetters?: DeadLetterSink;
}

export interface EngineOptions {
  readonly jobs: readonly Job[];
  readonly sources: readonly SourceBinding[];
  readonly sink: RowSink;
  readonly observer: EngineObserver;
  readonly rules: FoldRules;
  readonly writer: WriterOptions;
  readonly lookbackSpans: number;
  readonly flushMs: number;
  /** Rows held in memory beyond which reading waits for a flush. */
  readonly rowsHeldMax: number;
  /** Hash of everything that changes what rows mean; see fingerprint.ts. */
  readonly fingerprint: string;
  /** Begin new generations where the newest progress ends, instead of refusing another fingerprint. */
  readonly newGeneration: boolean;
  /** The source ended for good. */
  readonly failed: (error: Error) => void;
}

export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  readonly hi: number;
  readonly lagMessages: number;
  readonly watermarkMs: number;
  readonly neighbourhoodSeconds: number;
}

export interface Engine {
  partitions(): readonly PartitionStatus[];
  readonly rowsHeld: number;
  readonly lastAcknowledgedMs: number;
  readonly failure: Error | undefined;
  /** Makes everything read so far durable. */
  flush(): Promise<void>;
  /** Stops reading, flushes and commits. Rejects where the sink does not answer in time: nothing is lost. */
  stop(timeoutMs: number): Promise<void>;
}

/** The stored rows mean something else than this configuration would write. */
export class FingerprintError extends Error {
  override readonly name = 'FingerprintError';
}

/** Bytes of undecodable messages held in memory beyond which reading waits for a flush. */
const DEAD_LETTER_BYTES_MAX = 32 * 2 ** 20;

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const startedMs = Date.now();
  const held = new Map<string, { readonly partition: Partition; readonly binding: SourceBinding }>();
  const seed = (Math.random() * 2 ** 32) | 0;

  const flusher = startFlusher({
    flushMs: options.flushMs,
    partitions: () => [...held.values()].map(({ partition }) => partition),
    sink: options.sink,
    writeDeadLetters: async (letters) => {
      for (const { topics, deadLetters } of options.sources)
        await deadLetters?.write(letters.filter(({ topic }) => topics.has(topic)));
    },
    acknowledged: (flushes) => acknowledge(options, flushes),
    observer: options.observer,
  });

  const open = (binding: SourceBinding, topic: string, number: number, plan: ResumePlan): void => {
    const { codec, slotMessages, tenantOf, fingerprint = options.fingerprint } = topicOf(binding, topic);
    const pipeline = openPipeline(options.jobs, {
      rules: options.rules,
      spansMax: options.lookbackSpans,
      slotMessages,
      seed,
    });
    const partition = new Partition(
      {
        topic,
        partition: number,
        plan,
        slotMessages,
        fingerprint,
        codec,
        writer: options.writer,
        tenantOf,
      },
      pipeline,
    );
    held.set(nameOf(topic, number), { partition, binding });
    options.observer.opened(topic, number, plan);
    binding.source.seek(topic, number, plan.readFrom);
  };

  const listenerOf = (binding: SourceBinding): LogListener => ({
    assigned: async (topic, number) => {
      open(binding, topic, number, await planOf(options, binding, topic, number, startedMs));
    },
    messages: async (batch) => {
      const partition = held.get(nameOf(batch.topic, batch.partition))?.partition;
      if (partition === undefined) return;
      if (await hasMovedLog(binding.source, partition, batch)) {
        open(
          binding,
          batch.topic,
          batch.partition,
          await planOf(options, binding, batch.topic, batch.partition, startedMs),
        );
        return;
      }
      readObserved(partition, batch, options.observer);
      if (isOverBudget(options, held.values())) await flusher.flush();
    },
    lost: (topic, number) => {
      held.delete(nameOf(topic, number));
      options.observer.closed(topic, number);
    },
    failed: options.failed,
  });

  for (const binding of options.sources) await binding.source.start(listenerOf(binding));
  return engineOf(options, flusher, held);
}

function engineOf(
  options: EngineOptions,
  flusher: Flusher,
  held: ReadonlyMap<string, { readonly partition: Partition }>,
): Engine {
  const partitions = (): Partition[] => [...held.values()].map(({ partition }) => partition);
  return {
    partitions: () => partitions().map(statusOf),
    get rowsHeld() {
      return partitions().reduce((rows, { pipeline }) => rows + pipeline.rowsHeld, 0);
    },
    get lastAcknowledgedMs() {
      return flusher.lastAcknowledgedMs;
    },
    get failure() {
      return flusher.failure;
    },
    flush: () => flusher.flush(),
    async stop(timeoutMs) {
      await Promise.all(options.sources.map(({ source }) => source.drain?.()));
      await flusher.stop(timeoutMs).finally(async () => {
        await Promise.all(options.sources.map(({ source }) => source.stop()));
        await Promise.all(options.sources.map(({ deadLetters }) => deadLetters?.stop()));
      });
    },
  };
}

function statusOf({ options, hi, lagMessages, watermarkMs, pipeline }: Partition): PartitionStatus {
  const { topic, partition, plan } = options;
  const { neighbourhoodSeconds } = pipeline;
  return {
    topic,
    partition,
    generation: plan.generation,
    hi,
    lagMessages,
    watermarkMs,
    neighbourhoodSeconds,
  };
}

/** Reads where the stored progress says this partition stands, and plans how to go on. */
async function planOf(
  options: EngineOptions,
  { source, topics }: SourceBinding,
  topic: string,
  partition: number,
  startedMs: number,
): Promise<ResumePlan> {
  const { slotMessages, start, fingerprint = options.fingerprint } = topicOf({ source, topics }, topic);
  const range = await source.offsets(topic, partition);
  // A log that begins anew with each process gets a generation of its own, so no row of an earlier run is overwritten.
  const progress = source.ephemeral === true ? undefined : await options.sink.readProgress(topic, partition);
  const firstOffset =
    start === 'earliest'
      ? range.first
      : start === 'latest'
        ? range.end
        : await source.offsetAt(topic, partition, start);
  if (progress !== undefined && !options.newGeneration) refuseOther(fingerprint, progress, topic, partition);
  const newestVersion =
    progress === undefined ? 0 : await options.sink.newestVersion(topic, progress.generation, partition);
  const plan = planResume({
    progress,
    range,
    slotMessages,
    firstOffset,
    newGeneration: options.newGeneration,
    newestVersion,
  });
  const placed = source.ephemeral === true ? { ...plan, generation: startedMs } : plan;
  if (progress?.generation !== placed.generation)
    await claimOrigin(options.sink, placed, { topic, partition, fingerprint });
  return placed;
}

/** Fixes a generation's origin before its first row, so that whoever resumes owns the same messages. */
async function claimOrigin(
  sink: RowSink,
  { generation, origin }: ResumePlan,
  place: Pick<PartitionFlush, 'topic' | 'partition' | 'fingerprint'>,
): Promise<void> {
  await sink.writeProgress([{ ...place, generation, origin, hi: origin, watermarkMs: Number.NaN, rows: [] }]);
}

function refuseOther(fingerprint: string, progress: Progress, topic: string, partition: number): void {
  if (progress.fingerprint === fingerprint) return;
  throw new FingerprintError(
    `The rows stored for ${topic}/${partition} were written under another configuration (windows, slots, lookback, limits, dimensions or ` +
      `jobs: fingerprint ${progress.fingerprint}, now ${fingerprint}). Either restore that configuration, or start once with ` +
      `--new-generation: rows so far stay as they are, and messages from offset ${progress.hi} on are counted under the new one.`,
  );
}

/** Whether the log no longer holds what comes next: retention removed it, or the topic was made anew. */
async function hasMovedLog(source: LogSource, partition: Partition, batch: LogBatch): Promise<boolean> {
  if (batch.endOffset < partition.hi && partition.hi > partition.options.plan.readFrom) return true;
  if (batch.length === 0 || batch.offsets[0]! <= partition.hi) return false;
  const { first } = await source.offsets(batch.topic, batch.partition);
  return first > partition.hi;
}

function readObserved(partition: Partition, batch: LogBatch, observer: EngineObserver): void {
  const { messages, spans, bytes } = partition.tally;
  const buried = partition.deadLetterCount;
  partition.read(batch);
  const { tally } = partition;
  observer.read(
    batch.topic,
    batch.partition,
    tally.messages - messages,
    tally.spans - spans,
    tally.bytes - bytes,
  );
  for (const { reason } of partition.deadLettersFrom(buried)) observer.poisoned(batch.topic, reason);
}

function isOverBudget(options: EngineOptions, held: Iterable<{ readonly partition: Partition }>): boolean {
  let rows = 0;
  let bytes = 0;
  for (const { partition } of held) {
    rows += partition.pipeline.rowsHeld;
    bytes += partition.deadLetterBytes;
  }
  return rows > options.rowsHeldMax || bytes > DEAD_LETTER_BYTES_MAX;
}

async function acknowledge(options: EngineOptions, flushes: readonly TakenFlush[]): Promise<void> {
  for (const flush of flushes) options.observer.acknowledged(flush);
  for (const { source, topics } of options.sources) {
    const positions = flushes
      .filter(({ topic }) => topics.has(topic))
      .map(({ topic, partition, hi }) => ({ topic, partition, offset: hi }));
    if (positions.length > 0)
      await source.commit(positions).catch((error: unknown) => options.observer.commitFailed(error as Error));
  }
}

function topicOf({ topics }: Pick<SourceBinding, 'topics' | 'source'>, topic: string): TopicOptions {
  const found = topics.get(topic);
  if (found === undefined) throw new Error(`BUG: the source assigned topic ${topic}, which nobody asked for`);
  return found;
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
