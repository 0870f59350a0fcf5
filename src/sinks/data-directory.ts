/**
 * The data directory of the embedded ClickHouse. It carries the version of its format, so that a release never writes into what it does
 * not understand: in goes a path, out comes where ClickHouse keeps its files, or an error that names the way out.
 */
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

/** Counts up when files written by this release would mislead an older one, or the other way round. */
export const DATA_FORMAT = 1;

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
  const formatFile = path.join(dataDir, 'weir-format.json');
  const directory = {
    clickhouse: path.join(dataDir, 'clickhouse'),
    headerFile: path.join(dataDir, 'sql.header'),
  };
  await mkdir(dataDir, { recursive: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new EmbeddedError(
      'format',
      `data directory ${dataDir} cannot be made (${code ?? String(error)}). Choose another directory (clickhouse.embedded.path).`,
      error,
    );
  });
  const format = await readFormat(formatFile);
  if (format === undefined) {
    const strangers = (await readdir(dataDir)).filter((name) => !OURS.test(name));
    if (strangers.length > 0) throw notOurs(dataDir, strangers);
    await writeWhole(formatFile, `${JSON.stringify({ format: DATA_FORMAT })}\n`);
  } else if (format !== DATA_FORMAT) throw otherFormat(dataDir, format);
  await mkdir(directory.clickhouse, { recursive: true, mode: 0o700 });
  return directory;
}

async function readFormat(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { readonly format?: unknown } | null)?.format ?? null;
  } catch {
    return null;
  }
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
