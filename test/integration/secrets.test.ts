/**
 * Canaries: secrets with unlikely texts go into the configuration, everything goes wrong at debug level, and nobody may have seen one, plain or as a
 * header encodes it: neither on the screen and in the log, nor in answers, metrics, reports, dead letters or tables.
 */
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse } from '../support/clickhouse.ts';
import { readLetters } from '../support/dead-letters.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { sdkEncoded } from '../support/plain-messages.ts';
import { sdkMessages } from '../support/real-sdk.ts';
import { type RunningWeir, runWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';

const CANARY = 'canary7f3a';
const TOKEN = `${CANARY}-token`;
const PASSWORD = `${CANARY}-password`;
const USERNAME = 'weir';
/** What a request to ClickHouse carries. */
const BASIC = Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64');
const SEEN = new RegExp(`${CANARY}|${BASIC}`);
const DEBUG = { WEIR_DEBUG: '1', WEIR_LOG_LEVEL: 'trace', WEIR_HTTP_TOKEN: TOKEN };

let directory: Awaited<ReturnType<typeof workDirectory>>;
/** Answers whatever it is asked with an error that repeats the question, as the page of a proxy in trouble might. */
let rude: Server;
let rudePort: number;

beforeAll(async () => {
  directory = await workDirectory();
  rude = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (question: Buffer) => {
      socket.end(Buffer.concat([Buffer.from('HTTP/1.1 500 No\r\nconnection: close\r\n\r\n'), question]));
    });
  });
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
      sasl: { mechanism: 'plain', username: USERNAME, password: PASSWORD },
    },
    clickhouse: { url: `http://127.0.0.1:${rudePort}`, username: USERNAME, password: PASSWORD },
    http: { token: TOKEN },
  };
}

it.each([
  ['check', ['check']],
  ['start', ['start']],
  ['schema', ['schema']],
  ['report', ['report', 'cart']],
  ['report --url', ['report', 'cart', '--url', 'http://RUDE']],
])('weir %s, where every server is rude', async (_, args) => {
  const environment = {
    WEIR_DEBUG: '1',
    WEIR_LOG_LEVEL: 'trace',
    WEIR_HTTP_PORT: '0',
    WEIR_OTLP_HTTP_PORT: '0',
  };
  const given = args.map((arg) => arg.replace('RUDE', `127.0.0.1:${rudePort}`));
  const { code, stdout, stderr } = await runWeir(directory.path, given, { config: config(), environment });
  if (args[0] !== 'schema') expect(code).not.toBe(0);
  expect(`${stdout.toString()}${stderr}`).not.toBe('');
  expect(stdout.toString()).not.toMatch(SEEN);
  expect(stderr).not.toMatch(SEEN);
});

it.each([
  ['a secret that is a list', { http: { token: [TOKEN] } }],
  ['a secret given twice', { http: { token: TOKEN, tokenFile: './token' } }],
  ['an address with a password', { clickhouse: { url: `http://weir:${PASSWORD}@127.0.0.1:1` } }],
  ['an address with a token', { clickhouse: { url: `http://127.0.0.1:1/?password=${PASSWORD}` } }],
  ['a secret under a key that is not known', { http: { tokn: TOKEN } }],
  ['a secret in a section that is a text', { http: TOKEN }],
])('%s is refused, and not shown', async (_, wrong) => {
  await writeFile(join(directory.path, 'token'), TOKEN);
  const { code, stdout, stderr } = await runWeir(directory.path, ['start'], { config: wrong });
  expect(code).toBe(2);
  expect(stderr).not.toBe('');
  expect(`${stdout.toString()}${stderr}`).not.toContain(CANARY);
});

it.each([
  ['an alias', `*${PASSWORD}`],
  ['a block', `|${PASSWORD}`],
  ['a quote without end', `"${PASSWORD}`],
  ['a list without end', `[${PASSWORD}`],
  ['a key', `{${PASSWORD}: 1`],
])('a password that YAML takes for %s is refused, and not shown', async (_, text) => {
  await writeFile(join(directory.path, 'weir.yaml'), `clickhouse:\n  password: ${text}\n`);
  const { code, stdout, stderr } = await runWeir(directory.path, ['start']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/weir\.yaml:.*not YAML/);
  expect(`${stdout.toString()}${stderr}`).not.toMatch(SEEN);
});

it('a key that is no PEM is refused, and not shown', async () => {
  await writeFile(join(directory.path, 'key.pem'), PASSWORD);
  const tls = { enabled: true, certFile: 'key.pem', keyFile: 'key.pem' };
  const { code, stdout, stderr } = await runWeir(directory.path, ['check'], {
    config: { kafka: { brokers: [`127.0.0.1:${rudePort}`], tls } },
    environment: DEBUG,
  });
  expect(code).not.toBe(0);
  expect(`${stdout.toString()}${stderr}`).not.toMatch(SEEN);
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
  expect([...said, stdout.toString(), stderr].filter((text) => SEEN.test(text))).toEqual([]);
});

const reason = kafkaSkipReason(['4.3.1']);

describe.skipIf(reason !== undefined)(
  `what a Weir writes${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    const TOPIC = 'canaries';

    it('holds no secret: dead letters, stubs, committed offsets, tables', async () => {
      const kafka = await sharedKafka('4.3.1');
      const store = await startTestClickHouse([]);
      // It lets the requests through with credentials of its own.
      const proxy = await FaultProxy.open(store.options, 1);
      await kafka.createTopic(TOPIC, { partitions: 1 });
      const topics = [{ name: TOPIC, encoding: 'auto', rekey: true }];
      const weir = await startWeir(directory.path, [], {
        config: {
          kafka: { brokers: kafka.brokers, topics, deadLetterTopic: `${TOPIC}-letters`, groupId: TOPIC },
          clickhouse: { url: proxy.url, username: USERNAME, password: PASSWORD },
          otlpHttp: { enabled: false },
          jobs: ['red', 'dependencies', 'paths', 'quality'],
          engine: { flushMs: 100 },
        },
        environment: DEBUG,
      });
      const producer = kafka.client.producer();
      await producer.connect();
      const [sdk] = sdkEncoded(
        sdkMessages({ seed: 1, messages: 1, spansPerMessage: 9, startMs: Date.now(), spreadMs: 1 }),
        'otlp_proto',
        [],
      );
      const values = [
        Buffer.from(sdk!.value),
        Buffer.from('no spans at all'),
        Buffer.from('{"resourceSpans":['),
      ];
      await producer.send({ topic: TOPIC, messages: values.map((value) => ({ value })) });
      await producer.disconnect();
      await untilTrue(weir, async () => {
        const [row] = await weir.sql<{ read: number }>(
          `SELECT count() AS read FROM weir.progress WHERE hi = if(topic = '${TOPIC}', 3, 1)`,
        );
        return row!.read >= 2;
      });
      const written = await Promise.all([
        readLetters(kafka, `${TOPIC}-letters`, 2),
        readLetters(kafka, `weir-stubs-${TOPIC}`, 1),
        committed(kafka, TOPIC),
        ...(await tablesOf(weir)).map((table) => weir.sql(`SELECT * FROM weir.${table}`)),
        weir.sql("SELECT * FROM system.tables WHERE database = 'weir'"),
      ]);
      const answers = await Promise.all(['/metrics', '/readyz'].map((path) => answerOf(weir, path, TOKEN)));
      const { stdout, stderr } = await weir.end('SIGTERM');
      await proxy.close();
      await store.stop();
      expect(written.filter((part) => part.length === 0)).toEqual([]);
      const said = [...written.map((part) => JSON.stringify(part)), ...answers, stdout.toString(), stderr];
      expect(said.filter((text) => SEEN.test(text))).toEqual([]);
    });
  },
);

/** Tables that hold something; views and what a job has nothing for are left out. */
async function tablesOf(weir: RunningWeir): Promise<readonly string[]> {
  const rows = await weir.sql<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'weir' AND total_rows > 0",
  );
  return rows.map(({ name }) => name);
}

async function committed(kafka: TestKafka, groupId: string): Promise<readonly unknown[]> {
  const admin = kafka.client.admin();
  await admin.connect();
  const offsets = await admin.fetchOffsets({ groupId });
  const { groups } = await admin.describeGroups([groupId]);
  await admin.disconnect();
  const members = groups.flatMap((group) =>
    group.members.map((member) => ({
      ...member,
      memberMetadata: member.memberMetadata.toString('latin1'),
      memberAssignment: member.memberAssignment.toString('latin1'),
    })),
  );
  return [...offsets, ...members];
}

async function answerOf(weir: RunningWeir, path: string, authorization: string): Promise<string> {
  const response = await weir.get(path, authorization === '' ? {} : { authorization });
  return `${JSON.stringify([...response.headers])}${await response.text()}`;
}
