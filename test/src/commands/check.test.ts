import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { obstacleAt, topicFinding } from '../../../src/commands/check.ts';

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

it('a folder for data may be missing, and neither be nor stand below a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-check-'));
  await writeFile(join(folder, 'file'), '');
  expect(await obstacleAt(folder)).toBeUndefined();
  expect(await obstacleAt(join(folder, 'new/er'))).toBeUndefined();
  expect(await obstacleAt(join(folder, 'file'))).toMatch(/is a file/);
  expect(await obstacleAt(join(folder, 'file/new'))).toMatch(/a file stands above it/);
  await rm(folder, { recursive: true });
});
