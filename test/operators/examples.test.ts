import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXAMPLES_MAX, Examples } from '../../operators/examples.ts';

interface Trace {
  readonly hash: number;
  readonly id: string;
}

const trace: fc.Arbitrary<Trace> = fc
  .tuple(fc.constantFrom(0, 1, 7, 8, 2 ** 32 - 1), fc.constantFrom('a', 'b', 'c'))
  .map(([hash, id]) => ({ hash, id: `${id}${hash}` }));

function kept(traces: readonly Trace[]): readonly string[] {
  const examples = new Examples();
  examples.open(0);
  examples.open(1);
  for (const { hash, id } of traces) if (examples.admits(1, hash)) examples.add(1, hash, id);
  expect(examples.of(0)).toEqual([]);
  return examples.of(1);
}

test('a row keeps the traces of the smallest hashes, once each, whichever order they come in', () => {
  fc.assert(
    fc.property(fc.array(trace, { size: 'max', maxLength: 20 }), (traces) => {
      const distinct = [...new Map(traces.map((one) => [one.id, one])).values()];
      const inOrder = distinct.sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1));
      expect(kept(traces)).toEqual(inOrder.slice(0, EXAMPLES_MAX).map(({ id }) => id));
    }),
    { numRuns: 500 },
  );
});

test('rows are apart, however many there are', () => {
  const examples = new Examples();
  for (let row = 0; row < 100; row++) {
    examples.open(row);
    examples.add(row, row, `trace ${row}`);
  }
  for (let row = 0; row < 100; row++) expect(examples.of(row)).toEqual([`trace ${row}`]);
});
