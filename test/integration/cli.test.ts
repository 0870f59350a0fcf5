/** The command line, run as users run it. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.ts';

let cli: BuiltCli;
let folder: string;
beforeAll(() => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'weir-cli-'));
});
afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

function document(spanId: string, name: string, kind: number, endMs: number, code = 0): object {
  const span = {
    traceId: '0102030405060708090a0b0c0d0e0f10',
    spanId,
    name,
    kind,
    startTimeUnixNano: '1790000000000000000',
    endTimeUnixNano: `${1790000000000 + endMs}000000`,
    status: { code },
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
}

const SERVER = document('0102030405060708', 'GET /', 2, 10);
const CLIENT = document('0102030405060709', 'SELECT', 3, 5, 2);
const ROW = {
  table: 'red',
  tenant: 'default',
  window_start: '2026-09-21T14:13:00Z',
  service: 'cart',
  dimensions: {},
  spans: 1,
  calls: 1,
};

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function rowsOf(stdout: string, table: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((row) => row['table'] === table);
}

describe('weir replay', () => {
  it('prints the rows of lines, pretty-printed documents and standard input, as one log', async () => {
    const lines = file('lines.json', `${JSON.stringify(SERVER)}\n\n${JSON.stringify(SERVER)}\n`);
    const pretty = file('pretty.json', JSON.stringify(CLIENT, null, 2));
    const more = document('010203040506070a', 'GET /', 2, 30);
    const { code, stdout, stderr } = await cli.run(['replay', lines, pretty, '-'], JSON.stringify(more));
    expect(stderr).toContain('4 spans in 4 messages');
    expect(code).toBe(0);
    expect(rowsOf(stdout, 'red')).toMatchObject([
      {
        ...ROW,
        operation: 'GET /',
        span_kind: 'server',
        spans: 2,
        calls: 2,
        errors: 0,
        duration_us_sum: 40_000,
        duration_us_max: 30_000,
      },
      { ...ROW, operation: 'SELECT', span_kind: 'client', errors: 1, duration_us_sum: 5000 },
    ]);
    expect(rowsOf(stdout, 'services')).toMatchObject([{ tenant: 'default', service: 'cart' }]);
  });

  it('prints dependencies: who calls whom, numbers as numbers, null where a side was not seen', async () => {
    const [caller, callee] = ['web', 'cart'].map((service, at) => {
      const half = document(`010203040506070${at}`, 'GET /', 3 - at, 10 - 4 * at) as {
        resourceSpans: { resource: object; scopeSpans: { spans: object[] }[] }[];
      };
      const { scopeSpans } = half.resourceSpans[0]!;
      const [span] = scopeSpans[0]!.spans;
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
      const spans = [at === 0 ? span : { ...span, parentSpanId: '0102030405060700' }];
      return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
    });
    const peer = document('0102030405060709', 'SELECT', 3, 5) as Record<string, unknown>;
    const database = JSON.stringify(peer).replace(
      '"status"',
      '"attributes":[{"key":"db.system","value":{"stringValue":"redis"}}],"status"',
    );
    const path = file('calls.json', [callee, caller].map((half) => JSON.stringify(half)).join('\n'));
    const { code, stdout } = await cli.run(['replay', '--job', 'dependencies', path, '-'], database);
    expect(code).toBe(0);
    const row = { table: 'dependencies', tenant: 'default', window_start: '2026-09-21T14:13:00Z', calls: 1 };
    expect(rowsOf(stdout, 'dependencies')).toMatchObject([
      {
        ...row,
        parent: 'cart',
        child: 'redis',
        connection_type: 'database',
        client_us_sum: 5000,
        server_us_p99: null,
      },
      {
        ...row,
        parent: 'web',
        child: 'cart',
        connection_type: 'direct',
        errors: 0,
        client_us_sum: 10_000,
        server_us_sum: 6000,
        network_us_p50: 0,
        examples: ['0102030405060708090a0b0c0d0e0f10'],
      },
    ]);
    expect(rowsOf(stdout, 'red')).toEqual([]);
  });

  it('names file and line of what cannot be decoded, prints the rest, and exits 1', async () => {
    const path = file('broken.json', `${JSON.stringify(SERVER)}\nnot json\n`);
    const { code, stdout, stderr } = await cli.run([
      'replay',
      '--encoding',
      'otlp_json',
      '--tenant',
      'shop',
      path,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${path}:2: cannot be decoded`);
    expect(rowsOf(stdout, 'red')).toMatchObject([{ tenant: 'shop', operation: 'GET /' }]);
  });

  it('prints tables and Arrow', async () => {
    const path = file('one.json', JSON.stringify(SERVER));
    const table = await cli.run(['replay', '--format', 'table', path]);
    expect(table.stdout).toMatch(/^red\n┌/m);
    const arrow = await cli.run(['replay', '--format', 'arrow', '--job', 'red', path]);
    expect(arrow.code).toBe(0);
    // An Arrow stream begins with four bytes of ones, which are no text.
    expect(arrow.stdout.startsWith('\uFFFD'.repeat(4))).toBe(true);
    expect(arrow.stdout).toContain('duration_us_p95');
  });

  it.each([
    [['replay', '/nowhere/spans.json'], 1, /nowhere\/spans\.json/],
    [['replay', '--job', 'rad', 'x'], 2, /^weir: --job: there is no job "rad"\. Did you mean "red"\?/],
    [['replay', '-', '-'], 2, /only once/],
    [['replay', '--encoding', 'thrift', 'x'], 2, /otlp_proto/],
    [['replay'], 2, /missing required argument/],
    [['stat'], 2, /Did you mean start/],
  ])('%j ends with %d and a reason', async (args, code, reason) => {
    const outcome = await cli.run(args);
    expect(outcome.stderr).toMatch(reason);
    expect(outcome.stderr).not.toContain('    at ');
    expect(outcome.code).toBe(code);
  });
});

describe('weir', () => {
  it.each([[[]], [['start']], [['replay']], [['schema']], [['check']]])(
    '%j --help says what it does and what its exit codes mean',
    async (command) => {
      const { code, stdout } = await cli.run([...command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Usage: weir/);
      expect(stdout).toMatch(/Exit codes:/);
      if (command[0] === 'start') expect(stdout).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf');
    },
  );

  it('prints its version', async () => {
    expect((await cli.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('schema prints the DDL, for one server and for a cluster', async () => {
    expect((await cli.run(['schema'])).stdout).toMatch(/CREATE TABLE IF NOT EXISTS weir\.red_v1/);
    expect((await cli.run(['schema', '--cluster', 'main'])).stdout).toContain('Replicated');
    expect((await cli.run(['schema', '--cluster', "x'"])).code).toBe(2);
  });

  it.each([['start'], ['check'], ['schema']])(
    '%s names the line of a job that there is not',
    async (command) => {
      const path = file('jobs.yaml', 'jobs:\n  - red\n  - bogus\n');
      const { code, stderr } = await cli.run([command, '--config', path]);
      expect(stderr).toMatch(`weir: ${path}:3:5: jobs[1]: there is no job "bogus". Known: `);
      expect(code).toBe(2);
      const said = await cli.run([command], '', { WEIR_JOBS: '[bogus]' });
      expect(said.stderr).toMatch('weir: environment variable WEIR_JOBS: jobs[0]: there is no job "bogus".');
    },
  );

  it('check fails where the embedded data cannot be kept, and start does not wait for ever', async () => {
    const newer = join(folder, 'newer');
    mkdirSync(newer);
    writeFileSync(join(newer, 'weir-format.json'), '{"format":99}');
    const refused: readonly [string, RegExp][] = [
      [newer, /was written by a newer release of Weir \(format 99;/],
      ['/proc/weir', /\/proc\/weir cannot be made in \/proc \(ENOENT\)\. Choose another directory/],
    ];
    for (const [path, reason] of refused) {
      const environment = { WEIR_CLICKHOUSE_EMBEDDED_PATH: path, WEIR_HTTP_PORT: '0' };
      const checked = await cli.run(['check'], '', environment);
      expect(checked.stdout).toMatch(/^FAIL {2}data directory/m);
      expect(checked.stdout).toMatch(reason);
      expect(checked.code).toBe(1);
      const started = await cli.run(['start'], '', environment);
      expect(started.stderr).toMatch(reason);
      expect(started.code).toBe(1);
    }
  });

  it('check fails where something cannot be reached, and says which', async () => {
    const { code, stdout } = await cli.run(['check'], '', {
      WEIR_KAFKA_BROKERS: '[127.0.0.1:1]',
      WEIR_CLICKHOUSE_URL: 'http://127.0.0.1:1',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL {2}ClickHouse/);
    expect(stdout).toMatch(/FAIL {2}Kafka at 127\.0\.0\.1:1/);
  });
});

describe('weir start', () => {
  it('shows what runs, takes pasted lines, and drains on SIGTERM', async () => {
    const child = cli.start(['start', '--demo'], folder, {
      WEIR_HTTP_PORT: '0',
      WEIR_OTLP_HTTP_PORT: '0',
      WEIR_ENGINE_FLUSH_MS: '300',
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
    child.stderr.resume();
    while (!screen.includes('OTEL_EXPORTER_OTLP_ENDPOINT')) await once(child.stdout, 'data');
    expect(screen).toContain('Demo shop');
    const address = /curl -s '(http:[^']+)\/api\/v3\/services'/.exec(screen)?.[1] ?? '';
    const get = async (path: string): Promise<string> => (await fetch(`${address}${path}`)).text();
    await expect.poll(() => get('/api/v3/services'), { timeout: 60_000 }).toContain('"frontend"');
    await expect
      .poll(() => get('/metrics'), { timeout: 60_000 })
      .toContain('traces_span_metrics_calls_total{');
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  });
});
