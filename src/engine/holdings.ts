/** The partitions this process holds: opened when the source assigns them, read as messages come, dropped when they are lost. */
import type { LogBatch, LogListener, LogSource } from '../sources/log-source.ts';
import { askLog, type Asking, untilAnswered } from './ask-log.ts';
import { type Claim, claimPartition, type Shortening } from './claim.ts';
import type { Clock } from './clock.ts';
import { openPartition } from './open-partition.ts';
import { Openings } from './openings.ts';
import { type EngineOptions, type SourceBinding, topicOf } from './options.ts';
import type { Partition } from './partition.ts';
import { readObserved } from './read-observed.ts';
import { SplitTraces } from './split-traces.ts';

export interface Holdings {
  partitions(): Partition[];
  /** What the source is to call. */
  listenerOf(binding: SourceBinding): LogListener;
  /** Asks how far the logs go that were not read for `idleMs`: a stalled partition would else seem to keep up. */
  refreshEnds(idleMs: number): Promise<void>;
}

export interface HoldingsOptions {
  readonly clock: Clock;
  /** Makes room: reading waits for it while more is held than the engine's options allow. */
  readonly flush: () => Promise<void>;
  /** Once aborted, nothing is asked again. */
  readonly ended: AbortSignal;
}

export function openHoldings(options: EngineOptions, { clock, flush, ended }: HoldingsOptions): Holdings {
  const held = new Map<string, Held>();
  const openings = new Openings();
  const watched = new Map<string, SplitTraces>();
  const chance = clock.random() * 2 ** 32;
  const seed = chance | 0;
  const ephemeralGeneration = generationOf(clock.wallMs(), chance % 1);

  const open = (binding: SourceBinding, topic: string, number: number, seen?: Shortening): Promise<void> =>
    openings.begin(nameOf(topic, number), async (unwanted) => {
      const { observer } = options;
      const claim: Claim = { binding, topic, partition: number, ephemeralGeneration, shortening: seen };
      const asking = { topic, partition: number, observer, clock, unwanted, ended };
      // What is on its way must be there for the claim to find: else counters would rise by it twice.
      await flush();
      const plan = await untilAnswered(() => claimPartition(options, claim), asking);
      if (plan === undefined || unwanted.aborted) return;
      held.delete(nameOf(topic, number));
      const traces = watched.get(topic) ?? new SplitTraces();
      watched.set(topic, traces);
      const place = { topic, partition: number, plan, seed, traces };
      const partition = openPartition(options, topicOf(binding, topic), place);
      const readAtMs = clock.monotonicMs();
      held.set(nameOf(topic, number), { partition, source: binding.source, asking, readAtMs });
      observer.opened(topic, number, plan);
      binding.source.seek(topic, number, plan.readFrom);
    });

  const read = async (binding: SourceBinding, batch: LogBatch): Promise<void> => {
    const name = nameOf(batch.topic, batch.partition);
    const own = held.get(name);
    if (own === undefined) return;
    const hasMoved = await hasMovedLog(own, batch);
    if (hasMoved === undefined) return;
    if (held.get(name) !== own) return;
    if (hasMoved) return open(binding, batch.topic, batch.partition, shorteningOf(own, batch));
    own.readAtMs = clock.monotonicMs();
    readObserved(own.partition, batch, options.observer);
    if (isOverBudget(held.values(), options.rowsHeldMax)) await flush();
  };

  return {
    partitions: () => Array.from(held.values(), ({ partition }) => partition),
    listenerOf: (binding) => ({
      assigned: (topic, number) => open(binding, topic, number),
      messages: (batch) => read(binding, batch),
      lost: (topic, number) => {
        openings.abandon(nameOf(topic, number));
        held.delete(nameOf(topic, number));
        options.observer.closed(topic, number);
      },
      failed: options.failed,
    }),
    refreshEnds: (idleMs) => refreshEnds(held.values(), clock.monotonicMs() - idleMs),
  };
}

/** Ascends from start to start; chance keeps apart the processes that start in one millisecond. Below 2^53 until 2039, an even number then. */
function generationOf(startMs: number, chance: number): number {
  return startMs * 4096 + Math.floor(chance * 4096);
}

interface Held {
  readonly partition: Partition;
  readonly source: LogSource;
  readonly asking: Asking;
  readAtMs: number;
}

/** A source that cannot say leaves the end as it was heard last. */
async function refreshEnds(held: Iterable<Held>, beforeMs: number): Promise<void> {
  for (const { partition, source, readAtMs } of held) {
    if (readAtMs >= beforeMs) continue;
    const { topic, partition: number } = partition.options;
    const range = await source.offsets(topic, number).catch(() => undefined);
    if (range !== undefined) partition.endOffset = Math.max(partition.endOffset, range.end);
  }
}

/** Bytes of undecodable messages and stubs held in memory beyond which reading waits for a flush. */
const BYTES_HELD_MAX = 32 * 2 ** 20;

/** Whether the log no longer holds what comes next: retention removed it, or the topic was made anew. Undefined where nobody wants to know any more. */
async function hasMovedLog(
  { partition, source, asking }: Held,
  batch: LogBatch,
): Promise<boolean | undefined> {
  if (batch.endOffset < partition.hi) return true;
  const next = batch.length === 0 ? batch.nextOffset : batch.offsets[0]!;
  if (next <= partition.hi) return false;
  const range = await untilAnswered(() => askLog(() => source.offsets(batch.topic, batch.partition)), asking);
  return range === undefined ? undefined : range.first > partition.hi;
}

function shorteningOf({ partition }: Held, { endOffset }: LogBatch): Shortening | undefined {
  const { generation, countedTo } = partition.options.plan;
  if (endOffset >= partition.hi) return undefined;
  return { generation, hi: Math.max(partition.hi, countedTo), end: endOffset };
}

function isOverBudget(held: Iterable<Held>, rowsHeldMax: number): boolean {
  let rows = 0;
  let bytes = 0;
  for (const { partition } of held) {
    rows += partition.pipeline.rowsHeld;
    bytes += partition.bytesHeld;
  }
  return rows > rowsHeldMax || bytes > BYTES_HELD_MAX;
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
