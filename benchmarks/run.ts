/**
 * Runs every benchmark of this folder, each in a process of its own, one after the other. `--small` runs them at a size that shows in
 * seconds whether they still work; the figures then mean nothing.
 *
 *     npm run bench [-- --small] [name...]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

/** Spans (or lines) and seconds. */
const SMALL = ['20000', '0.2'];

const own = basename(import.meta.filename);
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isSmall = process.argv.includes('--small');
const files = readdirSync(import.meta.dirname)
  .filter((file) => extname(file) === extname(own) && file !== own)
  .filter((file) => names.length === 0 || names.includes(basename(file, extname(file))))
  .sort();

let failed = 0;
for (const file of files) {
  const path = join(import.meta.dirname, file);
  const { status } = spawnSync(process.execPath, ['--expose-gc', path, ...(isSmall ? SMALL : [])], {
    stdio: 'inherit',
  });
  if (status !== 0) failed++;
  process.stderr.write(`${basename(file, extname(file))}: ${status === 0 ? 'ran' : 'FAILED'}\n`);
}
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1;
