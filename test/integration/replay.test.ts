/** `weir replay` over files of every encoding and shape: its rows are the naive oracle's, ordered by key, and its exit codes mean what `--help` says. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordBatchReader } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf, ONE_ENCODINGS, type OneEncoding } from '../support/encoders.ts';
import { type EncodedMessage, sdkEncoded } from '../support/plain-messages.ts';
import { expectedRed, expectRed } from '../support/public-views.ts';
import { sdkMessages } from '../support/real-sdk.ts';
import { type RedViewRow, viewKey } from '../support/red-view-oracle.ts';
import { type Ended, runWeir, type WeirOptions, workDirectory } from '../support/weir-process.ts';

const START_MS = Date.parse('2026-09-21T14:13:00Z');
const RED_COLUMNS =
  'table tenant window_start service operation span_kind dimensions spans calls errors duration_us_sum duration_us_min ' +
  'duration_us_max duration_us_p50 duration_us_p75 duration_us_p95 duration_us_p99';

const sdk = sdkMessages({
  seed: 5,
  messages: 12,
  spansPerMessage: 6,
  startMs: START_MS,
  spreadMs: 150_000,
});
const encoded = new Map(ONE_ENCODINGS.map((encoding) => [encoding, sdkEncoded(sdk, encoding, [])]));

let directory: Awaited<ReturnType<typeof workDirectory>>;

beforeAll(async () => {
  directory = await workDirectory();
});
afterAll(() => directory.remove());

describe('weir replay', () => {
  it.each(ONE_ENCODINGS)('gives the rows of %s files, told and by auto', async (encoding) => {
    const messages = encoded.get(encoding)!;
    const files = filesOf(encoding, messages);
    for (const flags of [['--encoding', encoding], []]) {
      const ended = await replay([...flags, ...files]);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).toBe(`weir: 72 spans in ${messages.length} messages\n`);
      expectRows(ended, messages);
    }
  });

  it('reads a document over many lines, and standard input among files', async () => {
    const [first, ...rest] = encoded.get('jaeger_json')!;
    const pretty = file('pretty.json', JSON.stringify(JSON.parse(textOf(first!)), undefined, 2));
    const input = Buffer.from(rest.map(textOf).join('\r\n'));
    expectRows(await replay([pretty, '-'], { input }), [first!, ...rest]);
  });

  it('counts a span once, however many files and encodings hold it', async () => {
    const files = [
      ...filesOf('otlp_proto', encoded.get('otlp_proto')!),
      ...filesOf('otlp_json', encoded.get('otlp_json')!),
    ];
    expectRows(await replay([...files, ...files]), encoded.get('otlp_proto')!);
  });

  it('prints the views of a job, ordered by key, columns as documented', async () => {
    // Resources name a tenant too: the one on the command line is that of all spans.
    const config = { tenants: { names: ['test'], attribute: 'deployment.environment.name' } };
    const files = filesOf('otlp_json', encoded.get('otlp_json')!);
    const flags = ['--config', 'weir.yaml', '--job', 'red', '--tenant', 'acme'];
    const { stdout } = await replay([...flags, ...files], { config });
    file('weir.yaml', '');
    const rows = rowsOf(stdout);
    expect(rows.every(({ tenant }) => tenant === 'acme')).toBe(true);
    expect([...new Set(rows.map(({ table }) => table))]).toEqual(['red', 'services', 'operations']);
    const red = rows.filter(({ table }) => table === 'red');
    for (const row of red) expect(Object.keys(row).join(' ')).toBe(RED_COLUMNS);
    expect(red[0]).toMatchObject({ window_start: '2026-09-21T14:13:00Z', dimensions: {} });
    const keys = red.map(({ window_start, service, operation, span_kind }) =>
      Buffer.from([window_start, service, operation, span_kind].join('\0')),
    );
    expect(keys).toEqual([...keys].sort((a, b) => a.compare(b)));
    const services = rows.filter(({ table }) => table === 'services').map(({ service }) => service);
    expect(services).toEqual(['checkout', 'frontend', 'köln-zoll', 'payment']);
  });

  it('uses the configuration for dimensions, and no store or source of it', async () => {
    const messages = sdkEncoded(sdk, 'otlp_json', ['http.request.method']);
    const config = {
      red: { dimensions: ['http.request.method'] },
      clickhouse: { url: 'http://127.0.0.1:9' },
      kafka: { brokers: ['127.0.0.1:9'] },
    };
    const ended = await replay(['--config', 'weir.yaml', ...filesOf('otlp_json', messages)], { config });
    expect(ended.code, ended.stderr).toBe(0);
    expectRed(viewOf(ended), expectedRed([logOf(messages)], { dimensions: ['http.request.method'] }));
    file('weir.yaml', '');
  });

  it('says where each message lies that it cannot decode, keeps the others, and exits 1', async () => {
    const [first, second] = encoded.get('zipkin_json')!;
    const mixed = file('mixed.json', `${textOf(first!)}\n{"neither": "span"}\n\n${textOf(second!)}\n[{]\n`);
    const broken = file('broken.bin', Uint8Array.of(0x0a, 0xff, 0x00));
    const ended = await replay([mixed, broken]);
    expect(ended.code).toBe(1);
    expectRows(ended, [first!, second!]);
    const lines = ended.stderr.split('\n');
    expect(lines[0]).toMatch(/^weir: mixed\.json:2: cannot be decoded \(unknown_encoding\): /);
    expect(lines[1]).toMatch(/^weir: mixed\.json:5: cannot be decoded \(\w+\): /);
    expect(lines[2]).toMatch(/^weir: broken\.bin: cannot be decoded \(\w+\): /);
    expect(lines.slice(3)).toEqual(['weir: 12 spans in 5 messages, 3 of them undecodable', '']);
  });

  it('invents no row of messages in another encoding than it is told, and exits 1', async () => {
    const [otlp] = filesOf('otlp_json', encoded.get('otlp_json')!);
    const jaeger = await replay(['--encoding', 'jaeger_json', '--job', 'red', otlp!]);
    expect(jaeger.code).toBe(1);
    expect(jaeger.stdout.toString()).toBe('');
    expect(jaeger.stderr).toMatch(/^weir: otlp_json\.json:1: cannot be decoded \(unknown_encoding\): /);
    const input = Buffer.from('{"a":1}\n{}');
    const told = await replay(['--encoding', 'otlp_json', '--job', 'red', '-'], { input });
    expect(told).toMatchObject({
      code: 1,
      stderr:
        'weir: 0 spans in 2 messages\n' +
        'weir: no message holds a span: is it really otlp_json? Without --encoding each message is looked at\n',
    });
    // Empty requests are OTLP's own.
    const auto = await replay(['--job', 'red', '-'], { input: Buffer.from('{}') });
    expect(auto).toMatchObject({ code: 0, stderr: 'weir: 0 spans in 1 message\n' });
  });

  it('prints calls and paths, the rows that a live Weir would hold', async () => {
    const [trace, root, client, server] = ['1'.repeat(32), ...['2', '3', '4'].map((id) => id.repeat(16))];
    const startUs = START_MS * 1000;
    const span = {
      traceId: trace,
      status: 0,
      startUs,
      durationUs: 500,
      tracestate: undefined,
      attributes: {},
    };
    const [value] = messagesOf('otlp_proto', [
      { ...span, spanId: server!, parentId: client!, service: 'cart', name: 'add', kind: 2 },
      { ...span, spanId: client!, parentId: root!, service: 'web', name: 'POST', kind: 3 },
      { ...span, spanId: root!, parentId: '', service: 'web', name: 'GET /', kind: 2 },
    ]);
    writeFileSync(join(directory.path, 'trace.bin'), value!);
    const { code, stdout, stderr } = await replay(['--job', 'dependencies,paths', 'trace.bin']);
    expect(code, stderr).toBe(0);
    const at = { tenant: 'default', window_start: '2026-09-21T14:13:00Z', errors: 0, examples: [trace] };
    const web = { service: 'web', operation: 'GET /' };
    const cart = { service: 'cart', operation: 'add' };
    const edge = { parent: 'web', child: 'cart', connection_type: 'direct', calls: 1 };
    const sums = { client_us_sum: 500, server_us_sum: 500, network_us_sum: 0 };
    const rows = rowsOf(stdout);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({ table: 'dependencies', ...at, ...edge, ...sums });
    expect(rows.slice(1)).toEqual([
      { table: 'paths', ...at, path: [web], spans: 2, leaves: 0, calls: 1 },
      { table: 'paths', ...at, path: [web, cart], spans: 1, leaves: 1, calls: 1 },
    ]);
  });

  it('prints tables for people', async () => {
    const { code, stdout } = await replay([
      '--job',
      'red',
      '--format',
      'table',
      ...filesOf('otlp_json', encoded.get('otlp_json')!),
    ]);
    expect(code).toBe(0);
    const text = stdout.toString();
    expect(text).toMatch(/^red\n┌─tenant[^]*^services\n┌─tenant[^]*^operations\n┌─tenant/m);
    expect(text).toMatch(/^│ default │ 2026-09-21 14:13:00 │ checkout +│/m);
    // Nothing beside the frame.
    expect(text.split('\n').filter((line) => !/^(\w*|[┌│└].*[┐│┘])$/.test(line))).toEqual([]);
  });

  it('prints each row of every table on a line of its own', async () => {
    const files = filesOf('otlp_json', encoded.get('otlp_json')!);
    const { stdout } = await replay(['--job', 'quality,paths', '--format', 'table', ...files]);
    const text = stdout.toString();
    expect(text).toMatch(/^quality\n┌─tenant[^]*^clients\n[^]*^paths\n┌─tenant/m);
    const rows = text.split('\n').filter((line) => line.startsWith('│'));
    expect(rows.filter((line) => !line.startsWith('│ default │ 2026-09-21 '))).toEqual([]);
  });

  it('prints Arrow streams for programs, one a view', async () => {
    const { code, stdout } = await replay([
      '--job',
      'red',
      '--format',
      'arrow',
      ...filesOf('otlp_json', encoded.get('otlp_json')!),
    ]);
    expect(code).toBe(0);
    const rows: number[] = [];
    for (const reader of RecordBatchReader.readAll(stdout))
      rows.push([...reader].reduce((sum, batch) => sum + batch.numRows, 0));
    const red = expectedRed([logOf(encoded.get('otlp_json')!)]);
    expect(rows).toHaveLength(3);
    expect(rows.slice(0, 2)).toEqual([red.size, 4]);
  });

  it('ends well where its reader stops reading, and leaves no folder behind', async () => {
    const spans = Array.from({ length: 2000 }, (_, at) => ({
      traceId: '1'.repeat(32),
      spanId: (at + 1).toString(16).padStart(16, '0'),
      name: `operation ${at}`,
      startTimeUnixNano: `${START_MS}000000`,
      endTimeUnixNano: `${START_MS}000000`,
    }));
    const input = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    const environment = { TMPDIR: join(directory.path, 'temporary') };
    mkdirSync(environment.TMPDIR);
    const through = ['sh', '-c', '{ "$@"; echo "exit code $?" >&2; } | head -n 1', 'sh'];
    const { stdout, stderr } = await replay(['--job', 'red', '-'], { input, environment, through });
    expect(stderr).toBe('weir: 2,000 spans in 1 message\nexit code 0\n');
    expect(rowsOf(stdout)).toHaveLength(1);
    expect(readdirSync(environment.TMPDIR)).toEqual([]);
  });

  it.each(['table', 'arrow', 'ndjson'])(
    'writes all views to a file as %s, and warns of nothing',
    async (format) => {
      const through = ['sh', '-c', 'exec "$@" > out', 'sh'];
      const files = filesOf('otlp_json', encoded.get('otlp_json')!);
      const ended = await replay(['--format', format, ...files], { through });
      expect(ended).toMatchObject({ code: 0, stderr: 'weir: 72 spans in 12 messages\n' });
      expect(readFileSync(join(directory.path, 'out')).length).toBeGreaterThan(0);
    },
  );

  it.each([
    [['absent.json'], 1, /^weir: absent\.json: no such file\n$/],
    [['.'], 1, /^weir: \.: is a directory: name the files in it/],
    [['-', '-'], 2, /^weir: standard input \(-\) can be read only once\n$/],
    [['--job', 'rad', '-'], 2, /^weir: --job: there is no job "rad"\. Did you mean "?red"?\?/],
    [
      ['--tenant', '', '-'],
      2,
      /^weir: --tenant : expected 1 to 64 letters, digits, dots, dashes or underscores\n$/,
    ],
    [['--encoding', 'otlp', '-'], 2, /Allowed choices are .*otlp_proto/],
    [['--format', 'csv', '-'], 2, /Allowed choices are ndjson, arrow, table/],
    [[], 2, /missing required argument/],
  ])('%j: exit %i', async (args, code, said) => {
    const ended = await replay(args);
    expect(ended.stderr).toMatch(said);
    expect(ended.code).toBe(code);
    expect(ended.stdout.toString()).toBe('');
  });

  it('has nothing to say of nothing', async () => {
    const ended = await replay(['-']);
    expect(ended).toMatchObject({ code: 0, stderr: 'weir: 0 spans in 0 messages\n' });
    expect(ended.stdout.toString()).toBe('');
  });
});

function replay(args: readonly string[], options: WeirOptions = {}): Promise<Ended> {
  return runWeir(directory.path, ['replay', ...args], options);
}

/** JSON messages in one file, a line each; binary ones in a file each. Names of files in the directory. */
function filesOf(encoding: OneEncoding, messages: readonly EncodedMessage[]): readonly string[] {
  if (encoding.endsWith('_json')) return [file(`${encoding}.json`, messages.map(textOf).join('\n'))];
  return messages.map(({ value }, at) => file(`${encoding}-${at}.bin`, value));
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(directory.path, name), content);
  return name;
}

function textOf({ value }: EncodedMessage): string {
  return Buffer.from(value).toString();
}

function expectRows(ended: Ended, messages: readonly EncodedMessage[]): void {
  expectRed(viewOf(ended), expectedRed([logOf(messages)]));
}

/** Records of files have no timestamp. */
function logOf(messages: readonly EncodedMessage[]) {
  return messages.map(({ spans }) => ({ spans, recordMs: Number.NaN }));
}

interface Row extends RedViewRow {
  readonly table: string;
  readonly tenant: string;
  readonly window_start: string;
  readonly service: string;
  readonly operation: string;
  readonly span_kind: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

function rowsOf(stdout: Buffer): readonly Row[] {
  return stdout
    .toString()
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]));
}

function viewOf({ stdout }: Ended): Map<string, RedViewRow> {
  const red = rowsOf(stdout).filter(({ table }) => table === 'red');
  return new Map(
    red.map((row) => {
      const window_start = Date.parse(row.window_start);
      return [viewKey({ ...row, window_start, dimensions: JSON.stringify(row.dimensions) }), row];
    }),
  );
}
