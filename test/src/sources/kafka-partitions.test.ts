import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KafkaPartitions } from '../../../src/sources/kafka-partitions.ts';

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
