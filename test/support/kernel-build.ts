/** Builds the kernels before any test runs, where a source is newer: tests take the code around them from the sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { filesUnder } from './source-tree.ts';

const BUILT = ['dist/src/kernel/kernel.wasm', 'dist/src/kernel/neighbourhood.wasm'];
const LAYOUTS = ['src/kernel/layout.ts', 'src/kernel/neighbourhood-layout.ts'];

export default function setup(): void {
  const sources = [...filesUnder('src/kernel/assembly', '.ts'), ...LAYOUTS, 'package.json'];
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  if (BUILT.every((path) => existsSync(path) && statSync(path).mtimeMs > newest)) return;
  execFileSync('npm', ['run', 'kernel', '--silent'], { stdio: 'inherit' });
}
