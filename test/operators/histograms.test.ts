import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf } from '../../operators/histogram.ts';
import { Histograms } from '../../operators/histograms.ts';

const counts = fc.array(
  fc.tuple(
    fc.nat(3),
    fc.oneof(fc.nat(50), fc.maxSafeInteger().map(Math.abs)),
    fc.integer({ min: 1, max: 9 }),
  ),
);

/** Histograms of four rows after adding durations with their weights. */
function filled(durations: readonly (readonly [number, number, number])[]): Histograms {
  const histograms = new Histograms(3);
  for (let row = 0; row < 4; row++) histograms.open(row);
  for (const [row, us, units] of durations) {
    histograms.add(row, bucketOf(us), units);
  }
  return histograms;
}

test('hold what was added, bucket by bucket in order: law', () => {
  fc.assert(
    fc.property(counts, (durations) => {
      const histograms = filled(durations);
      for (let row = 0; row < 4; row++) {
        const naive = new Map<number, number>();
        for (const [at, us, units] of durations)
          if (at === row) naive.set(bucketOf(us), (naive.get(bucketOf(us)) ?? 0) + units);
        const sorted = [...naive].sort(([a], [b]) => a - b);
        expect(histograms.of(row)).toEqual({
          buckets: sorted.map(([b]) => b),
          units: sorted.map(([, u]) => u),
        });
      }
    }),
  );
});

test('the histogram of a union is the merge of histograms: law', () => {
  fc.assert(
    fc.property(counts, counts, (one, two) => {
      const merged = filled(one);
      const { buckets, units } = filled(two).of(0);
      for (const [at, bucket] of buckets.entries()) {
        merged.add(0, bucket, units[at]!);
      }
      expect(merged.of(0)).toEqual(filled([...one, ...two]).of(0));
    }),
  );
});

test('a bucket holds more than its cell does, and takes it along when its block is outgrown', () => {
  const histograms = new Histograms(2);
  histograms.open(0);
  const times = 2 ** 17 + 5;
  for (let time = 0; time < times; time++) histograms.add(0, 7, 2);
  expect(histograms.of(0)).toEqual({ buckets: [7], units: [times * 2] });
  histograms.add(0, 900, 2);
  histograms.add(0, 7, 3);
  expect(histograms.of(0)).toEqual({ buckets: [7, 900], units: [times * 2 + 3, 2] });
});
