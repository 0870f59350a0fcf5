/** Canaries: secrets with unlikely texts go into the configuration, everything goes wrong at debug level, and nobody may have seen one. */
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningWeir, runWeir, startWeir, workDirectory } from '../support/weir-process.ts';

const CANARY = 'canary7f3a';
const TOKEN = `${CANARY}-token`;
const PASSWORD = `${CANARY}-password`;
const DEBUG = { WEIR_DEBUG: '1', WEIR_LOG_LEVEL: 'trace', WEIR_HTTP_TOKEN: TOKEN };

let directory: Awaited<ReturnType<typeof workDirectory>>;
/** Takes connections and ends them. */
let rude: Server;
let rudePort: number;

beforeAll(async () => {
  directory = await workDirectory();
  rude = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 500 No\r\n\r\n'));
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
  rudePort = (rude.address() as AddressInfo).port;
});

afterAll(async () => {
  rude.close();
  await directory.remove();
});

function config(): object {
  return {
    kafka: {
      brokers: [`127.0.0.1:${rudePort}`],
      insecure: true,
      sasl: { mechanism: 'plain', username: 'weir', password: PASSWORD },
    },
    clickhouse: { url: `http://127.0.0.1:${rudePort}`, username: 'weir', password: PASSWORD },
    http: { token: TOKEN },
  };
}

it.each([
  ['check', ['check']],
  ['start', ['start']],
  ['schema', ['schema']],
])('weir %s, where every server is rude', async (_, args) => {
  const environment = {
    WEIR_DEBUG: '1',
    WEIR_LOG_LEVEL: 'trace',
    WEIR_HTTP_PORT: '0',
    WEIR_OTLP_HTTP_PORT: '0',
  };
  const { code, stdout, stderr } = await runWeir(directory.path, args, { config: config(), environment });
  if (args[0] !== 'schema') expect(code).not.toBe(0);
  expect(`${stdout.toString()}${stderr}`).not.toBe('');
  expect(stdout.toString()).not.toContain(CANARY);
  expect(stderr).not.toContain(CANARY);
});

it.each([
  ['a secret that is a list', { http: { token: [TOKEN] } }],
  ['a secret given twice', { http: { token: TOKEN, tokenFile: './token' } }],
  ['an address with a password', { clickhouse: { url: `http://weir:${PASSWORD}@127.0.0.1:1` } }],
  ['an address with a token', { clickhouse: { url: `http://127.0.0.1:1/?password=${PASSWORD}` } }],
  ['a secret under a key that is not known', { http: { tokn: TOKEN } }],
])('%s is refused, and not shown', async (_, wrong) => {
  await writeFile(join(directory.path, 'token'), TOKEN);
  const { code, stdout, stderr } = await runWeir(directory.path, ['start'], { config: wrong });
  expect(code).toBe(2);
  expect(stderr).not.toBe('');
  expect(`${stdout.toString()}${stderr}`).not.toContain(CANARY);
});

it('a Weir that runs: its screen, log, answers and metrics', async () => {
  const weir = await startWeir(directory.path, ['--demo'], {
    config: {},
    environment: DEBUG,
  });
  const said: string[] = [weir.screen];
  for (const path of ['/metrics', '/api/services', '/api/metrics/calls', '/livez', '/readyz', '/nowhere'])
    for (const authorization of [`Bearer ${TOKEN}`, `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, ''])
      said.push(await answerOf(weir, path, authorization));
  const { code, stdout, stderr } = await weir.end('SIGTERM');
  expect(code).toBe(0);
  expect(said.some((text) => text.includes('weir_'))).toBe(true);
  expect([...said, stdout.toString(), stderr].filter((text) => text.includes(CANARY))).toEqual([]);
});

async function answerOf(weir: RunningWeir, path: string, authorization: string): Promise<string> {
  const response = await weir.get(path, authorization === '' ? {} : { authorization });
  return `${JSON.stringify([...response.headers])}${await response.text()}`;
}
