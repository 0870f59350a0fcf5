/** Whatever a broker stores in a record batch, each of its offsets is read once or reported once, and the next batch is read. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DECOMPRESSED_BYTES_MAX } from '../../src/limits.ts';
import { readMessages } from '../../src/sources/kafka-records.ts';
import { damaged } from '../support/hostile-bytes.ts';
import { compress, recordBatch, zstdFrame } from '../support/record-batch.ts';

const CODECS = [
  ['none', 0],
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
  ['zstd', 4],
] as const;
const HEADER_BYTES = 61;
const RECORDS = 3;
const NEXT = 10 + RECORDS;

const records = Array.from({ length: RECORDS }, (_, at) => ({
  offset: 10 + at,
  timestampMs: 1000 + at,
  value: Buffer.from(`value-${at}`.repeat(5)),
  headers: [['tenant', 'acme']] as const,
}));

/** What is read of a batch and of the sound one behind it: offsets of messages, and those that are reported missing. */
function fate(batch: Buffer): {
  readonly read: number[];
  readonly missing: number[];
  readonly reasons: string[];
} {
  const sound = recordBatch(NEXT, [{ offset: NEXT, timestampMs: 1, value: Buffer.from('sound') }]);
  const read: number[] = [];
  const missing: number[] = [];
  const reasons: string[] = [];
  for (const run of readMessages(Buffer.concat([batch, sound]), {
    fromOffset: 10,
    aborted: [],
    tenantHeader: 'tenant',
  })) {
    read.push(...run.offsets);
    for (const { offset, nextOffset, reason } of run.unreadable ?? []) {
      reasons.push(reason);
      for (let one = offset; one < nextOffset; one++) missing.push(one);
    }
  }
  return { read, missing, reasons };
}

const ALL = [10, 11, 12, NEXT];

test.each(CODECS)('a damaged record batch, compressed with %s', (_, codec) => {
  const whole = recordBatch(10, records, { codec });
  expect(fate(whole)).toEqual({ read: ALL, missing: [], reasons: [] });
  let refused = 0;
  for (const packed of damaged(whole.subarray(HEADER_BYTES), codec)) {
    const { read, missing, reasons } = fate(recordBatch(10, records, { codec, packed }));
    const accounted = [...read, ...missing].sort((a, b) => a - b);
    expect(new Set(accounted).size).toBe(accounted.length);
    expect(accounted.every((offset) => ALL.includes(offset))).toBe(true);
    expect(read.at(-1)).toBe(NEXT);
    // Offsets that a damaged record skips are as those that compaction took; damage behind the last offset misses none.
    if (missing.length > 0) expect(missing.at(-1)).toBe(NEXT - 1);
    refused += reasons.length;
  }
  expect(refused).toBeGreaterThan(100);
});

test.each([
  ['gzip', 1, gzipSync(Buffer.alloc(2 * DECOMPRESSED_BYTES_MAX))],
  ['snappy', 2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])],
  ['lz4', 3, compress(3, Buffer.alloc(2 * DECOMPRESSED_BYTES_MAX))],
  ['zstd', 4, zstdFrame(Buffer.alloc(0), (2 * DECOMPRESSED_BYTES_MAX) / 131_072)],
] as const)('a %s bomb stops at the cap', (_, codec, packed) => {
  const before = process.memoryUsage().arrayBuffers;
  const { read, missing, reasons } = fate(recordBatch(10, records, { codec, packed }));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * DECOMPRESSED_BYTES_MAX);
  expect(reasons).toEqual(['too_large']);
  expect(missing).toEqual([10, 11, 12]);
  expect(read).toEqual([NEXT]);
});
