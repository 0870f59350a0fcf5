/** `weir report`, run as users run it: against a running Weir's API, and against a ClickHouse server of the configuration. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QualityReport } from '../../src/report/quality-report.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import { type TestApi, startTestApi } from '../support/api-server.ts';
import { type BuiltCli, type Outcome, buildCli } from '../support/built-cli.ts';
import { type TestClickHouse, startTestClickHouse } from '../support/clickhouse.ts';
import { clientTableRows, qualityTableRows, testQualityTables } from '../support/quality-table-rows.ts';

const TOKEN = 'the-secret';
const WINDOW_MS = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;

let cli: BuiltCli;
let clickHouse: TestClickHouse;
let api: TestApi;
let door: Server;
let folder: string;
/** Configuration files: of a Weir that listens, and of a ClickHouse server. */
let ofWeir: string;
let ofStore: string;

beforeAll(async () => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'weir-report-'));
  clickHouse = await startTestClickHouse([testQualityTables()]);
  const place = { topic: 't', generation: 1, partition: 0, origin: 0, watermarkMs: 0, fingerprint: 'f' };
  const of = { tenant: 'b', windowMs: WINDOW_MS, operation: 'GET /' };
  const verdicts = qualityTableRows([
    { ...of, service: 'cart', check: 'has_server_span', failed: 180, failExamples: ['abc/def'] },
    { ...of, service: 'cart', check: 'low_cardinality_name', passed: 180 },
    { ...of, service: 'web', check: 'low_cardinality_name', passed: 5, failed: 5 },
    { ...of, tenant: 'a', service: 'other', check: 'has_server_span', failed: 1 },
  ]);
  const clients = clientTableRows([{ ...of, service: 'cart', version: '1.9.1', spans: 180 }]);
  await clickHouse.sink.writeRows([{ ...place, hi: 1, rows: [verdicts, clients] }]);
  api = await startTestApi({
    reader: clickHouse.reader,
    tenants: ['a', 'b'],
    auth: { tokens: [TOKEN], allowUnauthenticated: false },
    basePath: '/weir',
    quality: { checks: await loadChecks(), minVersionOf: () => undefined },
  });
  door = await openDoor(clickHouse);
  const { port } = new URL(api.url);
  const both = { tenants: { names: ['a', 'b'] } };
  ofWeir = file('weir.yaml', { ...both, http: { port: Number(port), token: TOKEN, basePath: '/weir' } });
  ofStore = file('store.yaml', {
    ...both,
    clickhouse: { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}` },
  });
});

afterAll(async () => {
  door.close();
  await api.stop();
  await clickHouse.stop();
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A ClickHouse that anybody on this machine may ask, as a server has it. */
async function openDoor({ options }: TestClickHouse): Promise<Server> {
  const server = createServer((asked, answer) => {
    const { authorization: _, host: __, ...headers } = asked.headers;
    const passed = request(
      `${options.url}${asked.url ?? ''}`,
      { method: asked.method, headers: { ...headers, ...options.headers } },
      (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      },
    );
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function file(name: string, config: object): string {
  const path = join(folder, name);
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function report(...args: readonly string[]): Promise<Outcome> {
  return cli.run(['report', ...args]);
}

describe.each([
  ['a running Weir', () => ofWeir],
  ['the configured ClickHouse', () => ofStore],
])('weir report, asking %s', (_, config) => {
  it('says what is wrong with a service', async () => {
    const { code, stdout, stderr } = await report('cart', '--config', config(), '--tenant', 'b');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Trace quality of cart\n.* 180 spans judged\.\n/);
    expect(stdout).toMatch(/1\. \+\d+\.\d {2}Emits server spans: 180 of 180 failed \(100\.0 %\)/);
    expect(stdout).toContain('see http://localhost:16686/trace/abc?uiFind=def');
    expect(stdout).toMatch(/python +opentelemetry +1\.9\.1/);
  });

  it('ranks all services', async () => {
    const { stdout } = await report('--config', config(), '--tenant', 'b', '--format', 'json');
    const { services, service } = JSON.parse(stdout) as QualityReport;
    expect(service).toBeNull();
    expect(services.map((line) => line.service)).toEqual(['cart', 'web']);
  });

  it('is for the first tenant unless told otherwise', async () => {
    const { stdout } = await report('--config', config(), '--format', 'json');
    expect((JSON.parse(stdout) as QualityReport).services.map((line) => line.service)).toEqual(['other']);
  });

  it('writes Markdown and HTML, with links into the Jaeger it is told', async () => {
    const jaeger = ['--jaeger-url', 'https://jaeger.example/ui/'];
    const of = ['cart', '--config', config(), '--tenant', 'b', ...jaeger];
    const html = await report(...of, '--format', 'html');
    expect(html.stdout).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    const markdown = await report(...of, '--format', 'markdown');
    expect(markdown.stdout).toMatch(/^# Trace quality of cart\n/);
    for (const { stdout } of [html, markdown])
      expect(stdout).toContain('https://jaeger.example/ui/trace/abc?uiFind=def');
  });
});

it('asks the address it is told', async () => {
  const config = file('elsewhere.yaml', { tenants: { names: ['a', 'b'] }, http: { port: 1, token: TOKEN } });
  const { code, stdout } = await report('cart', '-c', config, '-t', 'b', '--url', `${api.url}/weir/`);
  expect(code).toBe(0);
  expect(stdout).toContain('Emits server spans');
});

it('says where nothing was judged because the job does not run', async () => {
  const config = JSON.parse(readFileSync(ofStore, 'utf8')) as object;
  const { code, stdout, stderr } = await report(
    '-c',
    file('red.yaml', { ...config, jobs: ['red'] }),
    'nobody',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('nothing was judged');
  expect(stderr).toBe('weir: job quality is not among `jobs` of this configuration: add quality there\n');
});

it('says where to look instead, where nothing was judged', async () => {
  expect((await report('-c', ofStore, 'nobody')).stderr).toBe(
    'weir: look further back with --hours; for another tenant than a with --tenant; or leave the name out, which lists all services\n',
  );
  const config = file('one.yaml', { http: { token: TOKEN } });
  const { code, stderr } = await report('-c', config, '--url', `${api.url}/weir`, '-t', 'a', 'nobody');
  expect(code).toBe(0);
  expect(stderr).toBe(
    'weir: look further back with --hours; or leave the name out, which lists all services\n',
  );
});

describe('fails in words:', () => {
  it.each([
    [['--hours', '0'], 2, /^weir: --hours 0: expected a whole number from 1 to \d+\n$/],
    [['--hours', 'two'], 2, /^weir: --hours two: /],
    [
      ['--jaeger-url', 'jaeger'],
      2,
      /^weir: --jaeger-url jaeger: expected an http:\/\/ or https:\/\/ address\n$/,
    ],
    [['--format', 'pdf'], 2, /Allowed choices are table, markdown, html, json/],
    [
      ['--url', 'http://127.0.0.1:1'],
      1,
      /^weir: nothing answers at http:\/\/127\.0\.0\.1:1: start Weir there/,
    ],
  ])('%j', async (args, code, said) => {
    const ended = await report(...args);
    expect(ended.stderr).toMatch(said);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe('');
  });

  it('a token that is wrong, and never shows one', async () => {
    const config = file('wrong.yaml', { http: { token: 'not-it' } });
    const { code, stderr } = await report('-c', config, '--url', `${api.url}/weir`, '-t', 'a');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /answers 401: missing or wrong bearer token: it is http\.token of the configuration\n$/,
    );
    expect(stderr).not.toContain('not-it');
  });

  it('no token, where one is asked for', async () => {
    const { code, stderr } = await report('--url', `${api.url}/weir`, '-t', 'a');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      / of the configuration; name the file that holds it with --config, or set WEIR_HTTP_TOKEN\n$/,
    );
    const tenant = await report('-c', ofWeir, '-t', 'c');
    expect(tenant.stderr).toMatch(/answers 401: unknown tenant\n$/);
  });

  it('a store without the views', async () => {
    const config = file('empty.yaml', {
      ...(JSON.parse(readFileSync(ofStore, 'utf8')) as object),
      clickhouse: { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, database: 'nothing' },
    });
    const { code, stderr } = await report('-c', config);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^weir: database nothing has no view `quality`: add quality to `jobs`, and start Weir\n/,
    );
  });
});
