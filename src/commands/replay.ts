/**
 * `weir replay`: files of spans go through the engine into an embedded ClickHouse that lives as long as the command; what its public
 * views then hold goes to standard output. Progress, and each message that could not be decoded, goes to standard error.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Encoding, loadCodec } from '../codecs/codec.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { tenantName } from '../config/values.ts';
import { startEngine } from '../engine/engine.ts';
import type { Job } from '../engine/job.ts';
import { jobNames, loadJobs } from '../engine/load-jobs.ts';
import { type Exporter, openExporter } from '../sinks/clickhouse-export.ts';
import { createSchema } from '../sinks/clickhouse-schema.ts';
import { openSink } from '../sinks/clickhouse.ts';
import { FileLog, type FilePlace, type FileProgress, REPLAY_TOPIC, STDIN } from '../sources/files.ts';
import type { DeadLetter } from '../sources/log-source.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import {
  DEFAULT_TENANT,
  foldingOf,
  fingerprintFrom,
  openStore,
  slotMessagesOf,
  type Store,
} from './assemble.ts';
import { EXIT, type ExitCode, UsageError } from './failure.ts';
import type { ReplayFlags } from './flags.ts';
import { onOutputFailure } from './output.ts';
import { linesOf, type RowFormat, rowLines, STORE_FORMATS } from './row-format.ts';
import { SILENT } from './watch.ts';

const STATUS_MS = 250;
const STOP_MS_MAX = 600_000;

export async function replay(files: readonly string[], flags: ReplayFlags): Promise<ExitCode> {
  if (files.filter((file) => file === STDIN).length > 1)
    throw new UsageError('standard input (-) can be read only once');
  const tenant = tenantName.optional().safeParse(flags.tenant);
  if (!tenant.success) throw new UsageError(`--tenant ${flags.tenant}: ${tenant.error.issues[0]!.message}`);
  const folder = await mkdtemp(join(tmpdir(), 'weir-replay-'));
  try {
    const { config } = await loadConfig({
      file: flags.config,
      environment: process.env,
      overrides: [
        { path: ['clickhouse', 'embedded', 'path'], value: join(folder, 'data'), origin: 'replay' },
        { path: ['clickhouse', 'ttlDays'], value: 0, origin: 'replay' },
        { path: ['clickhouse', 'url'], value: undefined, origin: 'replay' },
        { path: ['dependencies', 'jaeger'], value: undefined, origin: 'replay' },
      ],
    });
    const names = flags.job?.split(',').map((name) => name.trim()) ?? (await jobNames());
    const jobs = await loadJobs(names, config, () => '--job');
    return await run({ files, flags, config, jobs });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Replay {
  readonly files: readonly string[];
  readonly flags: ReplayFlags;
  readonly config: Config;
  readonly jobs: readonly Job[];
}

async function run(work: Replay): Promise<ExitCode> {
  const { flags, config, jobs } = work;
  const terminal = createTerminal(process.stderr);
  const broken = new Breakage();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => broken.report(new Error(`ended by ${signal}`)));
  onOutputFailure((error) => broken.report(error));
  const store = await openStore(config, (error) => broken.report(error));
  try {
    await createSchema(store.options, { jobs, ttlDays: 0 });
    const isWhole = await Promise.race([broken.happens, fold(work, { store, broken, terminal })]);
    await Promise.race([broken.happens, print(jobs, flags.format, store)]);
    return isWhole ? EXIT.ok : EXIT.failed;
  } finally {
    await store.stop();
  }
}

interface Place {
  readonly store: Store;
  readonly broken: Breakage;
  readonly terminal: Terminal;
}

/** Folds all files and makes the rows durable. Returns whether every message was decoded, as far as can be told. */
async function fold(
  { files, flags, config, jobs }: Replay,
  { store, broken, terminal }: Place,
): Promise<boolean> {
  let undecoded = 0;
  let spans = 0;
  let progress: FileProgress | undefined;
  const source = new FileLog({
    files,
    encoding: flags.encoding,
    onProgress: (latest) => (progress = latest),
  });
  const write = async (letters: readonly DeadLetter[]): Promise<void> => {
    undecoded += letters.length;
    for (const { offset, reason, error } of letters)
      terminal.write(`weir: ${placeText(source.placeOf(offset))}: cannot be decoded (${reason}): ${error}\n`);
  };
  const sink = openSink(
    store.options,
    jobs.flatMap(({ tables }) => tables),
  );
  const topic = {
    codec: await loadCodec(flags.encoding),
    slotMessages: slotMessagesOf(config, flags.encoding),
    tenantOf: () => flags.tenant ?? DEFAULT_TENANT,
    isTenantFixed: flags.tenant !== undefined,
    start: 'earliest',
  } as const;
  const engine = await startEngine({
    jobs,
    sources: [
      { source, topics: new Map([[REPLAY_TOPIC, topic]]), deadLetters: { write, stop: async () => {} } },
    ],
    sink,
    observer: { ...SILENT, read: (_topic, _partition, _messages, read) => (spans += read) },
    ...foldingOf(config, jobs),
    lookbackSpans: config.engine.lookbackSpans,
    flushMs: config.engine.flushMs,
    rowsHeldMax: config.engine.rowsHeldMax,
    fingerprint: fingerprintFrom(config),
    newGeneration: false,
    failed: (error) => broken.report(error),
  });
  const status = setInterval(() => terminal.status(progressText(spans, progress)), STATUS_MS);
  try {
    const messages = await source.finished;
    await engine.stop(STOP_MS_MAX);
    terminal.status('');
    return summarise(terminal, flags.encoding, { messages, spans, undecoded });
  } finally {
    clearInterval(status);
    terminal.status('');
    await sink.close();
  }
}

interface Totals {
  readonly messages: number;
  readonly spans: number;
  readonly undecoded: number;
}

/** Says what was read, and returns whether that may be all that was there. */
function summarise(terminal: Terminal, encoding: Encoding, { messages, spans, undecoded }: Totals): boolean {
  const read = `${count(spans, 'span')} in ${count(messages, 'message')}`;
  terminal.write(`weir: ${read}${undecoded === 0 ? '' : `, ${undecoded} of them undecodable`}\n`);
  if (undecoded > 0) return false;
  // Unknown members are passed over, and of a message in another encoding that may be all.
  if (encoding === 'auto' || messages === 0 || spans > 0) return true;
  terminal.write(
    `weir: no message holds a span: is it really ${encoding}? Without --encoding each message is looked at\n`,
  );
  return false;
}

function progressText(spans: number, progress: FileProgress | undefined): string {
  const { bytesRead = 0, bytesTotal } = progress ?? {};
  const share =
    bytesTotal === undefined || bytesTotal === 0 ? '' : `   ${Math.floor((bytesRead / bytesTotal) * 100)} %`;
  return `  ${count(spans, 'span')}${share}`;
}

function count(number: number, word: string): string {
  return `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;
}

function placeText({ file, line }: FilePlace): string {
  return line === 0 ? file : `${file}:${line}`;
}

async function print(jobs: readonly Job[], format: RowFormat, store: Store): Promise<void> {
  const exporter = openExporter(store.options);
  try {
    // One for all views: each pipeline leaves its listeners at standard output.
    await pipeline(outputOf(jobs, format, exporter), process.stdout, { end: false });
  } finally {
    await exporter.close();
  }
}

async function* outputOf(
  jobs: readonly Job[],
  format: RowFormat,
  exporter: Exporter,
): AsyncIterable<string | Uint8Array> {
  for (const view of jobs.flatMap(({ views }) => views)) {
    const rows = await exporter.rows(view, STORE_FORMATS[format]);
    if (format === 'table') yield `${view.name}\n`;
    const bytes = rows as AsyncIterable<Uint8Array>;
    if (format === 'ndjson') for await (const line of rowLines(view.name, linesOf(bytes))) yield `${line}\n`;
    else yield* bytes;
  }
}

/** Something the work depends on ended by itself. */
class Breakage {
  readonly happens: Promise<never>;
  report!: (error: Error) => void;

  constructor() {
    this.happens = new Promise((_resolve, reject) => (this.report = reject));
    // Reported after the work is done, it interests nobody.
    this.happens.catch(() => undefined);
  }
}
