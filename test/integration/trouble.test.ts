/** `weir start` in a world that does not do its part: a store that never answers, one that dies, ports that others have. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.ts';
import { runWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';

let cli: BuiltCli;
let directory: Awaited<ReturnType<typeof workDirectory>>;
/** Takes connections and says nothing. */
let mute: Server;
let mutePort: number;
const FREE_PORTS = { WEIR_HTTP_PORT: '0', WEIR_OTLP_HTTP_PORT: '0' };

beforeAll(async () => {
  cli = buildCli();
  directory = await workDirectory();
  mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  mutePort = (mute.address() as AddressInfo).port;
});

afterAll(async () => {
  cli.remove();
  mute.close();
  await directory.remove();
});

it('ends on a signal while it still waits for a store', async () => {
  const child = cli.start(['start'], directory.path, {
    ...FREE_PORTS,
    WEIR_CLICKHOUSE_URL: `http://127.0.0.1:${mutePort}`,
  });
  const ended = once(child, 'exit');
  await once(mute, 'connection');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it.each([
  ['says once of each kernel that there is none', {}, 1],
  ['says nothing of a kernel that nobody wants', { WEIR_KERNEL: 'off' }, 0],
])('%s', async (_name, environment, times) => {
  // This build has none.
  const child = cli.start(['start'], directory.path, {
    ...FREE_PORTS,
    ...environment,
    WEIR_CLICKHOUSE_URL: `http://127.0.0.1:${mutePort}`,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close');
  await once(mute, 'connection');
  child.kill('SIGTERM');
  await closed;
  for (const kernel of ['the decode kernel', "the neighbourhood's kernel"])
    expect(stderr.split(`${kernel} cannot be loaded`)).toHaveLength(times + 1);
});

it('starts its store again when that died, and ends with 1 where it dies again and again', async () => {
  const weir = await startWeir(directory.path, ['--demo']);
  const statusFile = join(directory.path, 'weir-data/clickhouse/status');
  const pidOf = async (): Promise<number> =>
    Number(/PID: (\d+)/.exec(await readFile(statusFile, 'utf8').catch(() => ''))?.[1] ?? 0);
  let killed = 0;
  for (let death = 0; death < 4; death++) {
    await untilTrue(weir, async () => ![0, killed].includes(await pidOf()));
    await untilTrue(weir, async () => (await weir.sql('SELECT 1').catch(() => [])).length === 1);
    killed = await pidOf();
    process.kill(killed, 'SIGKILL');
  }
  const { code, stderr } = await weir.ended;
  expect(stderr.match(/the embedded ClickHouse is started again/g)).toHaveLength(3);
  expect(stderr).toContain(
    'weir: the embedded ClickHouse ended (signal SIGKILL, data directory ./weir-data)',
  );
  expect(code).toBe(1);
});

it.each([
  ['WEIR_HTTP_PORT', 'http.port'],
  ['WEIR_OTLP_HTTP_PORT', 'otlpHttp.port'],
])('names the key of a port that is taken: %s', async (variable, key) => {
  const { code, stderr } = await runWeir(directory.path, ['start'], {
    environment: { ...FREE_PORTS, [variable]: String(mutePort) },
  });
  expect(stderr).toBe(
    `weir: ${key}: ${mutePort} is in use; end the program that listens there, or set another port (${variable})\n`,
  );
  expect(code).toBe(2);
});

it.each([['start'], ['check']])('names the keys of a store that is not there: %s', async (command) => {
  const { code, stdout, stderr } = await runWeir(directory.path, [command], {
    environment: { ...FREE_PORTS, WEIR_CLICKHOUSE_URL: 'http://127.0.0.1:1' },
  });
  expect(`${stdout.toString()}${stderr}`).toMatch(
    /ClickHouse at http:\/\/127\.0\.0\.1:1: .*\. Check clickhouse\.url/,
  );
  expect(code).toBe(1);
});
