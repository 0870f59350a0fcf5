import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentRows } from '../../operators/recent-rows.ts';

type Key = readonly [number, number, number, number];

function find(rows: RecentRows, key: Key): number {
  return rows.find(...key);
}

function add(rows: RecentRows, key: Key, row: number, keys: number): void {
  find(rows, key);
  rows.add(Int32Array.from(key), row, keys);
}

test('what was added last is found, and of the others the row they were added with or none: law', () => {
  const word = fc.oneof(fc.integer({ min: -1, max: 2 }), fc.integer());
  const keys = fc.array(fc.tuple(word, word, word, word), { maxLength: 200 });
  fc.assert(
    fc.property(keys, (all) => {
      const rows = new RecentRows();
      const known = new Map<string, number>();
      for (const key of all) {
        const row = known.get(key.join());
        expect([-1, row ?? -1]).toContain(find(rows, key));
        if (row === undefined) known.set(key.join(), known.size);
        add(rows, key, known.get(key.join())!, known.size);
        expect(find(rows, key)).toBe(known.get(key.join()));
      }
    }),
  );
});

test.each([0, 1, 2, 3])('keys that share a place are told apart by word %i', (word) => {
  const rows = new RecentRows();
  const key: Key = [1, 2, 3, 4];
  let shared = 0;
  for (let at = 1; at <= 2000; at++) {
    add(rows, key, 0, 1);
    // Beyond the bits that a place is made of, where these are its own.
    const other = key.map((own, index) => (index === word ? own ^ (at << (word < 2 ? 2 : 20)) : own));
    add(rows, other as unknown as Key, at, 1);
    const row = find(rows, key);
    expect([-1, 0]).toContain(row);
    if (row === -1) shared++;
  }
  expect(shared).toBeGreaterThan(0);
});

test('nothing is known at first, not even a key of zeros, nor after it was cleared', () => {
  const rows = new RecentRows();
  expect(find(rows, [0, 0, 0, 0])).toBe(-1);
  add(rows, [0, 0, 0, 0], 0, 1);
  expect(find(rows, [0, 0, 0, 0])).toBe(0);
  rows.clear();
  expect(find(rows, [0, 0, 0, 0])).toBe(-1);
});

test('it grows with the keys: most of many are found', () => {
  const rows = new RecentRows();
  const keys = Array.from({ length: 10_000 }, (_, at): Key => [9, at % 50, at, 17]);
  for (let pass = 0; pass < 2; pass++) keys.forEach((key, row) => add(rows, key, row, keys.length));
  const found = keys.filter((key, row) => find(rows, key) === row).length;
  expect(found).toBeGreaterThan(keys.length * 0.8);
});
