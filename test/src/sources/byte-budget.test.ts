import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteBudget } from '../../../src/sources/byte-budget.ts';

test('a holder has its share of what the others leave, and what it gives back again', () => {
  const budget = new ByteBudget(120, 0.5);
  expect([budget.take(60, 'a'), budget.take(1, 'a')]).toEqual(['taken', 'over_share']);
  expect([budget.take(30, 'b'), budget.take(1, 'b'), budget.take(15, 'c')]).toEqual([
    'taken',
    'over_share',
    'taken',
  ]);
  expect(budget.take(16, 'd')).toBe('full');
  budget.give(60, 'a');
  expect([budget.take(8, 'b'), budget.take(37, 'a'), budget.bytesHeld]).toEqual(['taken', 'over_share', 53]);
});

test('a share of one lets a holder have everything', () => {
  const budget = new ByteBudget(100);
  expect([budget.take(100), budget.take(1), budget.bytesHeld]).toEqual(['taken', 'full', 100]);
});

test('nobody gives back what another took', () => {
  const budget = new ByteBudget(100, 0.5);
  budget.take(10, 'a');
  expect(() => budget.give(10, 'b')).toThrow(/BUG/);
});

test('law: however many take what they can, in whatever order, the next one finds its part of what is left', () => {
  const step = fc.record({
    holder: fc.integer({ min: 0, max: 5 }),
    bytes: fc.integer({ min: 1, max: 400 }),
    isTake: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      (steps, share) => {
        const budget = new ByteBudget(1000, share);
        const held = [0, 0, 0, 0, 0, 0];
        for (const { holder, bytes, isTake } of steps) {
          if (!isTake) {
            const given = Math.min(bytes, held[holder]!);
            budget.give(given, String(holder));
            held[holder]! -= given;
          } else if (budget.take(bytes, String(holder)) === 'taken') held[holder]! += bytes;
          const total = held.reduce((sum, own) => sum + own, 0);
          expect(budget.bytesHeld).toBe(total);
          // Whatever was taken and given, k holders never hold more than all but (1 - share)^k of it.
          const holders = held.filter((own) => own > 0).length;
          expect(1000 - total).toBeGreaterThanOrEqual(1000 * (1 - share) ** holders - 1e-6);
          const own = Math.floor(share * (1000 - total));
          expect(budget.take(own, 'new')).toBe('taken');
          budget.give(own, 'new');
        }
      },
    ),
  );
});
