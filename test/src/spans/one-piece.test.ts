import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOnePiece } from '../../../src/spans/one-piece.ts';

const TEXTS = 20_000;

test('a text in one piece is the same text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (parts) => {
      expect(inOnePiece(parts.reduce((text, part) => text + part, ''))).toBe(parts.join(''));
    }),
  );
});

test('a text joined from parts takes at most two thirds of the memory', () => {
  const joined = bytesOf((text) => text);
  expect(bytesOf(inOnePiece)).toBeLessThan(joined * (2 / 3));
});

/** Heap that so many texts take. */
function bytesOf(keep: (text: string) => string): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const texts = Array.from({ length: TEXTS }, (_, at) => {
    const labels = [
      `service="service-${at % 24}"`,
      `operation="GET /api/v1/resource-${at}"`,
      `kind="server"`,
    ];
    let text = '';
    for (const label of labels) text += `${label},`;
    return keep(text);
  });
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(texts).toHaveLength(TEXTS);
  return bytes;
}
