/**
 * Cuts one span file into messages: a binary file is one, a JSON file is one document or one per line. Lines are read as a
 * stream, and nothing longer than MESSAGE_BYTES_MAX is held.
 */
import { createReadStream } from 'node:fs';
import type { Encoding } from '../codecs/codec.ts';
import { MESSAGE_BYTES_MAX } from '../limits.ts';
import { foreignForm } from './foreign-file.ts';
import { jsonShape } from './json-shape.ts';

/** A message and the line it begins at, from 1; a binary file has no lines, and says 0. */
export interface FileMessage {
  readonly value: Uint8Array;
  readonly line: number;
}

/** The cure is in the message. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

export interface FileText {
  /** As messages name it. */
  readonly name: string;
  readonly encoding: Encoding;
  /** Told of each chunk read. */
  readonly onBytes: (bytes: number) => void;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const LINE_END = Uint8Array.of(NEWLINE);
/** Enough to see what a file is. */
const HEAD_BYTES = 4096;

/** The bytes of a file; `-` is standard input. */
export function readFileBytes(name: string, stdin: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return name === '-'
    ? stdin
    : (createReadStream(name, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>);
}

export async function* fileMessages(
  chunks: AsyncIterable<Uint8Array>,
  { name, encoding, onBytes }: FileText,
): AsyncGenerator<FileMessage> {
  const { head, rest } = await peek(chunks, onBytes);
  const foreign = foreignForm(head);
  if (foreign !== undefined) throw new FileError(`${name}: ${foreign}`);
  if (isBinary(encoding, head)) {
    const value = await whole(rest, name);
    if (value.length > 0) yield { value, line: 0 };
    return;
  }
  let isFirst = true;
  const lines = cutLines(rest, name);
  for await (const { value, line } of lines) {
    const text = trimmed(line === 1 ? withoutMark(value) : value);
    if (text.length === 0) continue;
    if (isFirst && jsonShape(text) === 'open') {
      yield { value: await joinLines(text, lines, name), line };
      return;
    }
    isFirst = false;
    yield { value: text, line };
  }
}

/** JSON has no control characters but blanks; protobuf has tags, lengths or kinds among them within the first span. */
function isBinary(encoding: Encoding, head: Uint8Array): boolean {
  if (encoding !== 'auto') return encoding.endsWith('_proto');
  return head.some((byte) => byte < SPACE && byte !== TAB && byte !== NEWLINE && byte !== CARRIAGE_RETURN);
}

/** The first bytes, and an iteration that begins with them again. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<{ readonly head: Uint8Array; readonly rest: AsyncIterable<Uint8Array> }> {
  const iterator: AsyncIterator<Uint8Array, unknown> = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  const head = Buffer.concat(first);
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      onBytes(head.length);
      yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        onBytes(next.value.length);
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head, rest: rest() };
}

/** Lines without their ends, numbered from 1. Slices of the chunks wherever a line lies within one. */
async function* cutLines(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<FileMessage> {
  let line = 1;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      if (begunBytes + end - start > MESSAGE_BYTES_MAX) throw tooLong(`${name}:${line}`, 'line');
      const part = chunk.subarray(start, end);
      if (newline < 0) {
        begun.push(part);
        begunBytes += part.length;
        break;
      }
      yield { value: begunBytes === 0 ? part : Buffer.concat([...begun, part]), line };
      begun = [];
      begunBytes = 0;
      line++;
      start = newline + 1;
    }
  }
  if (begunBytes > 0) yield { value: Buffer.concat(begun), line };
}

/** A document over many lines, of which the first is already read. */
async function joinLines(
  first: Uint8Array,
  lines: AsyncIterable<FileMessage>,
  name: string,
): Promise<Uint8Array> {
  const parts = [first];
  let bytes = first.length;
  for await (const { value, line } of lines) {
    bytes += 1 + value.length;
    if (bytes > MESSAGE_BYTES_MAX) throw tooLong(`${name}:${line}`, 'document');
    parts.push(LINE_END, value);
  }
  return trimmed(Buffer.concat(parts));
}

async function whole(chunks: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MESSAGE_BYTES_MAX) throw tooLong(name, 'message');
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function tooLong(place: string, what: string): FileError {
  return new FileError(
    `${place}: a ${what} is longer than ${MESSAGE_BYTES_MAX / 2 ** 20} MiB, which is the most one message may have: ` +
      'write one document per line, with fewer spans each',
  );
}

function trimmed(text: Uint8Array): Uint8Array {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start]!)) start++;
  while (end > start && isBlank(text[end - 1]!)) end--;
  return text.subarray(start, end);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === NEWLINE || byte === CARRIAGE_RETURN;
}

function withoutMark(text: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, at) => text[at] === byte)
    ? text.subarray(BYTE_ORDER_MARK.length)
    : text;
}
