/** Has a partition read, and tells the observer what came of it. */
import type { LogBatch } from '../sources/log-source.ts';
import type { EngineObserver } from './observer.ts';
import type { Partition } from './partition.ts';

export function readObserved(partition: Partition, batch: LogBatch, observer: EngineObserver): void {
  const { topic } = batch;
  const { tally, options } = partition;
  const { messages, spans, bytes } = tally;
  const { sampled, split } = options.traces ?? NO_TRACES;
  const { repeated, outdated } = options.stubs ?? NO_STUBS;
  const buried = partition.deadLetters.length;
  partition.read(batch);
  observer.read(topic, batch.partition, tally.messages - messages, tally.spans - spans, tally.bytes - bytes);
  for (const { reason } of partition.deadLetters.from(buried)) observer.poisoned(topic, reason);
  if (options.traces !== undefined)
    observer.traces(topic, options.traces.sampled - sampled, options.traces.split - split);
  if (options.stubs !== undefined)
    observer.passedOver(topic, options.stubs.repeated - repeated, options.stubs.outdated - outdated);
}

const NO_TRACES = { sampled: 0, split: 0 };
const NO_STUBS = { repeated: 0, outdated: 0 };
