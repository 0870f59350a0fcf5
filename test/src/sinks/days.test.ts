/** Which rows go into one insert: all of them, unless they are of very many days. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { QualityChunk } from '../../../operators/quality-chunk.ts';
import type { Rows } from '../../../operators/rows.ts';
import type { StampedRows } from '../../../src/sinks/arrow.ts';
import { DAYS_MAX, cutByDays } from '../../../src/sinks/days.ts';
import type { Table } from '../../../src/sinks/table.ts';
import { plainLog } from '../../support/plain-span.ts';
import { SMALL, batchOf, openPartition } from '../../support/run-partition.ts';

const DAY_MS = 86_400_000;
const table: Table = {
  name: 'plain_v1',
  columns: { tenant: 'text', at: 'time', wide: 'u128' },
  key: ['tenant', 'at'],
  time: 'at',
};

function part(partition: number, times: readonly number[]): StampedRows {
  const rows: Rows = {
    name: table.name,
    length: times.length,
    slot: Float64Array.from(times, (_, row) => row * 8),
    columns: {
      tenant: times.map((_, row) => `${partition}-${row}`),
      at: Float64Array.from(times),
      wide: times.map(BigInt),
    },
  };
  return { rows, topic: 'spans', generation: 1, partition, hi: 9 };
}

/** A text of each row: what of it belongs together. */
function textsOf(parts: readonly StampedRows[]): string[] {
  return parts.flatMap(({ rows: { length, slot, columns }, topic, generation, partition, hi }) =>
    Array.from({ length }, (_, row) =>
      [
        topic,
        generation,
        partition,
        hi,
        slot[row],
        ...['tenant', 'at', 'wide'].map((name) => columns[name]![row]),
      ].join(),
    ),
  );
}

test('rows of few days go as they are, in one insert', () => {
  const parts = [0, 1].map((number) =>
    part(
      number,
      Array.from({ length: DAYS_MAX }, (_, day) => day * DAY_MS + number),
    ),
  );
  expect([...cutByDays(table, parts)]).toEqual([parts]);
  expect([...cutByDays(table, parts)][0]).toBe(parts);
});

test('times no column holds are days of its ends', () => {
  const outside = Array.from({ length: 300 }, (_, day) => (day % 2 === 0 ? -day : 50_000 + day) * DAY_MS);
  expect([...cutByDays(table, [part(0, outside)])]).toHaveLength(1);
});

test('of many days go in several inserts, each row in one, and each day in one', () => {
  const times = fc.array(
    fc.integer({ min: 0, max: 49_000 * DAY_MS }).map((ms) => ms - (ms % 1000)),
    { minLength: 250, maxLength: 2000 },
  );
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 4 }), (all) => {
      const parts = all.map((some, number) => part(number, some));
      const inserts = [...cutByDays(table, parts)];
      expect(inserts.flatMap(textsOf).sort()).toEqual(textsOf(parts).sort());
      const days = inserts.map(
        (insert) =>
          new Set(
            insert.flatMap(({ rows }) =>
              Array.from(rows.columns['at'] as Float64Array, (ms) => Math.floor(ms / DAY_MS)),
            ),
          ),
      );
      for (const { size } of days) expect(size).toBeLessThanOrEqual(DAYS_MAX);
      const distinct = new Set(days.flatMap((some) => [...some])).size;
      expect(days.reduce((sum, { size }) => sum + size, 0)).toBe(distinct);
      expect(inserts).toHaveLength(Math.ceil(distinct / DAYS_MAX));
    }),
    { numRuns: 20 },
  );
});

test('the times that rows make alone are those of their columns', () => {
  const [log] = fc.sample(plainLog, { numRuns: 50, seed: 3 }).sort((a, b) => b.length - a.length);
  const partition = openPartition(log!, SMALL);
  partition.read(batchOf(log!, 0, log!.length));
  const red = partition.flush().rows.filter(({ name }) => name === 'red_v1');
  const quality = new QualityChunk();
  for (const window of [4, 7, 7])
    quality.add(0, { tenant: 't', service: 's', operation: 'o', window }, 0, new Float64Array(6), 0, [], []);
  for (const rows of [...red, quality.rows('quality_v1', 60_000, ['check'])]) {
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.times).toEqual(rows.columns['window_start']);
  }
  expect(red.length).toBeGreaterThan(0);
});
