/** Writes Kafka's record batches (message format 2), whole or as hostile as a test wants them. */
import { gzipSync } from 'node:zlib';
import lz4 from 'lz4-napi';
import snappy from 'snappy';

export interface TestRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: Uint8Array | null;
  readonly headers?: readonly (readonly [string, string])[];
}

export interface BatchOptions {
  /** Number of the compression type. */
  readonly codec?: number;
  /** In place of the records' own compressed bytes. */
  readonly packed?: Uint8Array;
  readonly count?: number;
  readonly appendTimeMs?: number;
  readonly producerId?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** Compaction leaves it above the last record's offset. */
  readonly lastOffset?: number;
}

export function recordBatch(
  baseOffset: number,
  records: readonly TestRecord[],
  options: BatchOptions = {},
): Buffer {
  const codec = options.codec ?? 0;
  const baseTimestampMs = records[0]?.timestampMs ?? 0;
  const body = Buffer.concat(records.map((record) => recordBytes(record, baseOffset, baseTimestampMs)));
  const packed = options.packed ?? compress(codec, body);
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(baseOffset), 0);
  header.writeInt32BE(49 + packed.length, 8);
  header.writeUInt8(2, 16);
  const flags = (options.isTransactional === true ? 0x10 : 0) | (options.isControl === true ? 0x20 : 0);
  header.writeInt16BE(codec | flags | (options.appendTimeMs === undefined ? 0 : 0x08), 21);
  header.writeInt32BE((options.lastOffset ?? records.at(-1)?.offset ?? baseOffset) - baseOffset, 23);
  header.writeBigInt64BE(BigInt(baseTimestampMs), 27);
  header.writeBigInt64BE(BigInt(options.appendTimeMs ?? records.at(-1)?.timestampMs ?? 0), 35);
  header.writeBigInt64BE(BigInt(options.producerId ?? -1), 43);
  header.writeInt32BE(options.count ?? records.length, 57);
  return Buffer.concat([header, packed]);
}

export function compress(codec: number, bytes: Buffer): Buffer {
  if (codec === 1) return gzipSync(bytes);
  if (codec === 2) return xerial(bytes);
  if (codec === 3) return lz4.compressFrameSync(bytes);
  if (codec === 4) return zstdFrame(bytes);
  return bytes;
}

/** As Java's snappy does: blocks, each behind its length. */
function xerial(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [
    Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
  ];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = snappy.compressSync(bytes.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** A zstd frame of stored blocks; with `repeats`, of blocks that make 128 KiB out of one byte each. */
export function zstdFrame(bytes: Buffer, repeats = 0): Buffer {
  const blocks: { readonly kind: number; readonly size: number; readonly bytes: Buffer }[] = [];
  for (let at = 0; at < bytes.length; at += 131_072) {
    const part = bytes.subarray(at, at + 131_072);
    blocks.push({ kind: 0, size: part.length, bytes: part });
  }
  for (let count = 0; count < repeats; count++)
    blocks.push({ kind: 1, size: 131_072, bytes: Buffer.from([7]) });
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  const written = blocks.map(({ kind, size, bytes: content }, index) => {
    const prefix = Buffer.alloc(3);
    prefix.writeUIntLE((index === blocks.length - 1 ? 1 : 0) | (kind << 1) | (size << 3), 0, 3);
    return Buffer.concat([prefix, content]);
  });
  return Buffer.concat([head, ...(written.length === 0 ? [Buffer.from([1, 0, 0])] : written)]);
}

function recordBytes(record: TestRecord, baseOffset: number, baseTimestampMs: number): Buffer {
  const headers = (record.headers ?? []).flatMap(([key, value]) => [
    ...sized(Buffer.from(key)),
    ...sized(Buffer.from(value)),
  ]);
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(record.timestampMs - baseTimestampMs),
    varint(record.offset - baseOffset),
    varint(-1),
    ...(record.value === null ? [varint(-1)] : sized(record.value)),
    varint(record.headers?.length ?? 0),
    ...headers,
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function sized(bytes: Uint8Array): Uint8Array[] {
  return [varint(bytes.length), bytes];
}

function varint(value: number): Buffer {
  let rest = BigInt(value) >= 0n ? BigInt(value) << 1n : (-BigInt(value) << 1n) - 1n;
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}
