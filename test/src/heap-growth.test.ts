import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HEAP_GROWTH } from '../../src/heap-growth.ts';

test('V8 knows the option: node refuses those it does not know, where setFlagsFromString is silent', () => {
  expect(spawnSync(process.execPath, [HEAP_GROWTH, '-e', '0']).status).toBe(0);
  expect(spawnSync(process.execPath, [HEAP_GROWTH.replace('heap', 'heaps'), '-e', '0']).status).not.toBe(0);
});
