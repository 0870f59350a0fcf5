import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmbeddedClickHouse } from '../../../src/sinks/clickhouse-embedded.ts';
import { keepEmbedded } from '../../../src/sinks/clickhouse-embedded-keeper.ts';
import type { EmbeddedError } from '../../../src/sinks/embedded-error.ts';

let dataDir: string;
let server: EmbeddedClickHouse;
let deaths: string[];
let given: Promise<EmbeddedError>;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'weir-keeper-'));
  deaths = [];
  let giveUp = (_: EmbeddedError): void => {};
  given = new Promise((resolve) => (giveUp = resolve));
  server = await keepEmbedded({
    dataDir,
    onDeath: ({ message }) => deaths.push(message),
    onExit: (error) => giveUp(error),
  });
});

afterEach(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask(sql: string): Promise<string> {
  const headers = { ...server.headers, connection: 'close' };
  const answer = await fetch(server.url, { method: 'POST', body: sql, headers });
  return (await answer.text()).trim();
}

/** Kills it and waits until it answers again, with the same address and token. */
async function killOnce(): Promise<void> {
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  while ((await ask('SELECT 1').catch(() => '')) !== '1' || server.pid === pid) await sleep(20);
}

test('a server that dies is started again where it was, with what it held', async () => {
  await ask('CREATE DATABASE kept');
  await ask('CREATE TABLE kept.t (n UInt8) ENGINE = MergeTree ORDER BY n');
  await ask('INSERT INTO kept.t VALUES (42)');
  await killOnce();
  expect(await ask('SELECT n FROM kept.t')).toBe('42');
  expect(deaths).toEqual([expect.stringContaining('the embedded ClickHouse ended (signal SIGKILL')]);
});

test('one that dies again and again is given up', async () => {
  for (let death = 0; death < 3; death++) await killOnce();
  process.kill(server.pid, 'SIGKILL');
  expect((await given).message).toContain('the embedded ClickHouse ended (signal SIGKILL');
  expect(deaths).toHaveLength(3);
});

test('one that dies while it is told to stop stays dead', async () => {
  process.kill(server.pid, 'SIGKILL');
  await sleep(50);
  await server.stop();
  await expect(ask('SELECT 1')).rejects.toThrow();
});
