import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HEAP_OPTIONS } from '../../src/heap-size.ts';

test.each(HEAP_OPTIONS)(
  'V8 knows %s: node refuses those it does not know, where setFlagsFromString is silent',
  (option) => {
    expect(spawnSync(process.execPath, [option, '-e', '0']).status).toBe(0);
    expect(spawnSync(process.execPath, [option.replace('--', '--x'), '-e', '0']).status).not.toBe(0);
  },
);
