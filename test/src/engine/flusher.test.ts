/** What a flush that is given up may leave behind. */
import { expect, it } from 'vitest';
import { SILENT } from '../../../src/commands/watch.ts';
import { SYSTEM_CLOCK } from '../../../src/engine/clock.ts';
import { startFlusher } from '../../../src/engine/flusher.ts';
import type { PartitionFlush, RowSink } from '../../../src/sinks/sink.ts';
import { BASE_MS } from '../../support/plain-span.ts';
import { SMALL, batchOf, openPartition } from '../../support/run-partition.ts';
import { span } from '../../support/trace-text.ts';

const LOG = [1, 2].map((spanId) => ({
  recordMs: BASE_MS,
  spans: [{ ...span('cart server'), spanId, operation: `op ${spanId}` }],
}));

function opened(writeRows: RowSink['writeRows']) {
  const progress: PartitionFlush[] = [];
  const timers: { readonly ms: number; readonly action: () => void }[] = [];
  const failures: Error[] = [];
  const partition = openPartition(LOG, SMALL);
  const partitions = [partition];
  const sink: RowSink = {
    writeRows,
    writeProgress: async (flushes) => void progress.push(...flushes),
    readProgress: async () => undefined,
    newestVersion: async () => 0,
  };
  const flusher = startFlusher({
    flushMs: 1000,
    partitions: () => partitions,
    sink,
    writeLogs: async () => {},
    acknowledged: async () => {},
    failed: (error) => void failures.push(error),
    observer: SILENT,
    clock: {
      ...SYSTEM_CLOCK,
      every: () => () => {},
      after: (ms, action) => {
        timers.push({ ms, action });
        return () => {};
      },
    },
  });
  const fire = (ms: number): void => timers.find((timer) => timer.ms === ms)!.action();
  return { partition, partitions, flusher, progress, failures, fire };
}

it('progress does not pass rows whose flush was given up, though the store answers again', async () => {
  let isAway = true;
  const { partition, flusher, progress, fire } = opened(async () => {
    if (isAway) throw new Error('away');
  });
  partition.read(batchOf(LOG, 0, 1));
  const failed = expect(flusher.flush()).rejects.toThrow('away');
  await new Promise(setImmediate);
  partition.read(batchOf(LOG, 1, 2));
  const stopped = expect(flusher.stop(15_000)).rejects.toThrow('away');
  await new Promise(setImmediate);
  isAway = false;
  fire(15_000);
  await Promise.all([failed, stopped]);
  await new Promise(setImmediate);
  expect(progress).toEqual([]);
});

it('progress does not pass rows whose flush broke off, and that is told', async () => {
  const { partition, partitions, flusher, progress, failures } = opened(async () => {});
  const broken = openPartition(LOG, SMALL);
  broken.flush = () => {
    throw new RangeError('no memory');
  };
  partitions.push(broken);
  for (const read of partitions) read.read(batchOf(LOG, 0, 1));
  await expect(flusher.flush()).rejects.toThrow('no memory');
  partitions.pop();
  partition.read(batchOf(LOG, 1, 2));
  await expect(flusher.flush()).rejects.toThrow('no memory');
  await expect(flusher.stop(15_000)).rejects.toThrow('no memory');
  expect([progress, failures]).toMatchObject([[], [{ message: 'no memory' }]]);
});

it('a store that never answers holds up the end no longer than asked', async () => {
  const { partition, flusher, fire } = opened(() => new Promise(() => {}));
  partition.read(batchOf(LOG, 0, 1));
  const stopped = expect(flusher.stop(15_000)).rejects.toThrow('in time');
  fire(15_000);
  await stopped;
});
