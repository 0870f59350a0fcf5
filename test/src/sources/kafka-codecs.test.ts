import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import lz4 from 'lz4-napi';
import snappy from 'snappy';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/codecs/decode-error.ts';
import { CODEC_NAMES, decompress } from '../../../src/sources/kafka-codecs.ts';
import { compress, zstdFrame } from '../../support/record-batch.ts';

const codecs = [1, 2, 3, 4] as const;
const CAP = 100_000;

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof DecodeError ? error.reason : `not a DecodeError: ${String(error)}`;
  }
  return 'none';
}

describe.each(codecs.map((codec) => [CODEC_NAMES[codec], codec] as const))('%s', (_name, codec) => {
  test('gives back what was compressed, empty and large too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 1, max: 100 }), (bytes, times) => {
        const input = Buffer.concat(Array.from({ length: times }, () => bytes));
        expect(decompress(codec, compress(codec, input)).equals(input)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('takes what fills the cap exactly and refuses one byte more', () => {
    expect(decompress(codec, compress(codec, Buffer.alloc(CAP, 1)), CAP)).toHaveLength(CAP);
    expect(reasonOf(() => decompress(codec, compress(codec, Buffer.alloc(CAP + 1, 1)), CAP))).toBe(
      'too_large',
    );
  });

  test('throws nothing but a DecodeError, whatever the bytes', () => {
    const whole = compress(codec, Buffer.from('a span, and a span, and a span'.repeat(20)));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        if (at < length) bytes[at] = byte;
        expect(reasonOf(() => decompress(codec, bytes, CAP))).toMatch(
          /^(none|malformed|truncated|too_large)$/,
        );
      }),
    );
  });
});

test.each([
  ['gzip', 1, () => gzipSync(Buffer.alloc(64 * 2 ** 20 + 1))],
  ['snappy', 2, () => snappy.compressSync(Buffer.alloc(64 * 2 ** 20 + 1))],
  ['lz4', 3, () => lz4.compressFrameSync(Buffer.alloc(70 * 2 ** 20))],
  ['zstd', 4, () => zstdFrame(Buffer.alloc(0), 513)],
])('a %s bomb stops at the cap of every record batch', (_name, codec, make) => {
  expect(reasonOf(() => decompress(codec, make()))).toBe('too_large');
});

test('raw snappy, a stream appended to a stream, and a claim of 4 GiB', () => {
  expect(decompress(2, snappy.compressSync('text')).toString()).toBe('text');
  expect(
    decompress(2, Buffer.concat([compress(2, Buffer.from('ab')), compress(2, Buffer.from('cd'))])).toString(),
  ).toBe('abcd');
  expect(reasonOf(() => decompress(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])))).toBe('too_large');
});

test('a compression type from the future is named', () => {
  expect(() => decompress(5, Buffer.from('x'))).toThrow('compression type 5 is not known');
});

test('a zstd frame of many tiny blocks behind a window of 2 GiB costs nothing', () => {
  // One-byte stored blocks: a decoder that moves its window for each would take minutes.
  const blocks = Buffer.concat(
    Array.from({ length: 5_000 }, (_, index) =>
      Buffer.from([(1 << 3) | (index === 4_999 ? 1 : 0), 0, 0, 65]),
    ),
  );
  const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa7]), blocks]);
  expect(reasonOf(() => expect(decompress(4, frame)).toHaveLength(5_000))).toMatch(/^(none|malformed)$/);
});

test('an lz4 bomb is refused by its size, before a byte of it is decompressed', () => {
  const bomb = lz4.compressFrameSync(Buffer.alloc(70 * 2 ** 20));
  bomb.fill(0xff, 20, 40);
  expect(reasonOf(() => decompress(3, bomb))).toBe('too_large');
});
