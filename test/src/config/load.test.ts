import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { LEAVES } from '../../../src/config/leaves.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-config-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(yaml: string | Uint8Array, environment: Record<string, string> = {}): Promise<Config> {
  const file = join(directory, 'weir.yaml');
  await writeFile(file, yaml);
  return (await loadConfig({ file, environment })).config;
}

/** The problems of a configuration, with the directory cut off. */
async function problems(
  yaml: string | Uint8Array,
  environment: Record<string, string> = {},
): Promise<readonly string[]> {
  const error = await load(yaml, environment).catch((caught: unknown) => caught);
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError, got ${inspect(error)}`);
  return error.problems.map((problem) => problem.replaceAll(`${directory}/`, ''));
}

describe('values', () => {
  it('come from defaults where nothing is said', async () => {
    const config = await load('');
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8889 });
    expect(config.kafka.topics).toMatchObject([{ name: 'jaeger-spans', encoding: 'auto', rekey: false }]);
    expect(config.engine.slotMessages).toBeNull();
  });

  it('come from the file, then the environment, then flags', async () => {
    const yaml = 'http: {port: 1}\nengine: {flushMs: 2}\ndemo: {enabled: false}\n';
    const environment = { WEIR_HTTP_PORT: '3', WEIR_DEMO_ENABLED: 'false', WEIR_ENGINE_FLUSH_MS: '' };
    await load(yaml);
    const { config } = await loadConfig({
      file: join(directory, 'weir.yaml'),
      environment,
      overrides: [{ path: ['demo', 'enabled'], value: true, origin: '--demo' }],
    });
    expect([config.http.port, config.engine.flushMs, config.demo.enabled]).toEqual([3, 2, true]);
  });

  it('of lists and sections in lists are YAML in the environment, text is taken as it is', async () => {
    const config = await load('', {
      WEIR_KAFKA_BROKERS: '[a:9092, b:9092]',
      WEIR_KAFKA_TOPICS: '[{name: spans, encoding: jaeger_json}]',
      WEIR_KAFKA_CLIENT_ID: '12: 34',
      WEIR_ENGINE_SLOT_MESSAGES: 'null',
    });
    expect(config.kafka).toMatchObject({
      brokers: ['a:9092', 'b:9092'],
      topics: [{ name: 'spans', encoding: 'jaeger_json' }],
      clientId: '12: 34',
    });
  });

  it.each([
    'clickhouse: {ttlDays: 2}\nengine: {windowMs: 172800000}\n',
    'clickhouse: {ttlDays: 0}\nengine: {windowMs: 172801000}\n',
    'http: {port: 0}\notlpHttp: {port: 0}\n',
    'http: {port: 7000}\notlpHttp: {port: 7000, enabled: false}\n',
    'http: {port: 7000}\notlpHttp: {port: 7000, host: 127.0.0.2}\n',
    'engine: {lookbackSpans: 67108864}\nclickhouse: {embedded: {memoryBytesMax: 268435456}}\n',
  ])('that can be together are taken: %s', async (yaml) => {
    await load(yaml);
  });

  it('of a section whose keys are all commented out are its defaults', async () => {
    expect((await load('kafka:\n  # brokers: []\n')).kafka.groupId).toBe('weir');
  });
});

describe('every key', () => {
  it('has a description and an environment variable of its own', () => {
    expect(LEAVES.filter(({ description }) => description === '')).toEqual([]);
    const names = LEAVES.flatMap(({ environmentName }) => environmentName ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('WEIR_CLICKHOUSE_EMBEDDED_MEMORY_BYTES_MAX');
  });
});

describe('problems', () => {
  it.each([
    ['kafka:\n  broker: []\n', 'weir.yaml:2:3: kafka.broker: unknown key. Did you mean "brokers"?'],
    ['htttp: {}\n', 'weir.yaml:1:1: htttp: unknown key. Did you mean "http"?'],
    ['log: {colour: 1}\n', 'weir.yaml:1:7: log.colour: unknown key. Known here: level, format.'],
    [
      'kafka:\n  topics:\n    - name: a\n    - {name: b, encoding: otlp-proto}\n',
      'weir.yaml:4:17: kafka.topics[1].encoding: expected one of auto, otlp_proto, otlp_json, jaeger_proto, jaeger_json, zipkin_json, zipkin_proto. Did you mean "otlp_proto"?',
    ],
    ['kafka:\n  topics:\n    - {encoding: auto}\n', 'weir.yaml:3:7: kafka.topics[0].name: required'],
    ...[
      ['kafka: {topics: [{name: a/b}]}\n', '19: kafka.topics[0].name'],
      ['kafka: {topics: [{name: a, stubTopic: ..}]}\n', '28: kafka.topics[0].stubTopic'],
      ['kafka: {deadLetterTopic: dead letters}\n', '9: kafka.deadLetterTopic'],
    ].map(([yaml, place]) => [
      yaml!,
      `weir.yaml:1:${place!}: Kafka's topics are called by 1 to 249 letters, digits, dots, dashes or underscores`,
    ]),
    [
      'kafka: {groupId: jaeger-ingester}\n',
      "weir.yaml:1:9: kafka.groupId: belongs to another program, which would lose messages; choose a name of Weir's own",
    ],
    [
      'kafka:\n  deadLetterTopic: a\n  topics: [{name: a}]\n',
      'weir.yaml:2:3: kafka.deadLetterTopic: topic "a" is read too, so that its dead letters would become messages again without end; name a topic that nobody reads spans from',
    ],
    [
      'kafka:\n  deadLetterTopic: weir-stubs-a\n  topics: [{name: a, rekey: true}]\n',
      'weir.yaml:2:3: kafka.deadLetterTopic: topic "weir-stubs-a" is read too, so that its dead letters would become messages again without end; name a topic that nobody reads spans from',
    ],
    [
      'kafka:\n  topics:\n    - {name: a, rekey: true, stubTopic: b}\n    - {name: b}\n',
      'weir.yaml:3:30: kafka.topics[0].stubTopic: topic "b" is used already; each re-keyed topic needs one of its own',
    ],
    [
      'kafka:\n  topics:\n    - {name: a, rekey: true, partitions: [0], stubPartitions: 3}\n',
      'weir.yaml:3:47: kafka.topics[0].stubPartitions: leave it out: with `partitions` given, stubs are read from the partitions of the same numbers',
    ],
    ['jobs: red\n', 'weir.yaml:1:1: jobs: expected a list, such as [a, b], found text'],
    ['red: 7\n', 'weir.yaml:1:1: red: expected a section with keys, found a number'],
    ['http: {port: 70000}\n', 'weir.yaml:1:8: http.port: expected at most 65535'],
    [
      'clickhouse: {password: 1234}\n',
      'weir.yaml:1:14: clickhouse.password: expected text, found a number; put it in quotes',
    ],
    ...['http://u:s3cret@db:8123', 'http://db:8123/?password=s3cret'].map((url) => [
      `clickhouse: {url: "${url}"}\n`,
      'weir.yaml:1:14: clickhouse.url: expected an address alone, since it is printed and logged; a name and a password go into clickhouse.username and clickhouse.password',
    ]),
    ...[
      ['clickhouse', 'database: Function'],
      ['clickhouse', 'database: table'],
      ['clickhouse', 'database: INFORMATION_SCHEMA'],
      ['clickhouse', 'database: _temporary_and_external_tables'],
      ['dependencies', 'jaeger: {database: system}'],
    ].map(([section, line]) => [
      `${section}: {${line}}\n`,
      expect.stringMatching(
        /\.database: choose another name: ClickHouse has a meaning of its own for function, table, system/,
      ) as string,
    ]),
    [
      'engine: {windowMs: 1500}\n',
      'weir.yaml:1:10: engine.windowMs: expected whole seconds: a multiple of 1000',
    ],
    [
      'kafka: {start: yesterday}\n',
      'weir.yaml:1:9: kafka.start: expected earliest, latest, or an RFC 3339 time such as 2026-01-31T00:00:00Z',
    ],
    [
      'http:\n  host: 0.0.0.0\n',
      'weir.yaml:2:3: http.host: not a loopback address; set http.token or http.tokenFile, or http.allowUnauthenticated: true',
    ],
    [
      'kafka: {sasl: {mechanism: plain, username: u, password: p}}\n',
      'weir.yaml:1:16: kafka.sasl.mechanism: plain sends the password in the clear; set kafka.tls.enabled: true, or kafka.insecure: true to accept that',
    ],
    [
      'kafka: {topics: [{name: a, tenant: x}]}\n',
      'weir.yaml:1:28: kafka.topics[0].tenant: add "x" to tenants.names',
    ],
    [
      'dependencies: {jaeger: {database: weir}}\n',
      'weir.yaml:1:25: dependencies.jaeger.database: the same as clickhouse.database; name that of Jaeger',
    ],
    [
      'dependencies: {jaeger: {database: jaeger, tenant: x}}\n',
      'weir.yaml:1:43: dependencies.jaeger.tenant: add "x" to tenants.names',
    ],
    [
      'otlpHttp: {requestBytesMax: 51, bufferBytesMax: 101}\n',
      'weir.yaml:1:12: otlpHttp.requestBytesMax: must fit twice into bufferBytesMax',
    ],
    [
      'otlpHttp: {requestBytesMax: 26, bufferBytesMax: 200, tenantShare: 0.25}\ntenants: {names: [a, b]}\n',
      'weir.yaml:1:12: otlpHttp.requestBytesMax: must fit twice into the tenantShare of bufferBytesMax',
    ],
    ['otlpHttp: {tenantShare: 0}\n', 'weir.yaml:1:12: otlpHttp.tenantShare: expected more than 0'],
    [
      'clickhouse: {ttlDays: 2}\nengine: {windowMs: 172801000}\n',
      'weir.yaml:2:10: engine.windowMs: longer than the 2 days that rows are kept; shorten it (at most 172800000), or raise clickhouse.ttlDays',
    ],
    [
      'tenants:\n  names:\n    - a\n    - b\n    - a\n',
      'weir.yaml:5:7: tenants.names[2]: "a" is listed twice; keep one',
    ],
    ['engine: {flushMs: 3000000000}\n', 'weir.yaml:1:10: engine.flushMs: expected at most 86400000'],
    ['jobs: [red, red]\n', 'weir.yaml:1:13: jobs[1]: "red" is listed twice; keep one'],
    ['red: {dimensions: [a, a]}\n', 'weir.yaml:1:23: red.dimensions[1]: "a" is listed twice; keep one'],
    [
      'kafka: {topics: [{name: a, partitions: [0, 3, 3]}]}\n',
      'weir.yaml:1:47: kafka.topics[0].partitions[2]: "3" is listed twice; keep one',
    ],
    ...['a:99999', 'a:65536', 'a:0', 'a', 'http://a:1'].map((broker) => [
      `kafka: {brokers: [b:65535, "${broker}"]}\n`,
      'weir.yaml:1:28: kafka.brokers[1]: expected host:port, with a port from 1 to 65535',
    ]),
    [
      'clickhouse:\n  embedded: {memoryBytesMax: 1}\n',
      'weir.yaml:2:14: clickhouse.embedded.memoryBytesMax: expected at least 268435456',
    ],
    [
      'engine: {lookbackSpans: 67108865}\n',
      'weir.yaml:1:10: engine.lookbackSpans: expected at most 67108864',
    ],
    ...['127.0.0.1', 'localhost', '0.0.0.0'].map((host) => [
      `http: {port: 7000}\notlpHttp: {port: 7000, host: "${host}", allowUnauthenticated: true}\n`,
      'weir.yaml:2:12: otlpHttp.port: the same as http.port; give one of them another, or 0 for a free one',
    ]),
    ['- a\n', 'weir.yaml:1:1: expected sections such as "kafka:", found a list'],
  ])('name place, key and cure: %s', async (yaml, expected) => {
    expect(await problems(yaml)).toEqual([expected]);
  });

  it('are all reported at once', async () => {
    expect(await problems('http: {port: x}\nlog: {level: loud}\n')).toHaveLength(2);
  });

  it('name the line of what is no YAML', async () => {
    expect((await problems('kafka:\n  brokers: [a\n'))[0]).toMatch(/^weir\.yaml:\d+:\d+: not YAML: /);
    expect((await problems('http: {}\nhttp: {}\n'))[0]).toMatch(/^weir\.yaml:2:1: not YAML: /);
  });

  it('say how a file is written that is not UTF-8', async () => {
    expect(await problems(Buffer.from('http: {}\n# gr\u00f6\u00dfer\n', 'latin1'))).toEqual([
      'weir.yaml:2:5: not UTF-8 but, as it seems, Latin-1 or Windows-1252; save the file as UTF-8',
    ]);
    expect(await problems(Buffer.from('\uFEFFhttp: {}\n', 'utf16le'))).toEqual([
      'weir.yaml:1:1: not UTF-8 but, as it seems, UTF-16; save the file as UTF-8',
    ]);
  });

  it('name the environment variable', async () => {
    expect(await problems('', { WEIR_HTTP_PORT: 'x' })).toEqual([
      'environment variable WEIR_HTTP_PORT: http.port: expected a number, found text',
    ]);
    expect((await problems('', { WEIR_KAFKA_BROKERS: '[a' }))[0]).toMatch(
      /^environment variable WEIR_KAFKA_BROKERS: not YAML/,
    );
  });

  it('name a file that cannot be read', async () => {
    const loading = loadConfig({ file: join(directory, 'none.yaml'), environment: {} });
    await expect(loading).rejects.toThrow(/none\.yaml: cannot be read \(ENOENT\)/);
  });

  it('warn of variables that mean nothing, but not of those Kubernetes sets', async () => {
    const { warnings } = await loadConfig({
      environment: {
        WEIR_KAFKA_BROKER: 'a',
        WEIR_SERVICE_HOST: '10.0.0.1',
        WEIR_PORT_8889_TCP: 'x',
        WEIR_DEBUG: '1',
      },
    });
    expect(warnings).toEqual([
      'environment variable WEIR_KAFKA_BROKER is not known and was ignored. Did you mean "WEIR_KAFKA_BROKERS"?',
    ]);
  });
});

describe('secrets', () => {
  it('are seen by nobody who prints the configuration', async () => {
    const config = await load('', { WEIR_HTTP_TOKEN: 'canary', WEIR_CLICKHOUSE_PASSWORD: 'canary' });
    expect(config.http.token?.reveal()).toBe('canary');
    expect(JSON.stringify(config)).not.toContain('canary');
    expect(inspect(config, { depth: 9, showHidden: true })).not.toContain('canary');
    expect(String(config.http.token)).toBe('***');
  });

  it('come from files, without their final newline', async () => {
    const file = join(directory, 'token');
    await writeFile(file, 'canary\n');
    expect((await load(`http: {tokenFile: ${file}}\n`)).http.token?.reveal()).toBe('canary');
    expect((await load('', { WEIR_HTTP_TOKEN_FILE: file })).http.token?.reveal()).toBe('canary');
  });

  it('are refused in a file that is not UTF-8', async () => {
    const file = join(directory, 'token');
    await writeFile(file, Buffer.from('\uFEFFcanary\r\n', 'utf16le'));
    expect(await problems(`http: {tokenFile: ${file}}\n`)).toEqual([
      'weir.yaml:1:8: http.tokenFile: token is not UTF-8 but, as it seems, UTF-16; save it as UTF-8',
    ]);
  });

  it('are refused where no header can carry them', async () => {
    const message = 'no header can carry it: keep to ASCII, without a blank at either end';
    for (const token of ['schlüssel', 'canary ', ' canary', 'can\tary'])
      expect(await problems(`http: {token: ${JSON.stringify(token)}}\n`)).toEqual([
        `weir.yaml:1:8: http.token: ${message}`,
      ]);
    const file = join(directory, 'blank');
    await writeFile(file, 'canary \n');
    expect(await problems(`http: {tokenFile: ${file}}\n`)).toEqual([expect.stringContaining(message)]);
    expect((await load('http: {token: "can ary"}\n')).http.token?.reveal()).toBe('can ary');
  });

  it('are refused where given twice or in a file that is not there', async () => {
    expect(await problems('http: {token: a, tokenFile: b}\n')).toEqual([
      'weir.yaml:1:18: http.tokenFile: http.token is given too; keep one of them',
    ]);
    expect(await problems('http: {tokenFile: /nowhere/token}\n')).toEqual([
      'weir.yaml:1:8: http.tokenFile: cannot read /nowhere/token (ENOENT)',
    ]);
  });
});
