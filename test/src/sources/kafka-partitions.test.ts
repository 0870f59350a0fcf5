import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KafkaPartitions } from '../../../src/sources/kafka-partitions.ts';
import type { LogBatch, OffsetRange } from '../../../src/sources/log-source.ts';
import { recordBatch } from '../../support/record-batch.ts';

const silent = (): void => undefined;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([-3_600_000, 3_600_000])(
  'silence is as long as it is when the wall clock is set %i ms on',
  async (jumpMs) => {
    const partitions: KafkaPartitions = new KafkaPartitions({
      listener: {
        assigned: (topic, partition) => Promise.resolve(partitions.get(topic, partition)?.seek(0)),
        messages: () => Promise.resolve(),
        lost: silent,
        failed: silent,
      },
      control: { seek: silent, pause: silent, resume: silent, failed: silent },
      offsets: () => Promise.resolve({ first: 0, end: 0 }),
      logger: { debug: silent, info: silent, warn: silent, error: silent },
    });
    partitions.join({ t: [0] });
    await vi.advanceTimersByTimeAsync(500);
    vi.setSystemTime(Date.now() + jumpMs);
    expect(partitions.silentFor(1_000)).toEqual([]);
    await vi.advanceTimersByTimeAsync(501);
    expect(partitions.silentFor(1_000)).toEqual(['t/0']);
  },
);

/** A partition read from 0, whose listener takes messages when it is told to; the log ends as the test says. */
function read(range: OffsetRange) {
  const heard: string[] = [];
  const sought: number[] = [];
  const waiting: (() => void)[] = [];
  const partitions: KafkaPartitions = new KafkaPartitions({
    listener: {
      assigned: (topic, partition) => Promise.resolve(partitions.get(topic, partition)?.seek(0)),
      messages: async ({ offsets, endOffset }: LogBatch) => {
        heard.push(`${offsets.join(' ')} of ${endOffset}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      },
      lost: silent,
      failed: silent,
    },
    control: {
      seek: (_, __, offset) => void sought.push(offset),
      pause: silent,
      resume: silent,
      failed: silent,
    },
    offsets: () => Promise.resolve(range),
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  });
  const fetched = (offsets: readonly number[], from: number, isOutOfRange = false): Promise<void> => {
    const records = offsets.map((offset) => ({ offset, timestampMs: 0, value: Buffer.from('v') }));
    const bytes = records.length === 0 ? Buffer.alloc(0) : recordBatch(records[0]!.offset, records);
    const nextOffset = records.length === 0 ? undefined : records.at(-1)!.offset + 1;
    const answer = { fetchedOffset: from, nextOffset, endOffset: 4, aborted: [], release: silent };
    return partitions.fetched('t', 0, { ...answer, bytes, isOutOfRange }, silent);
  };
  const taken = async (): Promise<void> => {
    waiting.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { partitions, heard, sought, fetched, taken };
}

test('where the next offset is gone, nothing is passed over that was fetched and not handed on', async () => {
  const { partitions, heard, sought, fetched, taken } = read({ first: 0, end: 3 });
  partitions.join({ t: [0] });
  await vi.advanceTimersByTimeAsync(0);
  await fetched([0], 0);
  void fetched([1, 2, 3], 1);
  await vi.advanceTimersByTimeAsync(500);
  await fetched([], 4, true);
  expect(sought.at(-1)).toBe(0);
  void fetched([0, 1, 2], 0);
  for (let times = 0; times < 3; times++) await taken();
  expect(heard).toEqual(['0 of 4', ' of 3', '0 1 2 of 4']);
});

test('a log that ends before what was read is told of before anything else is read', async () => {
  const { partitions, heard, sought, fetched, taken } = read({ first: 0, end: 3 });
  partitions.join({ t: [0] });
  await vi.advanceTimersByTimeAsync(0);
  await fetched([0, 1, 2, 3], 0);
  await taken();
  await fetched([], 4, true);
  expect([sought.at(-1), heard]).toEqual([3, ['0 1 2 3 of 4', ' of 3']]);
});
