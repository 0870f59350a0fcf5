/**
 * The data directory of the embedded ClickHouse. It carries the version of its format, so that a release never writes into what it does
 * not understand: in goes a path, out comes where ClickHouse keeps its files, or an error that names the way out.
 */
import { access, constants, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { obstacleAt } from './folder-obstacle.ts';

/** Counts up when files written by this release would mislead an older one, or the other way round. */
export const DATA_FORMAT = 1;

const FORMAT = 'weir-format.json';
const CLICKHOUSE = 'clickhouse';
const HEADER = 'sql.header';

/** What may lie there before the format is written: an earlier attempt's half, a fresh volume's own folder. */
const OURS = /^(weir-format\.json\..*|lost\+found)$/;

export interface DataDirectory {
  /** Where ClickHouse keeps its files. */
  readonly clickhouse: string;
  /** `X-Weir-Token: ...`, for `curl -H @file`. Readable by its owner alone. */
  readonly headerFile: string;
}

/** Opens or creates a data directory. Throws EmbeddedError `format` for one that is not ours to write. */
export async function openDataDirectory(dataDir: string): Promise<DataDirectory> {
  const directory = {
    clickhouse: path.join(dataDir, CLICKHOUSE),
    headerFile: path.join(dataDir, HEADER),
  };
  if ((await inspectDataDirectory(dataDir)) === 'new') {
    await mkdir(dataDir, { recursive: true });
    await writeWhole(path.join(dataDir, FORMAT), `${JSON.stringify({ format: DATA_FORMAT })}\n`);
  }
  await mkdir(directory.clickhouse, { recursive: true, mode: 0o700 });
  return directory;
}

/** Whether a data directory is there or would be made. Throws what `openDataDirectory` would, and changes nothing. */
export async function inspectDataDirectory(dataDir: string): Promise<'ours' | 'new'> {
  for (const folder of [dataDir, path.join(dataDir, CLICKHOUSE)]) {
    const obstacle = await obstacleAt(folder);
    if (obstacle !== undefined) throw unusable(folder, obstacle);
  }
  const header = path.join(dataDir, HEADER);
  await reading(header, access(header, constants.W_OK));
  const formatFile = path.join(dataDir, FORMAT);
  const format = formatIn(await reading(formatFile, readFile(formatFile, 'utf8')));
  if (format === DATA_FORMAT) return 'ours';
  if (format !== undefined) throw otherFormat(dataDir, format);
  const strangers = ((await reading(dataDir, readdir(dataDir))) ?? []).filter((name) => !OURS.test(name));
  if (strangers.length > 0) throw notOurs(dataDir, strangers);
  return 'new';
}

/** What is asked of a file or folder; undefined where there is none. */
async function reading<T>(file: string, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw unusable(file, `cannot be used (${code ?? String(error)})`);
  }
}

function formatIn(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { readonly format?: unknown } | null)?.format ?? null;
  } catch {
    return null;
  }
}

function unusable(folder: string, obstacle: string): EmbeddedError {
  return new EmbeddedError(
    'format',
    `data directory: ${folder} ${obstacle}. Choose another directory (clickhouse.embedded.path), or let Weir's user read and write there.`,
  );
}

/** Whole or not at all: a crash must not leave half a file. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}

function otherFormat(dataDir: string, format: unknown): EmbeddedError {
  const place = `data directory ${dataDir}`;
  if (typeof format !== 'number' || !Number.isInteger(format))
    return new EmbeddedError(
      'format',
      `${place}: weir-format.json does not name a format version. Restore the file ({"format":${DATA_FORMAT}}), or choose another directory.`,
    );
  const age = format > DATA_FORMAT ? 'a newer' : 'an older';
  return new EmbeddedError(
    'format',
    `${place} was written by ${age} release of Weir (format ${format}; this release reads ${DATA_FORMAT}). ` +
      'Run the release that wrote it, or choose another directory: Kafka is read again as far as its retention reaches.',
  );
}

function notOurs(dataDir: string, strangers: readonly string[]): EmbeddedError {
  return new EmbeddedError(
    'format',
    `data directory ${dataDir} holds files that are not Weir's (${strangers.slice(0, 3).join(', ')}). Choose an empty or new directory (clickhouse.embedded.path).`,
  );
}
