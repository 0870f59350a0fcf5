import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** Frees large blocks, then allocates columns of zeros and touches none: prints how many MiB they take. */
const SCRIPT = `
const MIB = 2 ** 20;
const ROUNDS = 20;
const collect = async () => {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
};
const write = (mib) => void new Uint8Array(mib * MIB).fill(1);
write(30);
await collect();
const before = process.memoryUsage().rss;
const kept = [];
for (let round = 0; round < ROUNDS; round++) {
  write(8);
  await collect();
  kept.push(new Uint8Array(8 * MIB));
}
console.log((process.memoryUsage().rss - before) / MIB);
kept.length = 0;
`;

test.skipIf(process.platform !== 'linux')(
  'columns of zeros take no memory, whatever was freed before',
  () => {
    const source = readFileSync('src/allocator.ts', 'utf8');
    const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
    const program = ts.transpileModule(source, { compilerOptions: options }).outputText;
    const asItIs = mibOf(program + SCRIPT);
    const tuned = mibOf(`${program}tuneAllocator();${SCRIPT}`);
    expect(asItIs).toBeGreaterThan(100);
    expect(tuned).toBeLessThan(50);
  },
);

function mibOf(program: string): number {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return Number(stdout);
}
