import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXAMPLES_MAX, Examples } from '../../operators/examples.ts';

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

/** By hash, then by text, each once. */
function smallest(traces: readonly Int32Array[]): string[] {
  const distinct = [
    ...new Map(traces.map((ids) => [hex(ids), { id: hex(ids), hash: hashOf(ids) }])).values(),
  ];
  const inOrder = distinct.sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1));
  return inOrder.slice(0, EXAMPLES_MAX).map(({ id }) => id);
}

test('a row keeps the traces of the smallest hashes, once each, whichever order they come in', () => {
  fc.assert(
    fc.property(fc.array(trace, { maxLength: 30 }), (traces) => {
      const examples = new Examples();
      const admitted = [0, 1].map((row) => examples.open(row));
      const expected = (row: number, to: number): string[] =>
        smallest(traces.slice(0, to).flatMap((one) => (one.row === row ? [one.ids] : [])));
      for (const [at, { row, ids, isRead }] of traces.entries()) {
        const hash = hashOf(ids);
        expect(examples.admits(row, hash)).toBe(hash <= admitted[row]!);
        if (examples.admits(row, hash)) admitted[row] = examples.add(row, hash, ids);
        if (isRead) expect(examples.of(row)).toEqual(expected(row, at + 1));
      }
      for (const row of [0, 1]) expect(examples.of(row)).toEqual(expected(row, traces.length));
    }),
    { numRuns: 500 },
  );
});

test('what was given out does not change', () => {
  const examples = new Examples();
  examples.open(0);
  examples.add(0, 5, Int32Array.of(0, 0, 0, 5));
  const before = examples.of(0);
  examples.add(0, 4, Int32Array.of(0, 0, 0, 4));
  expect(before).toEqual(['5'.padStart(32, '0')]);
  expect(examples.of(0)).toEqual(['4'.padStart(32, '0'), '5'.padStart(32, '0')]);
});

test('rows are apart, however many there are', () => {
  const examples = new Examples();
  for (let row = 0; row < 100; row++) {
    examples.open(row);
    examples.add(row, row, Int32Array.of(0, 0, 0, row));
  }
  for (let row = 0; row < 100; row++) expect(examples.of(row)).toEqual([row.toString(16).padStart(32, '0')]);
});
