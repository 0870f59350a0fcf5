/** The peers' driver, `benchmarks/peers/`: built by the Go toolchain, once per state of its source, into `.cache/peers/`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Corpus } from './corpus.ts';
import { writeCorpus } from './corpus-file.ts';

export interface PeerResult {
  readonly stage: string;
  /** Of each connector, in the order the stage names them; without one, of the decoder. */
  readonly version: string;
  readonly go: string;
  readonly cores: number;
  readonly spans_per_s: number;
  readonly best_spans_per_s: number;
  readonly spans: number;
  readonly passes: number;
  readonly checksum: number;
}

/** From `dist/benchmarks/support/`. */
const ROOT = resolve(import.meta.dirname, '../../..');
const SOURCE = join(ROOT, 'benchmarks/peers');
const BUILD_MS_MAX = 600_000;

/** The built driver's path, or why there is none. */
export function openDriver({ mayBuild }: { readonly mayBuild: boolean }): { path: string } | { why: string } {
  const hash = createHash('sha256');
  for (const file of readdirSync(SOURCE).sort())
    if (/^go\.|\.go$/.test(file)) hash.update(readFileSync(join(SOURCE, file)));
  const folder = join(ROOT, '.cache/peers');
  const path = join(folder, `driver-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  if (!mayBuild) return { why: 'small sizes do not build the driver' };
  mkdirSync(folder, { recursive: true });
  process.stderr.write('building the peers with go: minutes, the first time\n');
  const { status, error, stderr } = spawnSync('go', ['build', '-o', path, '.'], {
    cwd: SOURCE,
    encoding: 'utf8',
    timeout: BUILD_MS_MAX,
  });
  if (error !== undefined) return { why: `go does not run: ${error.message}` };
  if (status !== 0) return { why: `go build failed: ${stderr.trim().split('\n').at(-1) ?? ''}` };
  return { path };
}

/** Runs the driver over a corpus on one core. */
export function runDriver(path: string, corpus: Corpus, seconds: number): readonly PeerResult[] {
  const folder = mkdtempSync(join(tmpdir(), 'weir-peers-'));
  try {
    const file = join(folder, 'corpus');
    writeCorpus(file, corpus);
    const { status, stdout } = spawnSync(path, [file, String(seconds)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      env: { ...process.env, GOMAXPROCS: '1' },
    });
    if (status !== 0) throw new Error(`the peers' driver exited with ${String(status)}`);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PeerResult);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
