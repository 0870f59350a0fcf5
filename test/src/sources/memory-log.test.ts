import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteBudget } from '../../../src/sources/byte-budget.ts';
import type { LogBatch, LogListener } from '../../../src/sources/log-source.ts';
import { MESSAGE_OVERHEAD_BYTES, MemoryLog } from '../../../src/sources/memory-log.ts';

const TOPIC = 'memory';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Taken {
  readonly offset: number;
  readonly text: string;
  readonly timestampMs: number;
  readonly tenant: string | undefined;
}

function taken(batch: LogBatch): Taken[] {
  return Array.from(batch.values, (value, i) => ({
    offset: batch.offsets[i]!,
    text: new TextDecoder().decode(value ?? undefined),
    timestampMs: batch.timestampsMs[i]!,
    tenant: batch.tenants?.[i],
  }));
}

/** A listener that keeps what it is given; `assigned` runs the hook. */
function recorder(
  hooks: Partial<LogListener> = {},
): LogListener & { readonly all: Taken[]; readonly runs: LogBatch[] } {
  const all: Taken[] = [];
  const runs: LogBatch[] = [];
  return {
    all,
    runs,
    assigned: () => Promise.resolve(),
    async messages(batch) {
      runs.push(batch);
      all.push(...taken(batch));
    },
    lost() {},
    failed(error) {
      throw error;
    },
    ...hooks,
  };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

function open(bytesMax = 1e6): { log: MemoryLog; budget: ByteBudget } {
  const budget = new ByteBudget(bytesMax);
  return { log: new MemoryLog({ topic: TOPIC, budget }), budget };
}

describe('memory log', () => {
  test('hands messages over in order, with offset, time and tenant', async () => {
    const { log } = open();
    log.offer(bytes('a'), 10);
    const listener = recorder();
    await log.start(listener);
    await settled();
    log.offer(bytes('b'), 20, 'acme');
    await settled();
    expect(listener.all).toEqual([
      { offset: 0, text: 'a', timestampMs: 10, tenant: undefined },
      { offset: 1, text: 'b', timestampMs: 20, tenant: 'acme' },
    ]);
    expect(listener.runs.map(({ nextOffset, endOffset }) => [nextOffset, endOffset])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(log.ephemeral).toBe(true);
    await log.stop();
  });

  test('the budget counts messages until their offset is committed', async () => {
    const { log, budget } = open(3 * (MESSAGE_OVERHEAD_BYTES + 10));
    const offer = (): boolean => log.offer(new Uint8Array(10), 0) === 'taken';
    expect([offer(), offer(), offer(), offer()]).toEqual([true, true, true, false]);
    const listener = recorder();
    await log.start(listener);
    await settled();
    expect(offer()).toBe(false);
    await log.commit([{ topic: TOPIC, partition: 0, offset: 2 }]);
    expect([offer(), offer(), offer()]).toEqual([true, true, false]);
    await log.commit([{ topic: TOPIC, partition: 0, offset: 1 }]);
    await log.commit([{ topic: 'another', partition: 0, offset: 5 }]);
    expect(offer()).toBe(false);
    await settled();
    await log.commit([{ topic: TOPIC, partition: 0, offset: 99 }]);
    expect(budget.bytesHeld).toBe(0);
    expect(await log.offsets()).toEqual({ first: 5, end: 5 });
    await log.stop();
  });

  test('what a tenant holds is its own until it is committed', async () => {
    const size = MESSAGE_OVERHEAD_BYTES + 10;
    const log = new MemoryLog({ topic: TOPIC, budget: new ByteBudget(4 * size, 0.5) });
    const offer = (tenant: string): string => log.offer(new Uint8Array(10), 0, tenant);
    expect(['a', 'a', 'a', 'b', 'b'].map(offer)).toEqual([
      'taken',
      'taken',
      'over_share',
      'taken',
      'over_share',
    ]);
    await log.start(recorder());
    await settled();
    await log.commit([{ topic: TOPIC, partition: 0, offset: 2 }]);
    expect(['b', 'a', 'a'].map(offer)).toEqual(['taken', 'taken', 'over_share']);
    await log.stop();
  });

  test('a seek back to uncommitted messages delivers them again, a seek before them starts at the first left', async () => {
    const { log } = open();
    for (const text of 'abcde') log.offer(bytes(text), 0);
    const listener = recorder();
    await log.start(listener);
    await settled();
    await log.commit([{ topic: TOPIC, partition: 0, offset: 2 }]);
    log.seek(TOPIC, 0, 3);
    await settled();
    log.seek(TOPIC, 0, 0);
    await settled();
    expect(listener.all.map(({ text }) => text).join('')).toBe('abcde' + 'de' + 'cde');
    await log.stop();
  });

  test('a seek during a delivery, and one in assigned, decide what comes next', async () => {
    const { log } = open();
    for (const text of 'abc') log.offer(bytes(text), 0);
    const seen: string[] = [];
    const listener = recorder({
      async assigned(topic, partition) {
        log.seek(topic, partition, 1);
      },
      async messages(batch) {
        seen.push(
          taken(batch)
            .map(({ text }) => text)
            .join(''),
        );
        if (seen.length === 1) log.seek(TOPIC, 0, 0);
      },
    });
    await log.start(listener);
    await settled();
    expect(seen).toEqual(['bc', 'abc']);
    await log.stop();
  });

  test('the next run waits for the listener, and a paused partition delivers nothing', async () => {
    const { log } = open();
    let release = (): void => {};
    let runs = 0;
    const listener = recorder({
      async messages() {
        runs++;
        await new Promise<void>((resolve) => (release = resolve));
      },
    });
    log.offer(bytes('a'), 0);
    await log.start(listener);
    await settled();
    log.offer(bytes('b'), 0);
    await settled();
    expect(runs).toBe(1);
    log.pause(TOPIC, 0);
    release();
    await settled();
    expect(runs).toBe(1);
    log.resume(TOPIC, 0);
    await settled();
    expect(runs).toBe(2);
    release();
    await log.stop();
  });

  test('drain hands over what is held and takes no more, unless the partition is paused', async () => {
    const { log } = open();
    const listener = recorder();
    await log.start(listener);
    log.offer(bytes('a'), 0);
    await log.drain();
    expect(listener.all.map(({ text }) => text)).toEqual(['a']);
    expect(log.offer(bytes('b'), 0)).toBe('full');

    const other = open().log;
    const unread = recorder();
    await other.start(unread);
    other.pause(TOPIC, 0);
    other.offer(bytes('a'), 0);
    await other.drain();
    expect(unread.all).toEqual([]);
  });

  test('stop hands over nothing more', async () => {
    const { log } = open();
    const listener = recorder();
    await log.start(listener);
    log.offer(bytes('a'), 0);
    await log.stop();
    await settled();
    expect(listener.all).toEqual([]);
    expect(log.offer(bytes('b'), 0)).toBe('full');
  });

  test('drain does not wait for ever for a listener that does not resolve', async () => {
    const log = new MemoryLog({ topic: TOPIC, budget: new ByteBudget(1000), drainMsMax: 1 });
    await log.start(recorder({ messages: () => new Promise(() => undefined) }));
    log.offer(bytes('a'), 0);
    await log.drain();
  });

  test('a listener that fails ends the source through failed', async () => {
    const { log } = open();
    const errors: string[] = [];
    log.offer(bytes('a'), 0);
    await log.start(
      recorder({
        async messages() {
          throw new Error('sink is gone');
        },
        failed: (error) => errors.push(error.message),
      }),
    );
    await settled();
    expect(errors).toEqual(['sink is gone']);
  });

  test('offsetAt is the first message at or after a time', async () => {
    const { log } = open();
    for (const timestampMs of [10, 20, 30]) log.offer(bytes('x'), timestampMs);
    expect(await Promise.all([0, 20, 21, 99].map((timeMs) => log.offsetAt(TOPIC, 0, timeMs)))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  test('law: under any schedule every accepted message arrives, in order, and the budget holds exactly what is uncommitted', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('offer' as const), size: fc.integer({ min: 0, max: 900 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('commit' as const),
          part: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('seek' as const),
          part: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const, 'settle' as const) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { log, budget } = open(4000);
        const sizes: number[] = [];
        const highest: number[] = [];
        let committed = 0;
        let expectedNext = 0;
        let inOrder = true;
        await log.start(
          recorder({
            async messages(batch) {
              for (let i = 0; i < batch.length; i++) {
                const offset = batch.offsets[i]!;
                inOrder &&= offset === expectedNext && batch.values.at(i)!.byteLength === sizes[offset];
                expectedNext = offset + 1;
                highest[offset] = offset;
              }
            },
          }),
        );
        for (const action of steps) {
          if (action.do === 'offer') {
            if (log.offer(new Uint8Array(action.size), 0) === 'taken') sizes.push(action.size);
          } else if (action.do === 'commit') {
            // The engine commits what it has read.
            committed = Math.max(committed, Math.floor(action.part * expectedNext));
            await log.commit([{ topic: TOPIC, partition: 0, offset: committed }]);
          } else if (action.do === 'seek') {
            expectedNext = committed + Math.floor(action.part * (expectedNext - committed));
            log.seek(TOPIC, 0, expectedNext);
          } else if (action.do === 'settle') await settled();
          else log[action.do](TOPIC, 0);
          const held = sizes.slice(committed).reduce((sum, size) => sum + size + MESSAGE_OVERHEAD_BYTES, 0);
          expect(budget.bytesHeld).toBe(held);
          expect(held).toBeLessThanOrEqual(4000);
        }
        log.resume(TOPIC, 0);
        await log.drain();
        expect(inOrder).toBe(true);
        expect(highest).toEqual(sizes.map((_, offset) => offset));
      }),
      { numRuns: 60 },
    );
  });

  test('stays exact over many committed messages', async () => {
    const { log, budget } = open();
    const listener = recorder();
    await log.start(listener);
    for (let i = 0; i < 5000; i++) {
      expect(log.offer(bytes(String(i)), i)).toBe('taken');
      if (i % 100 === 99) {
        await settled();
        await log.commit([{ topic: TOPIC, partition: 0, offset: i - 10 }]);
      }
    }
    await log.drain();
    expect(listener.all.map(({ text }) => text)).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
    expect(budget.bytesHeld).toBeLessThan(20 * (MESSAGE_OVERHEAD_BYTES + 4));
  });
});
