import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Examples } from '../../operators/examples.ts';
import { PathExamples } from '../../operators/path-examples.ts';

const word = fc.constantFrom(0, 1, 2, -1, 0x7fff_ffff, -0x8000_0000);
const trace = fc.record({
  row: fc.nat(1),
  ids: fc.tuple(word, word, word, word).map((words) => Int32Array.from(words)),
  isRead: fc.boolean(),
});

/** Of the trace alone, and often another's. */
function hashOf(words: Int32Array): number {
  return [0, 1, 2, 3, 2 ** 32 - 1][words.reduce((sum, one) => sum + (one >>> 0), 0) % 5]!;
}

function hex(words: Int32Array): string {
  return Array.from(words, (one) => (one >>> 0).toString(16).padStart(8, '0')).join('');
}

test('are those that texts would be, at any time', () => {
  fc.assert(
    fc.property(fc.array(trace, { maxLength: 30 }), (traces) => {
      const examples = new PathExamples();
      const texts = new Examples();
      const admitted = [0, 1].map((row) => {
        texts.open(row);
        return examples.open(row);
      });
      for (const { row, ids, isRead } of traces) {
        const hash = hashOf(ids);
        expect(hash <= admitted[row]!).toBe(texts.admits(row, hash));
        if (hash > admitted[row]!) continue;
        texts.add(row, hash, hex(ids));
        admitted[row] = examples.add(row, hash, ids);
        if (isRead) expect(examples.of(row)).toEqual(texts.of(row));
      }
      for (const row of [0, 1]) expect(examples.of(row)).toEqual(texts.of(row));
    }),
    { numRuns: 500 },
  );
});

test('what was given out does not change', () => {
  const examples = new PathExamples();
  examples.open(0);
  examples.add(0, 5, Int32Array.of(0, 0, 0, 5));
  const before = examples.of(0);
  examples.add(0, 4, Int32Array.of(0, 0, 0, 4));
  expect(before).toEqual(['5'.padStart(32, '0')]);
  expect(examples.of(0)).toEqual(['4'.padStart(32, '0'), '5'.padStart(32, '0')]);
});
