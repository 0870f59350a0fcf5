/** The embedded server as a process: it starts, refuses strangers, says why it cannot start, and never outlives its parent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHILD_PROGRAM } from '../../../src/sinks/clickhouse-embedded-child.ts';
import { type EmbeddedClickHouse, startEmbedded } from '../../../src/sinks/clickhouse-embedded.ts';
import { findLibraries } from '../../../src/sinks/clickhouse-embedded-libraries.ts';
import type { EmbeddedError } from '../../../src/sinks/embedded-error.ts';

let dataDir: string;
const running: EmbeddedClickHouse[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'weir-embedded-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(
  options: Partial<Parameters<typeof startEmbedded>[0]> = {},
): Promise<EmbeddedClickHouse> {
  const server = await startEmbedded({ dataDir, ...options });
  running.push(server);
  return server;
}

async function ask(server: EmbeddedClickHouse, sql: string): Promise<string> {
  // No kept-alive socket: the server would wait for it when it stops.
  const headers = { ...server.headers, connection: 'close' };
  const answer = await fetch(server.url, { method: 'POST', body: sql, headers });
  return (await answer.text()).trim();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function failure(options: Partial<Parameters<typeof startEmbedded>[0]>): Promise<EmbeddedError> {
  return start(options).then(
    () => expect.fail('it started'),
    (error: unknown) => error as EmbeddedError,
  );
}

describe('the embedded server', () => {
  test('answers with its token alone, and keeps what was written over a restart', async () => {
    const first = await start({ memoryBytesMax: 700_000_000 });
    expect(
      await ask(first, "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'"),
    ).toBe('700000000');
    await ask(first, 'CREATE DATABASE kept');
    await ask(first, 'CREATE TABLE kept.t (n UInt8) ENGINE = MergeTree ORDER BY n');
    expect(await ask(first, 'INSERT INTO kept.t VALUES (42)')).toBe('');
    const stranger = await fetch(`${first.url}/?query=SELECT+1`, { headers: { connection: 'close' } });
    expect(stranger.status).toBe(404);
    const ping = await fetch(`${first.url}/ping`, { headers: { connection: 'close' } });
    expect(await ping.text()).toBe('Ok.\n');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await ask(second, 'SELECT n FROM kept.t')).toBe('42');
    expect(second.headers).not.toEqual(first.headers);
  });

  test('writes its token where its owner alone can read it, and nowhere else', async () => {
    const server = await start();
    const [[name, token]] = Object.entries(server.headers) as [[string, string]];
    expect(await readFile(server.headerFile, 'utf8')).toBe(`${name}: ${token}\n`);
    expect((await stat(server.headerFile)).mode & 0o777).toBe(0o600);
    const args = await readFile(`/proc/${server.pid}/cmdline`, 'utf8').catch(() => '');
    expect(args).not.toContain(token);
    const left = (await readdir(os.tmpdir())).filter((file) => file.startsWith('weir-clickhouse-'));
    for (const file of left) {
      const config = await readFile(path.join(os.tmpdir(), file, 'config.xml'), 'utf8').catch(() => '');
      expect(config).not.toContain(token);
    }
  });

  test('says when another process has the directory', async () => {
    const server = await start();
    const error = await failure({ lockWaitMs: 0 });
    expect(error).toMatchObject({ name: 'EmbeddedError', code: 'locked' });
    expect(error.message).toContain(`data directory ${dataDir} is in use by process ${server.pid}`);
    expect(await ask(server, 'SELECT 1')).toBe('1');
  });

  test('says when the port is taken, or the directory cannot be written', async () => {
    const server = await start();
    const port = Number(new URL(server.url).port);
    const error = await failure({ dataDir: path.join(dataDir, 'another'), port });
    expect(error).toMatchObject({ code: 'start_failed' });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    const file = path.join(dataDir, 'file');
    await writeFile(file, '');
    const unusable = await failure({ dataDir: file });
    expect(unusable).toMatchObject({ name: 'EmbeddedError', code: 'format' });
    expect(unusable.message).toContain(file);
  });

  test('gives up when it takes too long, and leaves no process behind', async () => {
    const error = await failure({ startTimeoutMs: 0 });
    expect(error).toMatchObject({ code: 'start_timeout' });
    expect(await ask(await start(), 'SELECT 1')).toBe('1');
  });

  test('reports an end nobody asked for', async () => {
    const ended = new Promise<EmbeddedError>((resolve) => {
      void start({ onExit: resolve }).then((server) => process.kill(server.pid, 'SIGKILL'));
    });
    const error = await ended;
    expect(error.code).toBe('start_failed');
    expect(error.message).toContain(`ended (signal SIGKILL, data directory ${dataDir})`);
  });

  test('ends with its parent, even one killed outright in the middle of a query', async () => {
    const { ffi, chdb } = findLibraries();
    // The shape of startEmbedded, in a process of its own that can be killed.
    const parentProgram = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['--input-type=commonjs', '-e', ${JSON.stringify(CHILD_PROGRAM)}, '--', String(process.pid), ...process.argv.slice(1)],
  { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
console.log(child.pid);
setInterval(() => {}, 1000);`;
    const busy = `SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS function_sleep_max_microseconds_per_block = 0, max_block_size = 1`;
    const parent = spawn(
      process.execPath,
      [
        '--input-type=commonjs',
        '-e',
        parentProgram,
        '--',
        ffi,
        chdb,
        '--path',
        path.join(dataDir, 'ch'),
        '--query',
        busy,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    while (!(await readdir(dataDir)).includes('ch')) await sleep(20);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    while (isAlive(pid)) await sleep(50);
  });
});
