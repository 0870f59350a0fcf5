/** A data directory carries its format: what this release does not understand, it does not touch. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DATA_FORMAT, inspectDataDirectory, openDataDirectory } from '../../../src/sinks/data-directory.ts';

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'weir-data-'));
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

async function holding(files: Readonly<Record<string, string>>): Promise<string> {
  const dataDir = path.join(parent, 'data');
  await mkdir(dataDir, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(dataDir, name), text);
  return dataDir;
}

describe('a data directory', () => {
  test('is made where there is none, and opens again', async () => {
    const dataDir = path.join(parent, 'deep', 'data');
    const directory = await openDataDirectory(dataDir);
    expect(directory.clickhouse).toBe(path.join(dataDir, 'clickhouse'));
    expect((await readdir(dataDir)).sort()).toEqual(['clickhouse', 'weir-format.json']);
    expect(await readFile(path.join(dataDir, 'weir-format.json'), 'utf8')).toBe('{"format":1}\n');
    expect(await openDataDirectory(dataDir)).toEqual(directory);
  });

  test('may be a fresh volume, or one where writing the format was cut short', async () => {
    const dataDir = await holding({ 'weir-format.json.123.tmp': '{"for' });
    await mkdir(path.join(dataDir, 'lost+found'));
    await openDataDirectory(dataDir);
    expect(await readdir(dataDir)).toContain('weir-format.json');
  });

  test.each([
    [DATA_FORMAT + 1, 'a newer release'],
    [DATA_FORMAT - 1, 'an older release'],
  ])('of format %d is refused, with the way out', async (format, age) => {
    const dataDir = await holding({ 'weir-format.json': JSON.stringify({ format }) });
    await expect(openDataDirectory(dataDir)).rejects.toMatchObject({
      name: 'EmbeddedError',
      code: 'format',
      message: `data directory ${dataDir} was written by ${age} of Weir (format ${format}; this release reads ${DATA_FORMAT}). Run the release that wrote it, or choose another directory: Kafka is read again as far as its retention reaches.`,
    });
    expect(await readdir(dataDir)).toEqual(['weir-format.json']);
  });

  test.each(['', '{}', 'null', '{"format":"1"}', '{"format":1.5}'])(
    'whose format file says %j is refused',
    async (text) => {
      const dataDir = await holding({ 'weir-format.json': text });
      await expect(openDataDirectory(dataDir)).rejects.toThrow('does not name a format version');
    },
  );

  test('is inspected without being made or changed', async () => {
    const dataDir = path.join(parent, 'data');
    expect(await inspectDataDirectory(dataDir)).toBe('new');
    expect(await readdir(parent)).toEqual([]);
    await openDataDirectory(dataDir);
    const before = await readdir(dataDir);
    expect(await inspectDataDirectory(dataDir)).toBe('ours');
    expect(await readdir(dataDir)).toEqual(before);
    await writeFile(path.join(dataDir, 'weir-format.json'), '{"format":99}');
    await expect(inspectDataDirectory(dataDir)).rejects.toThrow(
      'written by a newer release of Weir (format 99;',
    );
  });

  test.each(['/proc/weir', '/proc', '/proc/weir/deeper'])(
    'that no user may write is refused, with the cure: %s',
    async (dataDir) => {
      for (const open of [openDataDirectory, inspectDataDirectory])
        await expect(open(dataDir)).rejects.toMatchObject({
          name: 'EmbeddedError',
          code: 'format',
          message: expect.stringMatching(
            /^data directory: \/proc\S* cannot be (written|made in \/proc) \(E[A-Z]+\).*\. Choose another directory \(clickhouse\.embedded\.path\), or let Weir's user read and write there\.$/,
          ) as string,
        });
    },
  );

  test('of which a part cannot be used is refused by its name', async () => {
    const dataDir = await holding({ clickhouse: '' });
    await expect(openDataDirectory(dataDir)).rejects.toThrow(
      `data directory: ${dataDir}/clickhouse cannot be a folder: ${dataDir}/clickhouse is a file. Choose another`,
    );
    await rm(path.join(dataDir, 'clickhouse'));
    await mkdir(path.join(dataDir, 'weir-format.json'));
    await expect(openDataDirectory(dataDir)).rejects.toThrow(
      `data directory: ${dataDir}/weir-format.json cannot be used (EISDIR). Choose another`,
    );
  });

  test('that holds something else is refused and left alone', async () => {
    const dataDir = await holding({ 'holiday.jpg': '' });
    await expect(openDataDirectory(dataDir)).rejects.toThrow(`files that are not Weir's (holiday.jpg)`);
    expect(await readdir(dataDir)).toEqual(['holiday.jpg']);
  });
});
