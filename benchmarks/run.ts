/**
 * Runs every benchmark of this folder, each in a process of its own, one after the other, and prints one table: what was measured, on what.
 * `--small` runs them at a size that shows in seconds whether they still work; the figures then mean nothing.
 *
 *     npm run bench [-- --small] [name...]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { basename, extname, join } from 'node:path';

type Result = Readonly<Record<string, string | number>>;

/** Spans (or lines) and seconds. */
const SMALL = ['20000', '0.2'];

const own = basename(import.meta.filename);
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isSmall = process.argv.includes('--small');
const files = readdirSync(import.meta.dirname)
  .filter((file) => extname(file) === extname(own) && file !== own)
  .filter((file) => names.length === 0 || names.includes(basename(file, extname(file))))
  .sort();

const startLoad = loadavg()[0]!;
const rows: string[][] = [];
let failed = 0;
for (const file of files) {
  const name = basename(file, extname(file));
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, file), ...(isSmall ? SMALL : [])],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  const results = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Result]));
  rows.push(...results.map(rowOf));
  if (status === 0 && results.length === 0) rows.push([name, 'skipped', '']);
  if (status === 0) continue;
  failed++;
  rows.push([name, 'FAILED', '']);
}
printTable();
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1;

function rowOf({ benchmark, encoding, checksum, ...figures }: Result): string[] {
  const shown = Object.entries(figures).map(([key, value]) => `${key} ${value}`);
  return [[benchmark, encoding].filter(Boolean).join(' '), shown.join(', '), String(checksum ?? '')];
}

function printTable(): void {
  const { stdout: commit } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const processors = cpus();
  const machine = `${processors.length} x ${processors[0]?.model ?? 'unknown processor'}`;
  const load = `load ${startLoad.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after`;
  const about = [
    machine,
    `Node ${process.version}`,
    `commit ${commit.trim()}`,
    new Date().toISOString(),
    load,
  ];
  const lines = [['benchmark', 'figures', 'checksum'], ['---', '---', '---'], ...rows];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  process.stdout.write(
    `\n${isSmall ? 'Small sizes: no measurement. ' : ''}${about.join('; ')}\n\n${table}\n`,
  );
}
