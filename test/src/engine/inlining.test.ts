import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { INLINING } from '../../../src/engine/inlining.ts';

test('V8 knows the option: node refuses those it does not know, where setFlagsFromString is silent', () => {
  expect(spawnSync(process.execPath, [INLINING, '-e', '0']).status).toBe(0);
  expect(spawnSync(process.execPath, [INLINING.replace('size', 'sizes'), '-e', '0']).status).not.toBe(0);
});
