/**
 * Runs every benchmark of this folder, each in a process of its own, one after the other, and prints one table: what was measured, on what.
 * With `--runs 3` all are run three times over, and the table has medians, with the lowest and the highest in brackets. Where Weir and its peers
 * were both run, a second table has their ratios. `--small` runs at a size that shows in seconds whether they still work, one on each processor;
 * the figures then mean nothing.
 *
 *     npm run bench [-- --small] [--runs N] [name...]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { basename, extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { ratiosOf } from './support/ratios.ts';
import { type Result, summaryOf } from './support/summary.ts';

/** Spans (or lines) and seconds. */
const SMALL = ['20000', '0.2'];

const own = basename(import.meta.filename);
const { values, positionals: names } = parseArgs({
  options: { small: { type: 'boolean', default: false }, runs: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: not a number of runs`);
const files = readdirSync(import.meta.dirname)
  .filter((file) => extname(file) === extname(own) && file !== own)
  .filter((file) => names.length === 0 || names.includes(basename(file, extname(file))))
  .sort();

const startLoad = loadavg()[0]!;
const results: Result[] = [];
const remarks = new Set<string>();
let failed = 0;
for (let run = 0; run < runs; run++) results.push(...(await runAll()));
print();
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1;

/** Runs each file once. Figures are only measured alone. */
async function runAll(): Promise<readonly Result[]> {
  const found: (readonly Result[])[] = [];
  const waiting = files.entries();
  const work = async (): Promise<void> => {
    for (const [at, file] of waiting) found[at] = await resultsOf(file);
  };
  await Promise.all(Array.from({ length: values.small ? availableParallelism() : 1 }, work));
  return found.flat();
}

async function resultsOf(file: string): Promise<readonly Result[]> {
  const name = basename(file, extname(file));
  const { status, stdout } = await outcomeOf(file);
  const lines = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Result]));
  if (status === 0 && lines.length === 0) remarks.add(`${name} | skipped`);
  if (status === 0) return lines;
  failed++;
  remarks.add(`${name} | FAILED`);
  return lines;
}

async function outcomeOf(file: string): Promise<{ readonly status: number | null; readonly stdout: string }> {
  const args = ['--expose-gc', join(import.meta.dirname, file), ...(values.small ? SMALL : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [stdout, [status]] = await Promise.all([
    text(child.stdout),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, stdout };
}

function print(): void {
  const { stdout: commit } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const processors = cpus();
  const about = [
    `${processors.length} x ${processors[0]?.model ?? 'unknown processor'}`,
    `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `${process.platform} ${release()}`,
    `Node ${process.version}`,
    `commit ${commit.trim()}`,
    new Date().toISOString(),
    `load ${startLoad.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after`,
    ...(runs > 1 ? [`${runs} runs: median (lowest to highest)`] : []),
  ];
  const summaries = summaryOf(results);
  const rows = [...summaries.map(({ cells }) => cells), ...[...remarks].map((remark) => [remark, ''])];
  const ratios = values.small ? [] : ratiosOf(summaries.map(({ median }) => median));
  process.stdout.write(
    `\n${values.small ? 'Small sizes: no measurement. ' : ''}${about.join('; ')}\n\n${table(['benchmark', 'figures', 'checksum'], rows)}`,
  );
  if (ratios.length > 0) process.stdout.write(`\n${table(['Weir', 'peer', 'times as fast'], ratios)}`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
