import { expect, test } from 'vitest';
import { slopeOf } from './slope.ts';

test('a line has its own slope, and noise beside it changes nothing where it cancels out', () => {
  expect(slopeOf([1, 2, 3, 4].map((x) => [x, 7 - 3 * x]))).toBeCloseTo(-3);
  expect(slopeOf([[0, 1], [0, -1], [10, 21], [10, 19]])).toBeCloseTo(2); // prettier-ignore
});

test('points that do not differ in x have none', () => {
  expect(slopeOf([])).toBe(0);
  expect(slopeOf([[5, 1], [5, 2]])).toBe(0); // prettier-ignore
});
