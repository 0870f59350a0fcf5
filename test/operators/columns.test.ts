import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addProduct, firstReached, grown, wideSum } from '../../operators/columns.ts';

test('a grown column keeps its values and at least doubles', () => {
  const column = Int32Array.of(1, 2, 3);
  expect(grown(column, 3)).toBe(column);
  expect([...grown(column, 4)]).toEqual([1, 2, 3, 0, 0, 0]);
});

test('sums of products are exact, for any duration and weight: law', () => {
  const duration = fc.oneof(fc.nat(1000), fc.maxSafeInteger().map(Math.abs));
  const weight = fc.oneof(fc.nat(1000), fc.integer({ min: 2 ** 20, max: 2 ** 44 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), duration, weight), { maxLength: 40 }), (products) => {
      const limbs = new Float64Array(6);
      const exact = [0n, 0n, 0n];
      for (const [at, a, b] of products) {
        addProduct(limbs, at * 2, a, b);
        exact[at] = exact[at]! + BigInt(a) * BigInt(b);
      }
      expect([0, 1, 2].map((at) => wideSum(limbs, at * 2))).toEqual(exact);
    }),
  );
});

test('the first number from which on something holds: law', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.nat(120), (from, length, border) => {
      const found = firstReached(from, from + length, (at) => at >= border);
      expect(found).toBe(Math.min(Math.max(from, border), from + length));
    }),
  );
});
