/**
 * Loads the configuration: one YAML file, then the environment, then flags, each over the one before. What comes out is valid and
 * complete; what is wrong comes out as one ConfigError with every problem, each with its place, its key and its cure.
 */
import { readFile } from 'node:fs/promises';
import { ConfigError } from './config-error.ts';
import { type ConfigDocument, isRecord, parseConfigDocument } from './document.ts';
import { type Environment, type Override, overridesFrom, strangers } from './environment.ts';
import { LEAVES } from './leaves.ts';
import { keyOf, problemsOf } from './problems.ts';
import { type Config, SCHEMA } from './schema.ts';
import { textOf } from './text-encoding.ts';

export interface LoadOptions {
  /** The file to read. Absent: `WEIR_CONFIG` of the environment, else `weir.yaml` where it exists. */
  readonly file?: string | undefined;
  readonly environment: Environment;
  /** What flags say. */
  readonly overrides?: readonly Override[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file read, if any. */
  readonly file: string | undefined;
  readonly warnings: readonly string[];
  /** Who says what stands at a path, for an error: `weir.yaml:3:7: jobs[0]`. */
  readonly sayerOf: (path: readonly PropertyKey[]) => string;
}

const DEFAULT_FILE = 'weir.yaml';

export async function loadConfig({ file, environment, overrides = [] }: LoadOptions): Promise<LoadedConfig> {
  const named = file ?? (environment['WEIR_CONFIG'] === '' ? undefined : environment['WEIR_CONFIG']);
  const text = await readConfigFile(named);
  const path = text === undefined ? undefined : (named ?? DEFAULT_FILE);
  const document = parseConfigDocument(path ?? 'configuration', text ?? '');
  const allOverrides = [...overridesFrom(environment), ...overrides];
  const values = withoutEmptySections(document.values);
  for (const override of allOverrides) set(values, override.path, override.value);
  const placeOf = placing(document, allOverrides);
  await readSecrets(values, placeOf);
  const result = SCHEMA.safeParse(values);
  if (!result.success) throw new ConfigError(problemsOf(result.error.issues, values, placeOf));
  return {
    config: result.data,
    file: path,
    warnings: strangers(environment),
    sayerOf: (at) => `${placeOf(at)}: ${keyOf(at)}`,
  };
}

async function readConfigFile(named: string | undefined): Promise<string | undefined> {
  const file = named ?? DEFAULT_FILE;
  const bytes = await readFile(file).catch((error: unknown) => {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError([`${file}: cannot be read (${reasonOf(error)}); name another file with --config`]);
  });
  const text = bytes === undefined ? undefined : textOf(bytes);
  if (typeof text !== 'object') return text;
  const { encoding, line, column } = text;
  throw new ConfigError([
    `${file}:${line}:${column}: not UTF-8 but, as it seems, ${encoding}; save the file as UTF-8`,
  ]);
}

/** A section whose keys are all commented out is no section. */
function withoutEmptySections(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, section]) => section !== null));
}

function set(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let section = values;
  for (const step of path.slice(0, -1)) {
    const inner = section[step];
    section = isRecord(inner) ? inner : (section[step] = {});
  }
  section[path.at(-1)!] = value;
}

/** Replaces each `secretFile` by `secret` with the file's text. */
async function readSecrets(
  values: Record<string, unknown>,
  placeOf: (path: readonly PropertyKey[]) => string,
): Promise<void> {
  for (const { path, key } of secretFileLeaves()) {
    const problem = (text: string) => new ConfigError([`${placeOf(path)}: ${key}: ${text}`]);
    const name = path.at(-1)!;
    const secretName = name.slice(0, -'File'.length);
    let section: unknown = values;
    for (const step of path.slice(0, -1)) section = isRecord(section) ? section[step] : undefined;
    if (!isRecord(section) || typeof section[name] !== 'string') continue;
    const secretKey = key.slice(0, -'File'.length);
    const file = section[name];
    if (section[secretName] !== undefined) throw problem(`${secretKey} is given too; keep one of them`);
    const text = await readFile(file).then(textOf, (error: unknown) => {
      throw problem(`cannot read ${file} (${reasonOf(error)})`);
    });
    if (typeof text === 'object')
      throw problem(`${file} is not UTF-8 but, as it seems, ${text.encoding}; save it as UTF-8`);
    const secret = text.replace(/\r?\n$/, '');
    if (secret === '') throw problem(`${file} is empty; write ${secretKey} into it, or name another file`);
    section[secretName] = secret;
  }
}

function secretFileLeaves() {
  const keys = new Set(LEAVES.map(({ key }) => key));
  return LEAVES.filter(({ key }) => key.endsWith('File') && keys.has(key.slice(0, -'File'.length)));
}

/** Where a value came from: the override that set it, else its place in the file. */
function placing(
  document: ConfigDocument,
  overrides: readonly Override[],
): (path: readonly PropertyKey[]) => string {
  return (path) =>
    overrides.findLast((override) => override.path.every((step, index) => step === path[index]))?.origin ??
    document.placeOf(path);
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
