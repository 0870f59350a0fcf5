import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../../src/codecs/decode-error.ts';
import { readDuration, readTime, type Seconds } from '../../../../src/codecs/wire/go-time.ts';

function read(reader: typeof readTime, text: string): string {
  const bytes = new TextEncoder().encode(text);
  const into: Seconds = { s: Number.NaN, ns: Number.NaN };
  try {
    reader(bytes, 0, bytes.length, into);
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return `${into.s} ${into.ns}`;
}

describe('readTime', () => {
  it('agrees with Date in every year', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const ms = date.getTime();
          expect(read(readTime, date.toISOString())).toBe(
            `${Math.floor(ms / 1000)} ${(((ms % 1000) + 1000) % 1000) * 1e6}`,
          );
        },
      ),
    );
  });

  it('reads nanoseconds and offsets, and refuses what is no time', () => {
    expect(read(readTime, '2026-08-20T15:20:54.123456789Z')).toBe('1787239254 123456789');
    expect(read(readTime, '2026-08-20T17:20:54.1+02:00')).toBe('1787239254 100000000');
    expect(read(readTime, '2026-08-20T09:50:54-05:30')).toBe('1787239254 0');
    expect(read(readTime, '0001-01-01T00:00:00Z')).toBe('-62135596800 0');
    expect(read(readTime, '2024-02-29T00:00:00Z')).toBe('1709164800 0');
    for (const text of [
      '',
      '2026-08-20',
      '2026-08-20T15:20:54',
      '2026-13-01T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2025-02-29T00:00:00Z',
      '2026-08-20T24:00:00Z',
      '2026-08-20T15:20:60Z',
      '2026-08-20T15:20:54.Z',
      '2026-08-20T15:20:54.1234567890123456789012345678901234567890123456789Z',
    ])
      expect(read(readTime, text), text).toBe('malformed');
  });
});

describe('readDuration', () => {
  it('reads what Go prints and what Go reads', () => {
    for (const [text, duration] of [
      ['1.500250001s', '1 500250001'],
      ['0.000100s', '0 100000'],
      ['-0.001500s', '0 -1500000'],
      ['1s', '1 0'],
      ['0', '0 0'],
      ['-0s', '0 0'],
      ['100000ns', '0 100000'],
      ['1h2m3.5s', '3723 500000000'],
      ['1.5h', '5400 0'],
      ['+.5ms', '0 500000'],
      ['12\u00b5s', '0 12000'],
      ['12\u03bcs', '0 12000'],
      ['9223372036854775807ns', '9223372036 854775807'],
    ] as const)
      expect(read(readDuration, text), text).toBe(duration);
  });

  it('refuses what Go refuses', () => {
    for (const text of [
      '',
      '1',
      '1.5',
      's',
      '.s',
      '-',
      '1 s',
      '1s ',
      'xs',
      '1d',
      '9223372036854775809ns',
      '1e3s',
    ])
      expect(read(readDuration, text), text).toBe('malformed');
  });
});
