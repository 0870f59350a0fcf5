import { expect, it } from 'vitest';
import { topicFinding } from '../../../src/commands/check.ts';

it.each([
  [undefined, 'fail'],
  [[{ first: 0, end: 10 }], 'ok'],
  [[{ first: 5000, end: 5000 + 3 * 4096 }], 'ok'],
  [
    [
      { first: 0, end: 10 },
      { first: 5000, end: 5000 + 3 * 4096 - 1 },
    ],
    'warn',
  ],
] as const)('a topic with partitions %j is judged %s', (partitions, verdict) => {
  expect(topicFinding({ topic: 'spans', partitions }, 4096).verdict).toBe(verdict);
});
