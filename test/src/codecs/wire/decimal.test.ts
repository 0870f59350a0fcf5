import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Integer64, readDouble } from '../../../../src/codecs/wire/decimal.ts';
import { DecodeError } from '../../../../src/codecs/decode-error.ts';

function integerOf(text: string): bigint | undefined {
  const bytes = new TextEncoder().encode(`x${text}x`);
  const integer = new Integer64();
  try {
    integer.read(bytes, 1, bytes.length - 1);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  const magnitude = (BigInt(integer.high) << 32n) | BigInt(integer.low);
  return integer.isNegative ? -magnitude : magnitude;
}

function doubleOf(text: string): number | undefined {
  const bytes = new TextEncoder().encode(`x${text}x`);
  try {
    return readDouble(bytes, 1, bytes.length - 1);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

describe('Integer64', () => {
  it('is exact over all 64 bits, and refuses more', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), (value) => {
        const fits = value < 2n ** 64n && value > -(2n ** 64n);
        expect(integerOf(value.toString())).toBe(fits ? value : undefined);
      }),
    );
    expect(integerOf(String(2n ** 64n - 1n))).toBe(2n ** 64n - 1n);
    expect(integerOf(String(2n ** 64n))).toBeUndefined();
    expect(integerOf('9'.repeat(1000))).toBeUndefined();
    expect(integerOf('0'.repeat(1000) + '7')).toBe(7n);
  });

  it('reads whole numbers however they are spelled', () => {
    expect(integerOf('')).toBe(0n);
    expect(integerOf('1.5e3')).toBe(1500n);
    expect(integerOf('1784000000123456789.0')).toBe(1784000000123456789n);
    expect(integerOf('1500e-2')).toBe(15n);
    expect(integerOf('0e99999')).toBe(0n);
    for (const text of ['1.5', '1e-1', '1e99999999', '1e20', '-', '1x', '+1', ' 1', '0x1', '1.', '.5', 'NaN'])
      expect(integerOf(text), text).toBeUndefined();
  });

  it('checks signs', () => {
    const integer = new Integer64();
    const read = (text: string): void => integer.read(new TextEncoder().encode(text), 0, text.length);
    read(String(2n ** 63n));
    expect(() => integer.checkSigned()).toThrow(DecodeError);
    read(String(-(2n ** 63n)));
    expect(() => integer.checkSigned()).not.toThrow();
    expect(() => integer.checkUnsigned()).toThrow(DecodeError);
    read('-0');
    expect(() => integer.checkUnsigned()).not.toThrow();
  });
});

describe('readDouble', () => {
  it('reads what JavaScript prints', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(doubleOf(String(value))).toBe(Object.is(value, -0) ? 0 : value);
      }),
    );
    for (const text of ['Inf', '-NaN', 'nan', '0x10', '1 ', '--1', '1e', '01'])
      expect(doubleOf(text), text).toBeUndefined();
  });
});
