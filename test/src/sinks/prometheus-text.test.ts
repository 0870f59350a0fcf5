import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHUNK_BYTES_MAX,
  decimal,
  headLines,
  inChunks,
  renderMetrics,
  sampleLine,
  scaleOf,
} from '../../../src/sinks/prometheus-text.ts';
import { textOf } from '../../support/chunks.ts';

describe('decimals', () => {
  test('whole values print as integers, however large; others exactly', () => {
    const calls = scaleOf(2n ** 20n);
    expect(decimal(0n, calls)).toBe('0');
    expect(decimal(3n << 20n, calls)).toBe('3');
    expect(decimal(123_456_789_012_345_678_901n << 20n, calls)).toBe('123456789012345678901');
    expect(decimal((3n << 20n) + (1n << 18n), calls)).toBe('3.25');
    expect(decimal(1n, calls)).toBe('0.00000095367431640625');
    const ms = scaleOf(1000n << 20n);
    expect(decimal(1_234_567n << 20n, ms)).toBe('1234.567');
    expect(decimal(1_000n << 20n, ms)).toBe('1');
  });

  test('law: the decimal is the value, and order is kept', () => {
    const units = fc.bigInt({ min: 0n, max: 2n ** 80n });
    fc.assert(
      fc.property(units, units, (a, b) => {
        const scale = scaleOf(1000n << 20n);
        const [whole, fraction = ''] = decimal(a, scale).split('.') as [string, string?];
        expect(BigInt(whole + fraction.padEnd(23, '0')) * (1000n << 20n)).toBe(a * 10n ** 23n);
        if (a < b) expect(Number(decimal(a, scale))).toBeLessThanOrEqual(Number(decimal(b, scale)));
      }),
    );
  });
});

describe('lines', () => {
  test('heads escape what would end them', () => {
    expect(headLines('m', 'counter', 'a\\b\nc')).toEqual(['# HELP m a\\\\b\\nc\n', '# TYPE m counter\n']);
  });

  test('a sample without labels has no braces', () => {
    expect(sampleLine('m', '', '1')).toBe('m 1\n');
    expect(sampleLine('m', 'a="b"', '1')).toBe('m{a="b"} 1\n');
  });
});

describe('chunks', () => {
  test('hold whole lines up to their limit in bytes, and lose none', async () => {
    const line = `${'€'.repeat(500)}\n`;
    const chunks: string[] = [];
    for await (const chunk of inChunks(Array.from({ length: 10 }, () => new Array<string>(20).fill(line))))
      chunks.push(chunk);
    expect(chunks.join('')).toBe(line.repeat(200));
    expect(chunks.length).toBeGreaterThan(4);
    for (const chunk of chunks) {
      expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
      expect(chunk.endsWith('\n')).toBe(true);
    }
  });

  test('the event loop runs between two chunks, even for a reader that never waits', async () => {
    const turns: string[] = [];
    const blocks = new Array<string[]>(3).fill([`${'x'.repeat(CHUNK_BYTES_MAX - 1)}\n`]);
    for await (const chunk of inChunks(blocks)) {
      turns.push(`chunk ${chunk.length}`);
      setImmediate(() => turns.push('other work'));
    }
    expect(turns.slice(0, 4)).toEqual(['chunk 65536', 'other work', 'chunk 65536', 'other work']);
  });

  test('a block is read only when its lines are needed', async () => {
    let taken = 0;
    const blocks = function* () {
      for (; taken < 100; taken++) yield [`${'x'.repeat(CHUNK_BYTES_MAX / 2)}\n`];
    };
    for await (const chunk of inChunks(blocks())) {
      expect(chunk).not.toBe('');
      break;
    }
    expect(taken).toBeLessThan(3);
  });

  test('sources follow each other', async () => {
    const source = (text: string) => ({ render: () => inChunks([[text]]) });
    expect(await textOf(renderMetrics([source('a 1\n'), source(''), source('b 2\n')]))).toBe('a 1\nb 2\n');
  });
});
