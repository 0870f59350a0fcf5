/**
 * In: the record batches of one partition's fetch, as the broker stores them. Out: runs of messages, each at most `RUN_MESSAGES_MAX` messages and
 * about `RUN_BYTES_MAX` bytes, made one at a time, so a stalled reader holds compressed bytes only. Offsets strictly ascend whatever the bytes say;
 * what cannot be read is reported once with its place, and reading goes on behind it.
 */
import { DecodeError } from '../codecs/decode-error.ts';
import { Slices } from '../codecs/messages.ts';
import { decompress } from './kafka-codecs.ts';
import { RecordReader } from './kafka-record-reader.ts';
import type { LogBatch, Unreadable } from './log-source.ts';

export const RUN_MESSAGES_MAX = 16_384;
const RUN_BYTES_MAX = 4 * 2 ** 20;

/** A transaction that was rolled back: its producer's messages from `firstOffset` to its next marker never happened. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** Consecutive messages, still without their place in the log. */
export type MessageRun = Pick<
  LogBatch,
  'length' | 'offsets' | 'timestampsMs' | 'values' | 'tenants' | 'nextOffset' | 'unreadable'
>;

export interface ReadOptions {
  /** Messages below are passed over: a fetch starts inside a record batch. */
  readonly fromOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly tenantHeader?: string | undefined;
}

/** What stands before a record batch's records; the layout is Kafka's message format 2. */
interface BatchHeader {
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly magic: number;
  readonly attributes: number;
}

const HEADER_BYTES = 61;
/** Everything up to and with the magic byte, which all message formats have at the same place. */
const PREFIX_BYTES = 17;
const ATTRIBUTE = { codec: 0x07, appendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

/** Offset after the last whole record batch; undefined where there is none. */
export function nextOffsetOf(bytes: Buffer): number | undefined {
  let next: number | undefined;
  for (let header = headerAt(bytes, 0); header !== undefined; header = headerAt(bytes, header.end))
    next = header.lastOffset + 1;
  return next;
}

export function* readMessages(bytes: Buffer, options: ReadOptions): Generator<MessageRun, void, void> {
  const run = new RunWriter(options);
  const isAborted = abortedFilter(options.aborted);
  for (let header = headerAt(bytes, 0); header !== undefined; header = headerAt(bytes, header.end)) {
    if (header.lastOffset < run.nextOffset) continue;
    if (!isAborted(bytes, header)) yield* readRecordBatch(bytes, header, run);
    run.nextOffset = header.lastOffset + 1;
  }
  if (!run.isEmpty()) yield run.take();
}

function* readRecordBatch(
  bytes: Buffer,
  header: BatchHeader,
  run: RunWriter,
): Generator<MessageRun, void, void> {
  try {
    if (header.magic !== 2)
      throw new DecodeError(
        'unknown_encoding',
        `message format ${header.magic}: Weir reads format 2, Kafka's since 0.11`,
      );
    if (header.end - header.start < HEADER_BYTES)
      throw new DecodeError('truncated', 'the record batch is shorter than its header');
    const count = bytes.readInt32BE(header.start + 57);
    const codec = header.attributes & ATTRIBUTE.codec;
    const packed = bytes.subarray(header.start + HEADER_BYTES, header.end);
    const records = new RecordReader(codec === 0 ? packed : decompress(codec, packed), run.tenantHeader);
    const times = {
      baseMs: int64(bytes, header.start + 27),
      appendMs:
        (header.attributes & ATTRIBUTE.appendTime) === 0 ? undefined : int64(bytes, header.start + 35),
    };
    for (let left = count; left > 0;) {
      left = readRecords(records, left, header, times, run);
      if (run.isFull()) yield run.take();
    }
    records.end();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    run.addUnreadable({
      offset: Math.max(header.baseOffset, run.nextOffset),
      nextOffset: header.lastOffset + 1,
      reason: error.reason,
      error: error.message,
      bytes: bytes.subarray(header.start, header.end),
    });
  }
}

/** Reads so many records, or until the run is full, and returns how many are left. */
function readRecords(
  records: RecordReader,
  count: number,
  { baseOffset, lastOffset }: BatchHeader,
  { baseMs, appendMs }: { readonly baseMs: number; readonly appendMs: number | undefined },
  run: RunWriter,
): number {
  for (let left = count; left > 0; left--) {
    if (run.isFull()) return left;
    records.next();
    const offset = baseOffset + records.offsetDelta;
    if (offset < run.nextOffset && offset < run.fromOffset) continue;
    if (offset < run.nextOffset || offset > lastOffset)
      throw new DecodeError('malformed', `offset ${offset} is out of order`);
    run.add(offset, appendMs ?? baseMs + records.timestampDeltaMs, records);
  }
  return 0;
}

/** Messages on their way into one run. `nextOffset` is the smallest offset that may come next, `fromOffset` where the reader began. */
class RunWriter {
  readonly fromOffset: number;
  readonly tenantHeader: Buffer | undefined;
  nextOffset: number;
  private takenOffset: number;
  private length = 0;
  private bytes = 0;
  private offsets = new Float64Array(0);
  private timestampsMs = new Float64Array(0);
  private values = new Slices();
  private tenants: (string | undefined)[] = [];
  private unreadable: Unreadable[] = [];

  constructor(options: ReadOptions) {
    this.fromOffset = options.fromOffset;
    this.nextOffset = options.fromOffset;
    this.takenOffset = options.fromOffset;
    this.tenantHeader = options.tenantHeader === undefined ? undefined : Buffer.from(options.tenantHeader);
  }

  isEmpty(): boolean {
    return this.length === 0 && this.unreadable.length === 0 && this.nextOffset === this.takenOffset;
  }

  isFull(): boolean {
    return this.length === RUN_MESSAGES_MAX || this.bytes >= RUN_BYTES_MAX;
  }

  add(offset: number, timestampMs: number, record: RecordReader): void {
    if (this.length === this.offsets.length) this.grow();
    this.offsets[this.length] = offset;
    this.timestampsMs[this.length] = timestampMs;
    this.values.add(record.bytes, record.valueStart, record.valueEnd);
    if (this.tenantHeader !== undefined) this.tenants.push(record.tenant);
    this.length++;
    this.bytes += record.valueEnd - record.valueStart;
    this.nextOffset = offset + 1;
  }

  addUnreadable(unreadable: Unreadable): void {
    this.unreadable.push(unreadable);
  }

  take(): MessageRun {
    const { length, nextOffset } = this;
    const run: MessageRun = {
      length,
      offsets: this.offsets.subarray(0, length),
      timestampsMs: this.timestampsMs.subarray(0, length),
      values: this.values,
      nextOffset,
      ...(this.tenantHeader === undefined ? {} : { tenants: this.tenants }),
      ...(this.unreadable.length === 0 ? {} : { unreadable: this.unreadable }),
    };
    this.offsets = new Float64Array(0);
    this.timestampsMs = new Float64Array(0);
    this.values = new Slices();
    this.tenants = [];
    this.unreadable = [];
    this.length = 0;
    this.bytes = 0;
    this.takenOffset = nextOffset;
    return run;
  }

  private grow(): void {
    const capacity = Math.min(RUN_MESSAGES_MAX, Math.max(64, this.length * 4));
    const offsets = new Float64Array(capacity);
    const timestampsMs = new Float64Array(capacity);
    offsets.set(this.offsets);
    timestampsMs.set(this.timestampsMs);
    this.offsets = offsets;
    this.timestampsMs = timestampsMs;
  }
}

/** A fetch may end inside a record batch: that one comes whole with the next. */
function headerAt(bytes: Buffer, start: number): BatchHeader | undefined {
  if (start + PREFIX_BYTES > bytes.length) return undefined;
  const length = bytes.readInt32BE(start + 8);
  const end = start + 12 + length;
  if (length < PREFIX_BYTES - 12 || end > bytes.length) return undefined;
  const baseOffset = int64(bytes, start);
  const magic = bytes.readUInt8(start + 16);
  const isCurrent = magic === 2 && length >= HEADER_BYTES - 12;
  return {
    start,
    end,
    baseOffset,
    magic,
    lastOffset: isCurrent ? baseOffset + Math.max(0, bytes.readInt32BE(start + 23)) : baseOffset,
    attributes: isCurrent ? bytes.readInt16BE(start + 21) : 0,
  };
}

/** True for control batches and for what an aborted transaction wrote. Asked once per record batch, in order. */
function abortedFilter(
  transactions: readonly AbortedTransaction[],
): (bytes: Buffer, header: BatchHeader) => boolean {
  const waiting = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<bigint>();
  let opened = 0;
  return (bytes, header) => {
    if ((header.attributes & (ATTRIBUTE.transactional | ATTRIBUTE.control)) === 0) return false;
    for (
      let next = waiting[opened];
      next !== undefined && next.firstOffset <= header.lastOffset;
      next = waiting[opened]
    ) {
      open.add(next.producerId);
      opened++;
    }
    const producerId = bytes.readBigInt64BE(header.start + 43);
    if ((header.attributes & ATTRIBUTE.control) === 0) return open.has(producerId);
    open.delete(producerId);
    return true;
  };
}

function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
