/**
 * The embedded ClickHouse: chdb's library in a child process, serving ClickHouse's own HTTP interface on the loopback address. In goes a
 * data directory, out comes where to reach it. Every request but `/ping` needs the token made at each start. The child outlives this
 * process by some seconds at most. chdb is looked for only when this is called: an external server needs none of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHILD_PROGRAM } from './clickhouse-embedded-child.ts';
import { type Libraries, findLibraries } from './clickhouse-embedded-libraries.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { EmbeddedError } from './embedded-error.ts';

const MEMORY_BYTES_MAX = 1 << 30;
const START_TIMEOUT_MS = 60_000;
/** Longer than a server lives without its parent. */
const LOCK_WAIT_MS = 8000;
const LOCK_RETRY_MS = 250;
/** It would wait 5 s for idle connections. */
const STOP_GRACE_MS = 1000;
/** As much of what the child says as an error message can hold. */
const LOG_CHARS_MAX = 8192;

export const TOKEN_HEADER = 'X-Weir-Token';

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** What the server may hold for its queries, merges and caches; default 1 GiB. */
  readonly memoryBytesMax?: number;
  /** Default: any free port. */
  readonly port?: number;
  /** What requests must carry; default: made anew. */
  readonly token?: string;
  readonly startTimeoutMs?: number;
  /** How long to wait for a directory in use: a process that was killed leaves its server behind for some seconds. Default 8 s. */
  readonly lockWaitMs?: number;
  /** Called when the server ends without having been told to. */
  readonly onExit?: (error: EmbeddedError) => void;
}

export interface EmbeddedClickHouse {
  readonly url: string;
  /** Headers every request needs. */
  readonly headers: Readonly<Record<string, string>>;
  /** File with those headers, for `curl -H @file`. */
  readonly headerFile: string;
  readonly pid: number;
  /** Lets running queries end within the grace, then insists. Resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
}

/** Throws EmbeddedError and nothing else when it cannot start. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedClickHouse> {
  const deadlineMs = Date.now() + (options.lockWaitMs ?? LOCK_WAIT_MS);
  for (;;) {
    try {
      return await startOnce(options);
    } catch (error) {
      const isLocked = error instanceof EmbeddedError && error.code === 'locked';
      if (!isLocked || Date.now() > deadlineMs) throw error;
      await sleep(LOCK_RETRY_MS);
    }
  }
}

async function startOnce(options: EmbeddedOptions): Promise<EmbeddedClickHouse> {
  const libraries = findLibraries();
  const directory = await openDataDirectory(path.resolve(options.dataDir));
  const token = options.token ?? randomBytes(24).toString('hex');
  const runDir = await mkdtemp(path.join(os.tmpdir(), 'weir-clickhouse-'));
  try {
    await writeFile(path.join(runDir, 'config.xml'), serverConfig(token, options), { mode: 0o600 });
    const child = spawnServer({ libraries, directory, runDir, port: options.port ?? 0 });
    const port = await startedPort(child, path.join(runDir, 'port'), options);
    const header = `${TOKEN_HEADER}: ${token}\n`;
    await writeFile(directory.headerFile, header, { mode: 0o600 });
    if (options.onExit !== undefined) reportExit(child, options.dataDir, options.onExit);
    return {
      url: `http://127.0.0.1:${port}`,
      headers: { [TOKEN_HEADER]: token },
      headerFile: directory.headerFile,
      pid: child.process.pid!,
      stop: (graceMs = STOP_GRACE_MS) => stopServer(child, graceMs),
    };
  } finally {
    // The token is in there, and the server has read it.
    await rm(runDir, { recursive: true, force: true });
  }
}

interface Server {
  readonly process: ChildProcess;
  readonly exited: Promise<string>;
  log: string;
  isStopping: boolean;
}

function serverConfig(token: string, options: EmbeddedOptions): string {
  const memoryBytesMax = options.memoryBytesMax ?? MEMORY_BYTES_MAX;
  return `<clickhouse>
  <http_handlers>
    <rule><url>/ping</url><handler><type>ping</type></handler></rule>
    <rule>
      <headers><${TOKEN_HEADER}>${token}</${TOKEN_HEADER}></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
  </http_handlers>
  <keep_alive_timeout>30</keep_alive_timeout>
  <max_server_memory_usage>${memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>${Math.floor(memoryBytesMax / 16)}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
</clickhouse>
`;
}

interface Spawning {
  readonly libraries: Libraries;
  readonly directory: DataDirectory;
  readonly runDir: string;
  readonly port: number;
}

function spawnServer({ libraries, directory, runDir, port }: Spawning): Server {
  // The last query ends with standard input, and with it the server. The semicolon tells a whole port number from half of one.
  const sql = `SYSTEM START LISTEN HTTP;
INSERT INTO FUNCTION file('${path.join(runDir, 'port')}', 'TSV', 'p String') SELECT concat(toString(getServerPort('http_port')), ';');
SELECT count() FROM file('-', 'LineAsString', 'l String')`;
  const options = ['--path', directory.clickhouse, `--config-file=${path.join(runDir, 'config.xml')}`];
  const listen = [`--http_port=${port}`, '--listen_host=127.0.0.1', '--implicit_select=0', '--query', sql];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [
      '--input-type=commonjs',
      '-e',
      CHILD_PROGRAM,
      '--',
      String(process.pid),
      libraries.ffi,
      libraries.chdb,
      ...options,
      ...listen,
    ],
    // Detached: Ctrl-C in a terminal reaches the whole process group, and the last flush still needs the server.
    { stdio: ['pipe', 'ignore', 'pipe'], cwd: directory.clickhouse, env, detached: true },
  );
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const server: Server = { process: child, exited, log: '', isStopping: false };
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    server.log = (server.log + text).slice(-LOG_CHARS_MAX);
  });
  return server;
}

async function startedPort(server: Server, portFile: string, options: EmbeddedOptions): Promise<number> {
  let ended: string | undefined;
  void server.exited.then((how) => (ended = how));
  const deadlineMs = Date.now() + (options.startTimeoutMs ?? START_TIMEOUT_MS);
  for (;;) {
    const text = existsSync(portFile) ? await readFile(portFile, 'utf8') : '';
    const port = /^(\d+);/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
    if (ended !== undefined) throw await startError(server, ended, options);
    if (Date.now() > deadlineMs) {
      server.process.kill('SIGKILL');
      await server.exited;
      throw new EmbeddedError(
        'start_timeout',
        `the embedded ClickHouse did not start in time (data directory ${options.dataDir}): ${server.log.trim() || 'it said nothing'}`,
      );
    }
    await sleep(10);
  }
}

async function startError(server: Server, ended: string, options: EmbeddedOptions): Promise<EmbeddedError> {
  const said = server.log.trim();
  if (/CANNOT_OPEN_FILE|Cannot lock file/.test(said) && said.includes('status')) {
    const status = await readFile(path.resolve(options.dataDir, 'clickhouse', 'status'), 'utf8').catch(
      () => '',
    );
    const pid = /PID: (\d+)/.exec(status)?.[1];
    const owner = pid === undefined ? 'another process' : `process ${pid}`;
    return new EmbeddedError(
      'locked',
      `data directory ${options.dataDir} is in use by ${owner}. Stop that one (is Weir already running?), or choose another directory.`,
    );
  }
  if (said.includes('NETWORK_ERROR') || said.includes('Address already in use'))
    return new EmbeddedError(
      'start_failed',
      `the embedded ClickHouse cannot listen on 127.0.0.1:${options.port}: the port is taken. Choose another, or 0 for any free one.`,
    );
  return new EmbeddedError(
    'start_failed',
    `the embedded ClickHouse failed to start (${ended}, data directory ${options.dataDir}): ${said || 'it said nothing'}`,
  );
}

function reportExit(server: Server, dataDir: string, onExit: (error: EmbeddedError) => void): void {
  void server.exited.then((how) => {
    if (server.isStopping) return;
    const said = server.log.trim() || 'it said nothing';
    onExit(
      new EmbeddedError(
        'start_failed',
        `the embedded ClickHouse ended (${how}, data directory ${dataDir}): ${said}`,
      ),
    );
  });
}

async function stopServer(server: Server, graceMs: number): Promise<void> {
  server.isStopping = true;
  server.process.stdin!.end();
  const insist = setTimeout(() => server.process.kill('SIGTERM'), graceMs);
  const force = setTimeout(() => server.process.kill('SIGKILL'), graceMs + 2000);
  await server.exited;
  clearTimeout(insist);
  clearTimeout(force);
}
