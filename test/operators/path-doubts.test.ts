import { expect, test } from 'vitest';
import { PathDoubts } from '../../operators/path-doubts.ts';

test('a doubt lasts for as long as the span that raised it may be held, and no longer', () => {
  const doubts = new PathDoubts(100);
  expect(doubts.has(7, 0)).toBe(false);
  for (const span of [3, 2 ** 31 - 5, 2 ** 32 - 5, 2 ** 40]) {
    doubts.raise(7, span);
    expect([0, 1, 99].map((later) => doubts.has(7, span + later))).toEqual([true, true, true]);
    expect(doubts.has(7, span + 100)).toBe(false);
  }
});

test('is of one trace, while another is in doubt', () => {
  const doubts = new PathDoubts(100);
  doubts.raise(7, 3);
  expect(doubts.has(8, 4)).toBe(false);
  doubts.raise(8, 50);
  expect(doubts.has(7, 102)).toBe(true);
  expect(doubts.has(7, 103)).toBe(false);
});
