import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../../operators/key-table.ts';

test('finds what was added and nothing else, through every growth: law', () => {
  const word = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer());
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.tuple(word, word, word), { maxLength: 300 }), (seed, keys) => {
      const table = new KeyTable(3, seed, 2);
      const known = new Map<string, number>();
      for (const key of keys) {
        table.key.set(key);
        const name = key.join();
        expect(table.find()).toBe(known.get(name) ?? -1);
        if (known.has(name)) continue;
        table.add(known.size);
        known.set(name, known.size);
      }
      expect(table.size).toBe(known.size);
    }),
  );
});

test('a cleared table holds nothing', () => {
  const table = new KeyTable(1, 7);
  table.key[0] = 5;
  table.find();
  table.add(1);
  table.clear();
  expect(table.find()).toBe(-1);
  expect(table.size).toBe(0);
});
