/**
 * The engine: partitions come and go, messages become rows, and rows become durable before anything claims they are. It listens to
 * the sources, holds one Partition for each partition assigned, and flushes them together.
 */
import { failpoint } from '../failpoints.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { startFlusher } from './flusher.ts';
import { openHoldings } from './holdings.ts';
import type { EngineOptions } from './options.ts';
import type { Partition, TakenFlush } from './partition.ts';

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

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { sources, sink, observer, flushMs, clock = SYSTEM_CLOCK } = options;
  const ended = new AbortController();
  const holdings = openHoldings(options, {
    clock,
    flush: () => flusher.flush(),
    ended: ended.signal,
  });
  const flusher = startFlusher({
    flushMs,
    partitions: () => holdings.partitions(),
    sink,
    writeLogs: (flushes) => writeLogs(options, flushes),
    acknowledged: (flushes) => acknowledge(options, flushes),
    failed: options.failed,
    observer,
    clock,
  });
  const stopRefreshing = clock.every(flushMs, () => void holdings.refreshEnds(flushMs));
  for (const binding of sources) await binding.source.start(holdings.listenerOf(binding));

  return {
    partitions: () => holdings.partitions().map(statusOf),
    get rowsHeld() {
      return holdings.partitions().reduce((rows, { pipeline }) => rows + pipeline.rowsHeld, 0);
    },
    get lastAcknowledgedMs() {
      return flusher.lastAcknowledgedMs;
    },
    get failure() {
      return flusher.failure;
    },
    flush: () => flusher.flush(),
    async stop(timeoutMs) {
      stopRefreshing();
      await Promise.all(sources.map(async ({ source }) => source.drain?.()));
      failpoint('stop.draining');
      await flusher.stop(timeoutMs).finally(async () => {
        failpoint('stop.flushed');
        await Promise.all(sources.map(({ source }) => source.stop()));
        ended.abort();
        await Promise.all(sources.map(async ({ deadLetters }) => deadLetters?.stop()));
        await Promise.all(sources.map(async ({ stubs }) => stubs?.stop()));
      });
    },
  };
}

function statusOf({ options, hi, lagMessages, watermarkMs, pipeline }: Partition): PartitionStatus {
  const { topic, partition, plan } = options;
  const { generation } = plan;
  const { neighbourhoodSeconds } = pipeline;
  return { topic, partition, generation, hi, lagMessages, watermarkMs, neighbourhoodSeconds };
}

async function writeLogs({ sources }: EngineOptions, flushes: readonly TakenFlush[]): Promise<void> {
  for (const { topics, deadLetters, stubs } of sources) {
    const own = flushes.filter(({ topic }) => topics.has(topic));
    const letters = own.flatMap((flush) => flush.deadLetters);
    if (letters.length > 0) await deadLetters?.write(letters);
    const messages = own.flatMap((flush) => flush.stubs);
    if (messages.length > 0) await stubs?.write(messages);
  }
}

async function acknowledge(options: EngineOptions, flushes: readonly TakenFlush[]): Promise<void> {
  for (const flush of flushes) options.observer.acknowledged(flush);
  for (const { source, topics } of options.sources) {
    const positions = flushes
      .filter(({ topic }) => topics.has(topic))
      .map(({ topic, partition, hi }) => ({ topic, partition, offset: hi }));
    if (positions.length > 0)
      await source.commit(positions).catch((error: unknown) => {
        options.observer.commitFailed(error as Error);
      });
  }
}
