/**
 * In: the compressed part of one Kafka record batch. Out: its bytes, or a DecodeError saying why not. No input makes more than
 * `DECOMPRESSED_BYTES_MAX` bytes (lz4: and one block of at most 4 MiB), and what is refused is decided by the bytes alone, so every reader of a log
 * skips the same record batches.
 */
import zlib from 'node:zlib';
import lz4 from 'lz4-napi';
import snappy from 'snappy';
import { ZSTDDecoder } from 'zstddec';
import { DecodeError } from '../codecs/decode-error.ts';
import { DECOMPRESSED_BYTES_MAX } from '../limits.ts';

/** By the number in a record batch's attributes. */
const CODECS: readonly (Codec | undefined)[] = [undefined, gunzip, unsnappy, unlz4, unzstd];
export const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

type Codec = (bytes: Buffer, bytesMax: number) => Buffer;

export function decompress(codec: number, bytes: Buffer, bytesMax = DECOMPRESSED_BYTES_MAX): Buffer {
  const run = CODECS[codec];
  if (run === undefined) throw new DecodeError('unknown_encoding', `compression type ${codec} is not known`);
  try {
    return run(bytes, bytesMax);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(
      'malformed',
      `${CODEC_NAMES[codec]}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function gunzip(bytes: Buffer, bytesMax: number): Buffer {
  return capped('gzip', bytesMax, () => zlib.gunzipSync(bytes, { maxOutputLength: bytesMax }));
}

/** Raw snappy, or the blocks of it that Java's snappy writes ("xerial": 8 bytes magic, two versions, then length-prefixed blocks). */
function unsnappy(bytes: Buffer, bytesMax: number): Buffer {
  if (bytes.length < 16 || !bytes.subarray(0, 8).equals(XERIAL_MAGIC)) return unsnappyBlock(bytes, bytesMax);
  const blocks: Buffer[] = [];
  let total = 0;
  for (let at = 16; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new DecodeError('truncated', 'snappy: a block ends early');
    const length = bytes.readInt32BE(at);
    at += 4;
    // A stream appended to a stream begins with the magic again.
    if (length === XERIAL_MAGIC.readInt32BE(0)) {
      at += 12;
      continue;
    }
    if (length < 0 || at + length > bytes.length)
      throw new DecodeError('truncated', 'snappy: a block ends early');
    const block = unsnappyBlock(bytes.subarray(at, at + length), bytesMax - total);
    total += block.length;
    blocks.push(block);
    at += length;
  }
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks, total);
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** A block begins with its own output length, which the library trusts for its allocation: so it is checked first. */
function unsnappyBlock(bytes: Buffer, bytesMax: number): Buffer {
  let length = 0;
  for (let at = 0; ; at++) {
    const byte = bytes[at];
    if (byte === undefined || at > 4) throw new DecodeError('malformed', 'snappy: no length');
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) break;
  }
  if (length > bytesMax) throw tooLarge('snappy', bytesMax);
  const output = snappy.uncompressSync(bytes, { asBuffer: true });
  return Buffer.isBuffer(output) ? output : Buffer.from(output);
}

/** The library has no limit, but no block makes more than the frame's block size: counting blocks bounds the output before it is made. */
function unlz4(bytes: Buffer, bytesMax: number): Buffer {
  const { end, outputMax, blockBytesMax } = measureLz4(bytes);
  if (outputMax - blockBytesMax >= bytesMax) throw tooLarge('lz4', bytesMax);
  const output = lz4.decompressFrameSync(bytes.subarray(0, end));
  if (output.length > bytesMax) throw tooLarge('lz4', bytesMax);
  return output;
}

function measureLz4(bytes: Buffer): { end: number; outputMax: number; blockBytesMax: number } {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== 0x184d2204)
    throw new DecodeError('malformed', 'lz4: no frame');
  const flags = bytes.readUInt8(4);
  const blockBytesMax = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7));
  const blockTail = (flags & 0x10) === 0 ? 0 : 4;
  let at = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
  let outputMax = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw new DecodeError('truncated', 'lz4: the frame ends early');
    const length = bytes.readUInt32LE(at) & 0x7fffffff;
    at += 4;
    if (length === 0)
      return { end: Math.min(bytes.length, at + ((flags & 0x04) === 0 ? 0 : 4)), outputMax, blockBytesMax };
    outputMax += blockBytesMax;
    at += length + blockTail;
  }
}

/** Node has zstd from 22.15 on. */
type ZstdDecompressSync = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
const nativeZstd = (zlib as unknown as { zstdDecompressSync?: ZstdDecompressSync }).zstdDecompressSync;

/** Elsewhere the reference decoder stands in, as WebAssembly. It writes into memory of a size it is told, and no further. */
const wasmZstd = nativeZstd === undefined ? new ZSTDDecoder() : undefined;
await wasmZstd?.init();

function unzstd(bytes: Buffer, bytesMax: number): Buffer {
  const outputMax = measureZstd(bytes);
  if (nativeZstd !== undefined)
    return capped('zstd', bytesMax, () => nativeZstd(bytes, { maxOutputLength: bytesMax }));
  if (wasmZstd === undefined || outputMax === 0) return Buffer.alloc(0);
  const output = wasmZstd.decode(bytes, Math.min(outputMax, bytesMax));
  // Nothing is its answer to every failure: to too little room, or to bytes it cannot read.
  if (output.length === 0 && outputMax > bytesMax) throw tooLarge('zstd', bytesMax);
  if (output.length === 0) throw new DecodeError('malformed', 'zstd: the frame is corrupt');
  return Buffer.from(output.buffer, output.byteOffset, output.length);
}

const ZSTD_BLOCK_BYTES_MAX = 128 * 1024;

/** Most bytes the frames can make: a block is stored, one byte repeated, or compressed from at most 128 KiB. */
function measureZstd(bytes: Buffer): number {
  let outputMax = 0;
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) throw new DecodeError('truncated', 'zstd: a frame ends early');
    const magic = bytes.readUInt32LE(at);
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== 0xfd2fb528) throw new DecodeError('malformed', 'zstd: no frame');
    const flags = bytes.readUInt8(at + 4);
    const isSingleSegment = (flags & 0x20) !== 0;
    const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
    at += 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][flags & 3] ?? 0) + contentSizeBytes;
    for (let isLast = false; !isLast;) {
      if (at + 3 > bytes.length) throw new DecodeError('truncated', 'zstd: a block ends early');
      const block = bytes.readUIntLE(at, 3);
      const size = block >> 3;
      const kind = (block >> 1) & 3;
      isLast = (block & 1) === 1;
      outputMax += kind === 2 ? ZSTD_BLOCK_BYTES_MAX : size;
      at += 3 + (kind === 1 ? 1 : size);
    }
    at += (flags & 0x04) === 0 ? 0 : 4;
  }
  return outputMax;
}

function capped(name: string, bytesMax: number, run: () => Buffer): Buffer {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(name, bytesMax);
    throw error;
  }
}

function tooLarge(name: string, bytesMax: number): DecodeError {
  return new DecodeError('too_large', `${name}: more than ${bytesMax} bytes when decompressed`);
}
