import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FetchedRecords } from '../../../src/sources/kafka-fetch.ts';
import { KafkaPartition } from '../../../src/sources/kafka-partition.ts';
import type { LogBatch } from '../../../src/sources/log-source.ts';
import { recordBatch } from '../../support/record-batch.ts';

const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

/** A partition between a consumer that writes down what it is told and a listener that takes as long as it is told. */
function setup(): {
  readonly partition: KafkaPartition;
  readonly told: string[];
  readonly heard: number[][];
  readonly errors: Error[];
  /** Of each fetch given back, where it began. */
  readonly released: number[];
  readonly fetch: (from: number, to: number, fetchedOffset?: number) => Promise<void>;
  readonly release: () => void;
} {
  const told: string[] = [];
  const heard: number[][] = [];
  const errors: Error[] = [];
  const released: number[] = [];
  const waiting: (() => void)[] = [];
  const listener = {
    assigned: () => Promise.resolve(),
    messages: async (batch: LogBatch) => {
      heard.push([...batch.offsets]);
      await new Promise<void>((resolve) => waiting.push(resolve));
      for (const value of batch.values)
        if (Buffer.from(value!).toString() !== 'v') errors.push(new Error('overwritten while it was heard'));
    },
    lost: silent,
    failed: silent,
  };
  const control = {
    seek: (_: string, __: number, offset: number) => void told.push(`seek ${offset}`),
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    failed: (error: Error) => void errors.push(error),
  };
  const partition = new KafkaPartition({
    topic: 't',
    partition: 0,
    listener,
    control,
    logger,
    patienceMs: 100,
  });
  const fetch = (from: number, to: number, fetchedOffset = from): Promise<void> => {
    const records = Array.from({ length: to - from }, (_, index) => ({
      offset: from + index,
      timestampMs: 0,
      value: Buffer.from('v'),
    }));
    const bytes = recordBatch(from, records);
    const fetched: FetchedRecords = {
      fetchedOffset,
      bytes,
      nextOffset: to,
      endOffset: 100,
      aborted: [],
      isOutOfRange: false,
      release: () => {
        released.push(from);
        bytes.fill(0xaa);
      },
    };
    return partition.accept(fetched, (position) => void told.push(`next ${position}`));
  };
  return { partition, told, heard, errors, released, fetch, release: () => waiting.shift()?.() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a partition', () => {
  test('is paused until it is opened, and drops what was fetched before', async () => {
    const { partition, told, heard, fetch } = setup();
    partition.attach();
    partition.seek(5);
    await fetch(5, 7);
    expect(heard).toEqual([]);
    partition.open();
    expect(told).toEqual(['pause', 'seek 5', 'resume']);
  });

  test('must be told where to start', () => {
    expect(() => setup().partition.open()).toThrow('BUG');
  });

  test('takes only the fetch that begins where it is, and asks again for the right one', async () => {
    const { partition, told, heard, fetch } = setup();
    partition.seek(0);
    partition.open();
    told.length = 0;
    await fetch(8, 9);
    expect([heard, told]).toEqual([[], ['seek 0']]);
    // A record batch that begins below is cut.
    await fetch(0, 2);
    await settle();
    expect([heard, told]).toEqual([[[0, 1]], ['seek 0', 'next 2']]);
  });

  test('delivers one call at a time, with one fetch waiting, and pauses when that lasts', async () => {
    const { partition, told, heard, fetch, release } = setup();
    partition.seek(0);
    partition.open();
    await fetch(0, 2);
    let isAccepted = false;
    void fetch(2, 4).then(() => (isAccepted = true));
    await settle(99);
    expect([heard, isAccepted]).toEqual([[[0, 1]], false]);
    await settle(1);
    expect([isAccepted, told.at(-1), partition.isFetching]).toEqual([true, 'pause', false]);
    release();
    await settle();
    expect([heard, told.at(-1), partition.isFetching]).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      'resume',
      true,
    ]);
  });

  test.each([-3_600_000, 3_600_000])('waits as long when the wall clock is set %i ms on', async (jumpMs) => {
    const { partition, told, fetch } = setup();
    partition.seek(0);
    partition.open();
    await fetch(0, 2);
    let isAccepted = false;
    void fetch(2, 4).then(() => (isAccepted = true));
    const { answeredAtMs } = partition;
    await settle(50);
    vi.setSystemTime(Date.now() + jumpMs);
    await settle(49);
    expect(isAccepted).toBe(false);
    await settle(1);
    expect([isAccepted, told.at(-1), partition.answeredAtMs - answeredAtMs]).toEqual([true, 'pause', 100]);
  });

  test('gives back what was heard to its end, what it drops and what it copied, and nothing before', async () => {
    const { partition, heard, errors, released, fetch, release } = setup();
    partition.seek(0);
    partition.open();
    await fetch(8, 9);
    expect(released).toEqual([8]);
    await fetch(0, 2);
    void fetch(2, 4);
    await settle(99);
    expect(released).toEqual([8]);
    // Patience has ended: what waits is copied.
    await settle(1);
    expect(released).toEqual([8, 2]);
    release();
    await settle();
    expect([heard.at(-1), released]).toEqual([
      [2, 3],
      [8, 2, 0],
    ]);
    release();
    await settle();
    expect(errors).toEqual([]);
  });

  test('forgets everything on its way at a seek', async () => {
    const { partition, heard, fetch, release } = setup();
    partition.seek(0);
    partition.open();
    await fetch(0, 2);
    void fetch(2, 4);
    await settle();
    partition.seek(10);
    await fetch(10, 11);
    release();
    await settle();
    expect(heard).toEqual([[0, 1], [10]]);
    expect(partition.position).toBe(11);
  });

  test('delivers nothing while it is held, and nothing at all once it is closed', async () => {
    const { partition, told, heard, fetch } = setup();
    partition.seek(0);
    partition.open();
    partition.hold();
    void fetch(0, 2);
    await settle(1_000);
    expect([heard, told.at(-1)]).toEqual([[], 'next 2']);
    partition.release();
    await settle();
    expect(heard).toEqual([[0, 1]]);
    partition.close();
    await fetch(2, 3);
    await settle();
    expect(heard).toEqual([[0, 1]]);
  });

  test('tells a consumer that joined anew its own position, not the group’s', async () => {
    const { partition, told, fetch } = setup();
    partition.seek(0);
    partition.open();
    await fetch(0, 3);
    told.length = 0;
    partition.attach();
    expect(told).toEqual(['seek 3', 'resume']);
  });

  test('reports a listener that throws', async () => {
    const control = { seek: silent, pause: silent, resume: silent, failed: vi.fn() };
    const listener = {
      assigned: () => Promise.resolve(),
      messages: () => Promise.reject(new Error('no')),
      lost: silent,
      failed: silent,
    };
    const partition = new KafkaPartition({ topic: 't', partition: 0, listener, control, logger });
    partition.seek(0);
    partition.open();
    const bytes = recordBatch(0, [{ offset: 0, timestampMs: 0, value: null }]);
    await partition.accept(
      {
        fetchedOffset: 0,
        bytes,
        nextOffset: 1,
        endOffset: 1,
        aborted: [],
        isOutOfRange: false,
        release: silent,
      },
      silent,
    );
    await settle();
    expect(control.failed).toHaveBeenCalledWith(new Error('no'));
  });
});
