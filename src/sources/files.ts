/**
 * Span files as a log: the given files in their order are topic `replay`, partition 0, one offset per message. Read once, forwards,
 * as fast as the listener takes them. Records have no timestamp. Which file and line an offset came from is remembered.
 */
import { stat } from 'node:fs/promises';
import type { Encoding } from '../codecs/codec.ts';
import { FileError, fileMessages, type FileMessage, readFileBytes } from './span-files.ts';
import type { LogListener, LogSource, OffsetRange } from './log-source.ts';

export const REPLAY_TOPIC = 'replay';
export const STDIN = '-';

export interface FileLogOptions {
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** `auto` looks at each file. */
  readonly encoding: Encoding;
  readonly onProgress?: (progress: FileProgress) => void;
  readonly stdin?: AsyncIterable<Uint8Array>;
}

export interface FileProgress {
  readonly files: number;
  readonly filesDone: number;
  readonly bytesRead: number;
  /** Undefined where standard input is among the files. */
  readonly bytesTotal: number | undefined;
  readonly messages: number;
}

/** Where a message begins; line 0 is a binary file's. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
}

const RUN_MESSAGES_MAX = 512;
const RUN_BYTES_MAX = 2 ** 20;

export class FileLog implements LogSource {
  readonly ephemeral = true;
  readonly topic = REPLAY_TOPIC;
  /** Resolves once the listener has taken the last message, with the number of messages; rejects where a file cannot be read. */
  readonly finished: Promise<number>;
  readonly #options: FileLogOptions;
  readonly #places = new Places();
  #finish!: { readonly resolve: (messages: number) => void; readonly reject: (error: Error) => void };
  #end = 0;
  #bytesRead = 0;
  #filesDone = 0;
  #bytesTotal: number | undefined;
  #isStopped = false;
  #isPaused = false;
  #wake: (() => void) | undefined;

  constructor(options: FileLogOptions) {
    this.#options = options;
    this.finished = new Promise((resolve, reject) => (this.#finish = { resolve, reject }));
    // Whoever does not wait for the end learns of the failure through the listener.
    this.finished.catch(() => undefined);
  }

  /** Throws FileError where a file is missing. */
  async start(listener: LogListener): Promise<void> {
    this.#bytesTotal = await sizeOf(this.#options.files);
    await listener.assigned(REPLAY_TOPIC, 0);
    void this.#run(listener);
  }

  /** The file and line that an offset's message began at. */
  placeOf(offset: number): FilePlace {
    return this.#places.of(offset);
  }

  seek(_topic: string, _partition: number, offset: number): void {
    if (offset !== this.#end) throw new Error('BUG: files are read once, forwards');
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake?.();
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  offsets(): Promise<OffsetRange> {
    return Promise.resolve({ first: 0, end: this.#end });
  }

  offsetAt(): Promise<number> {
    return Promise.resolve(0);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    return Promise.resolve();
  }

  async #run(listener: LogListener): Promise<void> {
    try {
      for (const file of this.#options.files) {
        await this.#readFile(file, listener);
        if (this.#isStopped) break;
        this.#filesDone++;
        this.#report();
      }
      this.#finish.resolve(this.#end);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#finish.reject(failure);
      listener.failed(failure);
    }
  }

  async #readFile(file: string, listener: LogListener): Promise<void> {
    const name = file === STDIN ? 'standard input' : file;
    const chunks = readFileBytes(file, this.#options.stdin ?? process.stdin);
    const { encoding } = this.#options;
    let run: FileMessage[] = [];
    let runBytes = 0;
    try {
      for await (const message of fileMessages(chunks, {
        name,
        encoding,
        onBytes: (bytes) => (this.#bytesRead += bytes),
      })) {
        run.push(message);
        runBytes += message.value.length;
        if (run.length < RUN_MESSAGES_MAX && runBytes < RUN_BYTES_MAX) continue;
        await this.#deliver(run, name, listener);
        if (this.#isStopped) return;
        run = [];
        runBytes = 0;
      }
    } catch (error) {
      throw isFileFault(error)
        ? new FileError(`${name}: cannot be read: ${error.message}`, { cause: error })
        : error;
    }
    await this.#deliver(run, name, listener);
  }

  async #deliver(run: readonly FileMessage[], file: string, listener: LogListener): Promise<void> {
    while (this.#isPaused && !this.#isStopped) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#isStopped || run.length === 0) return;
    const start = this.#end;
    for (const [i, { line }] of run.entries()) this.#places.add(start + i, file, line);
    this.#end = start + run.length;
    await listener.messages({
      topic: REPLAY_TOPIC,
      partition: 0,
      length: run.length,
      offsets: Float64Array.from(run, (_, i) => start + i),
      timestampsMs: new Float64Array(run.length).fill(Number.NaN),
      values: run.map(({ value }) => value),
      nextOffset: this.#end,
      endOffset: this.#end,
    });
    this.#report();
  }

  #report(): void {
    this.#options.onProgress?.({
      files: this.#options.files.length,
      filesDone: this.#filesDone,
      bytesRead: this.#bytesRead,
      bytesTotal: this.#bytesTotal,
      messages: this.#end,
    });
  }
}

/** Places by offset: only where the next message is not on the next line of the same file is anything kept. */
class Places {
  readonly #jumps: (FilePlace & { readonly offset: number })[] = [];

  add(offset: number, file: string, line: number): void {
    const last = this.#jumps.at(-1);
    const isNext = last?.file === file && line - last.line === offset - last.offset;
    if (!isNext) this.#jumps.push({ offset, file, line });
  }

  of(offset: number): FilePlace {
    const jump = this.#jumps.findLast((candidate) => candidate.offset <= offset);
    if (jump === undefined) throw new Error(`BUG: offset ${offset} was never read`);
    return { file: jump.file, line: jump.line + offset - jump.offset };
  }
}

/** Bytes of all files, which must be there. */
async function sizeOf(files: readonly string[]): Promise<number | undefined> {
  let bytes = 0;
  for (const file of files) {
    if (file === STDIN) continue;
    const found = await stat(file).catch((error: unknown) => {
      if (isFileFault(error) && 'code' in error && error.code === 'ENOENT')
        throw new FileError(`${file}: no such file`);
      throw new FileError(`${file}: cannot be read`, { cause: error });
    });
    if (found.isDirectory())
      throw new FileError(`${file}: is a directory: name the files in it, for example ${file}/*.json`);
    bytes += found.size;
  }
  return files.includes(STDIN) ? undefined : bytes;
}

function isFileFault(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
