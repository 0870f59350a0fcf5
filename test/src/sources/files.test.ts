import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Encoding } from '../../../src/codecs/codec.ts';
import { MESSAGE_BYTES_MAX } from '../../../src/limits.ts';
import { FileLog, type FileLogOptions, type FileProgress } from '../../../src/sources/files.ts';
import type { LogBatch } from '../../../src/sources/log-source.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Read {
  /** Each message as `place: text`. */
  readonly messages: readonly string[];
  readonly values: readonly Uint8Array[];
  readonly batches: readonly LogBatch[];
  readonly failures: readonly string[];
  readonly progress: readonly FileProgress[];
}

async function read(
  files: readonly string[],
  encoding: Encoding = 'auto',
  options: Partial<FileLogOptions> = {},
): Promise<Read> {
  const batches: LogBatch[] = [];
  const failures: string[] = [];
  const progress: FileProgress[] = [];
  const log = new FileLog({ files, encoding, onProgress: (step) => progress.push(step), ...options });
  await log.start({
    assigned: async (topic, partition) => {
      log.seek(topic, partition, 0);
    },
    messages: async (batch) => {
      batches.push(batch);
    },
    lost() {},
    failed: (error) => failures.push(error.message),
  });
  await log.finished.catch(() => undefined);
  const values = batches.flatMap((batch) => Array.from(batch.values, (value) => value!));
  const messages = values.map((value, offset) => {
    const { file, line } = log.placeOf(offset);
    return `${file.slice(file.lastIndexOf('/') + 1)}:${line}: ${new TextDecoder().decode(value)}`;
  });
  return { messages, values, batches, failures, progress };
}

async function* chunked(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const PRETTY = JSON.stringify({ resourceSpans: [{ note: 'a "quoted { brace"' }] }, null, 2);
const PRETTY_ARRAY = JSON.stringify([{ traceId: '1' }, { traceId: '2' }], null, 2);
/** An OTLP request that begins like blank JSON: `\n{\n"`. */
const TRICKY_PROTO = Uint8Array.of(0x0a, 0x7b, 0x0a, 0x22, ...new Uint8Array(121).fill(0x20), 0x12, 0x00);

describe('span files as a log', () => {
  test('one document per line, blank lines and line ends aside', async () => {
    const file = write('a.ndjson', '\n{"a":1}\r\n\n  {"a":2} \n{"a":3}');
    expect((await read([file])).messages).toEqual([
      'a.ndjson:2: {"a":1}',
      'a.ndjson:4: {"a":2}',
      'a.ndjson:5: {"a":3}',
    ]);
  });

  test('a broken line is one message, and spoils no other', async () => {
    const file = write('a.ndjson', '{"a":"cut off\n{"a":2}\n{"a":[\n{"a":4}\n');
    expect((await read([file])).messages).toEqual([
      'a.ndjson:1: {"a":"cut off',
      'a.ndjson:2: {"a":2}',
      'a.ndjson:3: {"a":[',
      'a.ndjson:4: {"a":4}',
    ]);
  });

  test('one document over many lines, object or array', async () => {
    const { messages } = await read(
      [write('o.json', PRETTY), write('z.json', `\n${PRETTY_ARRAY}\n`)],
      'zipkin_json',
    );
    expect(messages).toEqual([`o.json:1: ${PRETTY}`, `z.json:2: ${PRETTY_ARRAY}`]);
  });

  test('an array on one line is one message', async () => {
    expect((await read([write('z.json', '[{"a":1},{"a":2}]\n')])).messages).toEqual([
      'z.json:1: [{"a":1},{"a":2}]',
    ]);
  });

  test('a byte order mark is no part of the document', async () => {
    expect((await read([write('a.json', '\ufeff{"a":1}\n')])).messages).toEqual(['a.json:1: {"a":1}']);
  });

  test('a binary file is one message, byte for byte, even where it looks like text at first', async () => {
    const file = write('a.bin', TRICKY_PROTO);
    for (const encoding of ['auto', 'otlp_proto'] as const) {
      const { values, messages } = await read([file, file], encoding);
      expect(values.map((value) => [...value])).toEqual([[...TRICKY_PROTO], [...TRICKY_PROTO]]);
      expect(messages[1]).toMatch(/^a\.bin:0: /);
    }
  });

  test('empty files hold no message', async () => {
    expect((await read([write('e', ''), write('b', ' \n\n')])).messages).toEqual([]);
    expect((await read([write('p', '')], 'otlp_proto')).messages).toEqual([]);
  });

  test('files follow each other in the order given, under one run of offsets, without timestamps', async () => {
    const { messages, batches } = await read([write('b', '{"a":1}\n{"a":2}'), write('a', '{"a":3}')]);
    expect(messages).toEqual(['b:1: {"a":1}', 'b:2: {"a":2}', 'a:1: {"a":3}']);
    expect(
      batches.map(({ topic, partition, offsets, nextOffset }) => [
        topic,
        partition,
        [...offsets],
        nextOffset,
      ]),
    ).toEqual([
      ['replay', 0, [0, 1], 2],
      ['replay', 0, [2], 3],
    ]);
    expect(batches.flatMap(({ timestampsMs }) => [...timestampsMs])).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });

  test('`-` is standard input', async () => {
    const { messages, progress } = await read(['-'], 'auto', { stdin: chunked('{"a":1}\n{"a":2}\n', 3) });
    expect(messages).toEqual(['standard input:1: {"a":1}', 'standard input:2: {"a":2}']);
    expect(progress.at(-1)).toEqual({
      files: 1,
      filesDone: 1,
      bytesRead: 16,
      bytesTotal: undefined,
      messages: 2,
    });
  });

  test('progress counts files, bytes and messages up to their totals', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `{"a":${i}}`).join('\n');
    const { progress, messages } = await read([write('a', lines), write('b', '{}')]);
    expect(messages.length).toBe(2001);
    expect(messages[1999]).toBe('a:2000: {"a":1999}');
    expect(progress.length).toBeGreaterThan(5);
    const bytes = lines.length + 2;
    expect(progress.at(-1)).toEqual({
      files: 2,
      filesDone: 2,
      bytesRead: bytes,
      bytesTotal: bytes,
      messages: 2001,
    });
  });

  test('a line, a document or a binary file beyond the cap fails with its place', async () => {
    const long = ' '.repeat(MESSAGE_BYTES_MAX);
    const line = await read([write('l.ndjson', `{"a":1}\n{"a":2}\n{"a":"${long}"}\n`)]);
    expect(line.failures).toEqual([
      expect.stringMatching(/l\.ndjson:3: a line is longer than 16 MiB.*one document per line/),
    ]);
    const document = await read([
      write('d.json', `{\n"a":"${long.slice(0, -30)}",\n"b":1,\n"c":"${' '.repeat(100)}"}`),
    ]);
    expect(document.failures).toEqual([expect.stringMatching(/d\.json:4: a document is longer/)]);
    const binary = await read([write('p.bin', new Uint8Array(MESSAGE_BYTES_MAX + 1))]);
    expect(binary.failures).toEqual([expect.stringMatching(/p\.bin: a message is longer/)]);
  });

  test.each<readonly [string, Uint8Array, RegExp]>([
    ['gzip', gzipSync('{}\n'), /is gzip: unpack it first, with gunzip$/],
    ['zstd', Buffer.from('28b52ffd2400', 'hex'), /is zstd: unpack it first, with unzstd$/],
    ['UTF-16 with a mark', Buffer.from('\uFEFF{}\n', 'utf16le'), /is UTF-16: save it as UTF-8, for example/],
    ['UTF-16', Buffer.from('{}\n', 'utf16le'), /is UTF-16: save it as UTF-8, for example/],
    [
      'big-endian UTF-16',
      Buffer.from('[]\n', 'utf16le').swap16(),
      /is UTF-16: save it as UTF-8, for example/,
    ],
  ])('what is %s is refused with the way to read it', async (_name, bytes, reason) => {
    for (const encoding of ['auto', 'otlp_json', 'otlp_proto'] as const) {
      const { messages, failures } = await read([write('spans', bytes)], encoding);
      expect(messages).toEqual([]);
      expect(failures).toEqual([expect.stringMatching(reason)]);
      expect(failures[0]).toContain(join(folder, 'spans'));
    }
  });

  test('a missing file and a directory fail before anything is read', async () => {
    const good = write('a', '{}');
    await expect(read([good, join(folder, 'absent')])).rejects.toThrow(/absent: no such file/);
    await expect(read([good, folder])).rejects.toThrow(/is a directory: name the files in it/);
  });

  test('reading waits for the listener, while paused, and ends with stop', async () => {
    const seen: number[] = [];
    const log = new FileLog({
      files: [write('a', '{}'), write('b', '{}'), write('c', '{}')],
      encoding: 'auto',
    });
    await log.start({
      assigned: () => Promise.resolve(),
      messages: async (batch) => {
        seen.push(batch.offsets[0]!);
        if (seen.length === 1) {
          log.pause();
          setImmediate(() => log.resume());
        } else await log.stop();
      },
      lost() {},
      failed(error) {
        throw error;
      },
    });
    expect(await log.finished).toBe(2);
    expect(seen).toEqual([0, 1]);
    expect(() => log.seek('replay', 0, 0)).toThrow(/BUG/);
  });

  test('law: how the bytes are cut into chunks does not show', async () => {
    const document = fc.oneof(
      fc.json().filter((json) => json.startsWith('{') || json.startsWith('[')),
      fc.constant('{"open":['),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        async (documents, size) => {
          // A first line that is open makes the file one document.
          const text = ['{}', ...documents].join('\n');
          const { messages } = await read(['-'], 'otlp_json', { stdin: chunked(text, size) });
          expect(messages).toEqual(['{}', ...documents].map((json, i) => `standard input:${i + 1}: ${json}`));
        },
      ),
      { numRuns: 50 },
    );
  });
});
