import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../../src/codecs/wire/base-64.ts';
import { DecodeError } from '../../../../src/codecs/decode-error.ts';

function decode(text: string, room = 100): string {
  const into = new Uint8Array(room);
  const length = decodeBase64(Buffer.from(`!${text}!`), 1, text.length + 1, into);
  return `${length}:${Buffer.from(into.subarray(0, length)).toString('hex')}`;
}

describe('decodeBase64', () => {
  it('reads either alphabet, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const expected = `${bytes.length}:${buffer.toString('hex')}`;
        expect(decode(buffer.toString('base64'))).toBe(expected);
        expect(decode(buffer.toString('base64url'))).toBe(expected);
        expect(decode(buffer.toString('base64').replaceAll('=', ''))).toBe(expected);
      }),
    );
  });

  it('keeps to its room and tells the whole length', () => {
    expect(decode('AQIDBA==', 2)).toBe('4:0102');
  });

  it('refuses what is not base64', () => {
    for (const text of [
      'A',
      'AAAAA',
      'A=',
      'AA=',
      'AAA==',
      'AA===',
      '=',
      'AA A',
      'AAA*',
      'AAA\u00e9',
      'A=AA',
    ])
      expect(() => decode(text), text).toThrow(DecodeError);
  });
});
