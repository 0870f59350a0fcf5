import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CLASSIC_BOUNDS_US,
  CLASSIC_BUCKETS,
  bucketOf,
  classicOf,
  midpointUs,
} from '../../operators/histogram.ts';
import { oracleBucket } from '../support/red-oracle.ts';

const durationUs = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 60_000_000 }),
  fc.maxSafeInteger().map(Math.abs),
);

test('every duration up to 20,000 us and around each power of two is in its bucket', () => {
  for (let us = 0; us <= 20_000; us++)
    expect(`${us}: ${bucketOf(us)}`).toBe(`${us}: ${oracleBucket(BigInt(us))}`);
  for (let power = 14; power < 53; power++)
    for (const us of [2 ** power - 1, 2 ** power, 2 ** power + 1])
      expect(`${us}: ${bucketOf(us)}`).toBe(`${us}: ${oracleBucket(BigInt(us))}`);
});

test('a bucket is (2^(i/32), 2^((i+1)/32)]: law', () => {
  fc.assert(
    fc.property(durationUs, (us) => {
      expect(String(bucketOf(us))).toBe(oracleBucket(BigInt(us)));
    }),
    { numRuns: 2_000 },
  );
});

test('durations next to each bound of the first fifty octaves are on their side of it', () => {
  for (let index = 0; index < 50 * 32; index += 7) {
    const bound = Math.floor(2 ** ((index + 1) / 32));
    for (const us of [bound - 1, bound, bound + 1])
      if (us > 0) expect(`${us}: ${bucketOf(us)}`).toBe(`${us}: ${oracleBucket(BigInt(us))}`);
  }
});

test('a midpoint is at most 1.1 % from any duration of its bucket', () => {
  fc.assert(
    fc.property(durationUs, (us) => {
      expect(Math.abs(midpointUs(bucketOf(us)) - us)).toBeLessThanOrEqual(us * 0.011);
    }),
    { numRuns: 2_000 },
  );
});

test('the classic bucket is the first whose bound is not below the duration', () => {
  const naive = (us: number): number => {
    const found = CLASSIC_BOUNDS_US.findIndex((bound) => us <= bound);
    return found < 0 ? CLASSIC_BOUNDS_US.length : found;
  };
  const nearBounds = CLASSIC_BOUNDS_US.flatMap((bound) => [bound - 1, bound, bound + 1]);
  for (const us of [0, 1, ...nearBounds])
    expect(`${us}: ${classicOf(us, bucketOf(us))}`).toBe(`${us}: ${naive(us)}`);
  fc.assert(
    fc.property(durationUs, (us) => {
      expect(classicOf(us, bucketOf(us))).toBe(naive(us));
    }),
  );
});

test('the longest durations are in the last classic bucket', () => {
  for (const us of [2 ** 54, 2 ** 55, 315_576_000_000e6, 2 ** 63, 2 ** 64])
    expect(classicOf(us, bucketOf(us)), `${us}`).toBe(CLASSIC_BUCKETS - 1);
});
