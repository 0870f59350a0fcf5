import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  nextOffsetOf,
  readMessages,
  RUN_MESSAGES_MAX,
  type MessageRun,
  type ReadOptions,
} from '../../../src/sources/kafka-records.ts';
import { messagesIn, type Message } from '../../support/log-recorder.ts';
import { recordBatch, zstdFrame, type TestRecord } from '../../support/record-batch.ts';

const read = (bytes: Buffer, options: Partial<ReadOptions> = {}): MessageRun[] => [
  ...readMessages(bytes, { fromOffset: 0, aborted: [], ...options }),
];
const messages = (runs: readonly MessageRun[]): Message[] => runs.flatMap(messagesIn);
const offsets = (runs: readonly MessageRun[]): number[] => messages(runs).map(({ offset }) => offset);
const record = (offset: number, text: string | null = `v${offset}`): TestRecord => ({
  offset,
  timestampMs: 1_000 + offset,
  value: text === null ? null : Buffer.from(text),
});

/** A log cut into record batches, with the holes compaction leaves. */
const logs = fc
  .array(
    fc.record({
      gaps: fc.array(
        fc.record({
          gap: fc.nat(3),
          text: fc.option(fc.string({ maxLength: 40 })),
          skewMs: fc.integer({ min: -1e12, max: 1e12 }),
        }),
        { maxLength: 20 },
      ),
      codec: fc.nat(4),
      tail: fc.nat(2),
    }),
    { maxLength: 6 },
  )
  .map((shapes) => {
    let next = 0;
    const all: TestRecord[] = [];
    const parts = shapes.map(({ gaps, codec, tail }) => {
      const base = next;
      const records = gaps.map(({ gap, text, skewMs }) => {
        const offset = next + gap;
        next = offset + 1;
        return { offset, timestampMs: 1.7e12 + skewMs, value: text === null ? null : Buffer.from(text) };
      });
      const lastOffset = Math.max(base, next - 1) + tail;
      next = lastOffset + 1;
      all.push(...records);
      return recordBatch(base, records, { codec, lastOffset });
    });
    return { parts, bytes: Buffer.concat(parts), all, next };
  });

describe('laws', () => {
  test('every message at or after the start comes once, in order, and the position passes the end', () => {
    fc.assert(
      fc.property(logs, fc.nat(150), ({ bytes, all, next }, fromOffset) => {
        const runs = read(bytes, { fromOffset });
        const expected = all
          .filter(({ offset }) => offset >= fromOffset)
          .map(({ offset, timestampMs, value }) => ({
            offset,
            timestampMs,
            value: value === null ? null : Buffer.from(value).toString(),
          }));
        expect(messages(runs)).toEqual(expected);
        if (fromOffset < next) expect(runs.at(-1)?.nextOffset).toBe(next);
        else expect(runs).toEqual([]);
        expect(nextOffsetOf(bytes) ?? 0).toBe(next);
      }),
    );
  });

  test('a fetch cut short gives its whole record batches, the next fetch the rest', () => {
    fc.assert(
      fc.property(logs, fc.nat(), ({ bytes, all }, at) => {
        const cut = bytes.length === 0 ? 0 : at % bytes.length;
        const head = bytes.subarray(0, cut);
        const next = nextOffsetOf(head) ?? 0;
        expect([...offsets(read(head)), ...offsets(read(bytes, { fromOffset: next }))]).toEqual(
          all.map(({ offset }) => offset),
        );
      }),
    );
  });

  test('whatever a producer sends: no throw, offsets ascend, the position never falls', () => {
    fc.assert(
      fc.property(
        logs,
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        ({ parts }, changes) => {
          // The broker writes what stands before the seventeenth byte.
          for (const [part, at, byte] of changes) {
            const bytes = parts[part % Math.max(1, parts.length)];
            if (bytes !== undefined) bytes[17 + (at % (bytes.length - 17))] = byte;
          }
          const bytes = Buffer.concat(parts);
          let last = -1;
          for (const run of read(bytes, { tenantHeader: 'tenant' })) {
            for (const { offset } of messagesIn(run)) {
              expect(offset).toBeGreaterThan(last);
              last = offset;
            }
            expect(run.nextOffset).toBeGreaterThan(last);
            last = Math.max(last, run.nextOffset - 1);
          }
        },
      ),
    );
  });
});

test('what cannot be read is reported with its place, and reading goes on behind it', () => {
  const bomb = recordBatch(2, [record(2), record(5)], { codec: 4, packed: zstdFrame(Buffer.alloc(0), 600) });
  const corrupt = recordBatch(6, [record(6)], { codec: 1, packed: Buffer.from('not gzip') });
  const future = recordBatch(7, [record(7)], { codec: 6 });
  const old = recordBatch(8, [record(8)]);
  old.writeUInt8(1, 16);
  const bytes = Buffer.concat([
    recordBatch(0, [record(0), record(1)]),
    bomb,
    corrupt,
    future,
    old,
    recordBatch(9, [record(9)]),
  ]);
  const runs = read(bytes);
  expect(offsets(runs)).toEqual([0, 1, 9]);
  const unreadable = runs.flatMap((run) => run.unreadable ?? []);
  expect(unreadable.map(({ offset, nextOffset, reason }) => [offset, nextOffset, reason])).toEqual([
    [2, 6, 'too_large'],
    [6, 7, 'malformed'],
    [7, 8, 'unknown_encoding'],
    [8, 9, 'unknown_encoding'],
  ]);
  expect(unreadable[0]?.bytes).toEqual(bomb);
  expect(runs.at(-1)?.nextOffset).toBe(10);
});

test('a record batch that breaks in the middle keeps what came before', () => {
  const [run] = read(recordBatch(0, [record(0), record(1)], { count: 4, lastOffset: 3 }));
  expect(messagesIn(run ?? expect.fail()).map(({ offset }) => offset)).toEqual([0, 1]);
  expect(run?.unreadable).toEqual([
    expect.objectContaining({ offset: 2, nextOffset: 4, reason: 'truncated' }),
  ]);
  expect(run?.nextOffset).toBe(4);
});

test('offsets out of order end the record batch', () => {
  const [run] = read(recordBatch(0, [record(0), record(2), record(1)], { lastOffset: 2 }));
  expect(messagesIn(run ?? expect.fail()).map(({ offset }) => offset)).toEqual([0, 2]);
  expect(run?.unreadable?.[0]?.reason).toBe('malformed');
});

test('offsets out of order end the record batch at the same place, wherever reading begins', () => {
  const bytes = recordBatch(0, [record(0), record(5), record(3), record(7)], { lastOffset: 7 });
  for (let fromOffset = 0; fromOffset < 8; fromOffset++) {
    const runs = read(bytes, { fromOffset });
    expect(offsets(runs)).toEqual([0, 5].filter((offset) => offset >= fromOffset));
    expect(runs[0]?.unreadable).toEqual([
      expect.objectContaining({ offset: Math.max(6, fromOffset), nextOffset: 8, reason: 'malformed' }),
    ]);
  }
});

test.each([0, 1, 2, 3, 4])('records beyond their count are not dropped unsaid, under codec %i', (codec) => {
  const records = [record(4), record(5), record(6)];
  const unreadable = (count: number, lastOffset: number): unknown[] => {
    const [run] = read(recordBatch(4, records, { codec, count, lastOffset }), { fromOffset: 4 });
    expect(offsets([run ?? expect.fail()])).toEqual(
      records.map(({ offset }) => offset).slice(0, Math.max(0, count)),
    );
    expect(run?.nextOffset).toBe(lastOffset + 1);
    return (run?.unreadable ?? []).map(({ offset, nextOffset, reason }) => [offset, nextOffset, reason]);
  };
  expect(unreadable(3, 6)).toEqual([]);
  expect(unreadable(2, 6)).toEqual([[6, 7, 'malformed']]);
  expect(unreadable(0, 6)).toEqual([[4, 7, 'malformed']]);
  expect(unreadable(-1, 6)).toEqual([[4, 7, 'malformed']]);
  // No offset is left for them: the damage is told, and none is missing.
  expect(unreadable(2, 5)).toEqual([[6, 6, 'malformed']]);
});

test('rolled-back transactions and control records pass as positions only', () => {
  const transactional = { isTransactional: true };
  const bytes = Buffer.concat([
    recordBatch(0, [record(0)], { ...transactional, producerId: 1 }),
    recordBatch(1, [record(1)], { ...transactional, producerId: 2 }),
    recordBatch(2, [record(2)]),
    recordBatch(3, [record(3)], { ...transactional, producerId: 1, isControl: true }),
    recordBatch(4, [record(4)], { ...transactional, producerId: 1 }),
    recordBatch(5, [record(5)], { ...transactional, producerId: 2, isControl: true }),
  ]);
  const aborted = [{ producerId: 1n, firstOffset: 0 }];
  expect(offsets(read(bytes, { aborted }))).toEqual([1, 2, 4]);
  expect(read(bytes, { aborted }).at(-1)?.nextOffset).toBe(6);
  // Two that began before the fetch are both known to be rolled back at its first record batch.
  const both = [...aborted, { producerId: 2n, firstOffset: 1 }];
  expect(offsets(read(bytes.subarray(nextBatchAt(bytes)), { fromOffset: 1, aborted: both }))).toEqual([2, 4]);
  const nothing = recordBatch(7, [record(7)], { ...transactional, producerId: 1, isControl: true });
  expect(read(nothing, { fromOffset: 7 })).toMatchObject([{ length: 0, nextOffset: 8 }]);
});

test('the broker’s own time stands for all, where the topic says so', () => {
  expect(
    messages(read(recordBatch(0, [record(0), record(1)], { appendTimeMs: 77 }))).map(
      ({ timestampMs }) => timestampMs,
    ),
  ).toEqual([77, 77]);
});

test('the last header of the name tells the tenant', () => {
  const tenants = ['a', 'a', 'b', undefined, 'ü'.repeat(200), ''];
  const records = tenants.map((tenant, offset): TestRecord => ({
    ...record(offset),
    headers:
      tenant === undefined
        ? [['other', 'x']]
        : [
            ['tenant', 'first'],
            ['tenant', tenant],
          ],
  }));
  const [run] = read(recordBatch(0, records), { tenantHeader: 'tenant' });
  expect(run?.tenants).toEqual(['a', 'a', 'b', undefined, undefined, '']);
  expect(read(recordBatch(0, records))[0]?.tenants).toBeUndefined();
});

test('a run is bounded in messages, so that a bomb of empty ones is too', () => {
  const records = Array.from({ length: RUN_MESSAGES_MAX * 2 + 1 }, (_, offset): TestRecord => ({
    offset,
    timestampMs: 0,
    value: null,
  }));
  const runs = read(recordBatch(0, records, { codec: 1 }));
  expect(runs.map(({ length, nextOffset }) => [length, nextOffset])).toEqual([
    [RUN_MESSAGES_MAX, RUN_MESSAGES_MAX],
    [RUN_MESSAGES_MAX, RUN_MESSAGES_MAX * 2],
    [1, RUN_MESSAGES_MAX * 2 + 1],
  ]);
});

function nextBatchAt(bytes: Buffer): number {
  return 12 + bytes.readInt32BE(8);
}
