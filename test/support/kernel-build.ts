/** Builds the kernel before any test runs, where its source is newer: tests take the code around it from the sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { filesUnder } from './source-tree.ts';

const BUILT = 'dist/src/kernel/kernel.wasm';

export default function setup(): void {
  const sources = [...filesUnder('src/kernel/assembly', '.ts'), 'src/kernel/layout.ts', 'package.json'];
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newest) return;
  execFileSync('npm', ['run', 'kernel', '--silent'], { stdio: 'inherit' });
}
