/**
 * `weir` as users run it: the built command in a process of its own, in a directory of its own, with no configuration but what a test
 * gives. The build is made anew where a source is newer.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseExposition, samplesOf } from './exposition.ts';
import { filesUnder } from './source-tree.ts';

export interface WeirOptions {
  /** Written as `weir.yaml` into the directory. */
  readonly config?: object;
  readonly environment?: Readonly<Record<string, string>>;
  /** A program that runs the command given to it, such as one in a mount namespace of its own. */
  readonly through?: readonly string[];
  /** Standard input; nothing where absent. */
  readonly input?: Uint8Array;
}

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunningWeir {
  readonly pid: number;
  /** The start screen. */
  readonly screen: string;
  /** Where the API answers. */
  readonly address: string;
  readonly otlpAddress: string;
  readonly stderr: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Asks its ClickHouse, at the address and with the header that the start screen names; a server of its own without a password. */
  sql<Row>(query: string): Promise<Row[]>;
  /** Resolves when it ends by itself. */
  readonly ended: Promise<Ended>;
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<Ended>;
}

/** Tests and benchmarks run there; compiled, this file lies elsewhere. */
const ROOT = process.cwd();
const PROGRAM = join(ROOT, 'dist/src/cli.js');
const SCREEN_MS_MAX = 60_000;

/** A new directory to run in, and what removes it. */
export async function workDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'weir-test-'));
  // A ClickHouse that is just ending may still write.
  const options = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };
  return { path, remove: () => rm(path, options) };
}

/** Runs a command to its end. */
export async function runWeir(
  directory: string,
  args: readonly string[],
  options: WeirOptions = {},
): Promise<Ended> {
  return launchWeir(directory, args, options).ended;
}

/** Starts `weir start` on free ports and resolves when it has printed its screen; throws what it said where it ended before. */
export async function startWeir(
  directory: string,
  args: readonly string[] = [],
  options: WeirOptions = {},
): Promise<RunningWeir> {
  const environment = { WEIR_HTTP_PORT: '0', WEIR_OTLP_HTTP_PORT: '0', ...options.environment };
  const { child, output, ended } = launchWeir(directory, ['start', ...args], { ...options, environment });
  const deadlineMs = Date.now() + SCREEN_MS_MAX;
  while (!/^ {2}Try\n[^]*\n\n$/m.test(output.stdout())) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`weir start printed no screen:\n${output.stdout()}${output.stderr()}`);
    }
    await sleep(50);
  }
  const screen = output.stdout();
  const address = found(screen, /(http:\/\/\S+)\/readyz/);
  return {
    pid: child.pid!,
    screen,
    address,
    otlpAddress: /OTLP\/HTTP: (http:\S+)/.exec(screen)?.[1] ?? '',
    get stderr() {
      return output.stderr();
    },
    get: (path, headers = {}) => fetch(`${address}${path}`, { headers }),
    sql: (query) => askStore(screen, query),
    ended,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Waits until a condition holds; fails with what `weir` said where it never does. */
export async function untilTrue(
  weir: RunningWeir,
  isTrue: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error(`it never came true; weir said:\n${weir.stderr}`);
    await sleep(100);
  }
}

/** A metric of its `/metrics`, summed over all labels; 0 where it has no sample. */
export async function valueOf(weir: RunningWeir, metric: string): Promise<number> {
  const exposition = parseExposition(await (await weir.get('/metrics')).text());
  return samplesOf(exposition, metric).reduce((sum, { value }) => sum + value, 0);
}

export interface LaunchedWeir {
  readonly child: ChildProcess;
  readonly output: { stdout(): string; stderr(): string };
  readonly ended: Promise<Ended>;
}

/** Starts a command and waits for nothing. */
export function launchWeir(directory: string, args: readonly string[], options: WeirOptions): LaunchedWeir {
  build();
  if (options.config !== undefined)
    // JSON is YAML.
    writeFileSync(join(directory, 'weir.yaml'), JSON.stringify(options.config, undefined, 2));
  const [program, ...before] = [...(options.through ?? []), process.execPath];
  const child = spawn(program, [...before, PROGRAM, ...args], {
    cwd: directory,
    env: { ...withoutWeir(process.env), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A test process that dies must not leave it behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // Whoever does not read its input may close it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? new Uint8Array());
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString();
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      resolve({ code: code ?? signal!, stdout: Buffer.concat(stdout), stderr: text(stderr) });
    });
  });
  return { child, output: { stdout: () => text(stdout), stderr: () => text(stderr) }, ended };
}

function withoutWeir(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('WEIR_')));
}

async function askStore<Row>(screen: string, query: string): Promise<Row[]> {
  const [, headerFile, url] = /curl -s (?:-H @'([^']+)'|-u \S+) '([^']+)'/.exec(screen) ?? [];
  const header = headerFile === undefined ? [] : [readFileSync(headerFile, 'utf8').trim().split(': ')];
  const ask = (): Promise<Response> =>
    fetch(`${url}/?output_format_json_quote_64bit_integers=0`, {
      method: 'POST',
      headers: Object.fromEntries(header) as Record<string, string>,
      body: `${query} FORMAT JSONEachRow`,
    });
  // A server may end a connection that lay idle just as it is used again: a question can be asked twice.
  const answer = await ask().catch((error: unknown) => {
    if ((error as { cause?: { code?: unknown } }).cause?.code !== 'ECONNRESET') throw error;
    return ask();
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]));
}

function found(text: string, pattern: RegExp): string {
  const match = pattern.exec(text)?.[1];
  if (match === undefined) throw new Error(`no ${String(pattern)} in:\n${text}`);
  return match;
}

let isBuilt = false;

function build(): void {
  if (isBuilt) return;
  isBuilt = true;
  const sources = ['operators', 'jobs', 'src'].flatMap((folder) => filesUnder(folder, '.ts'));
  const newestMs = Math.max(...sources.map((path) => statSync(join(ROOT, path)).mtimeMs));
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > newestMs) return;
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  // What it says of types is for `npm run check` to judge; it writes its output all the same.
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (!existsSync(PROGRAM)) throw new Error(`the build failed:\n${stdout}`);
}
