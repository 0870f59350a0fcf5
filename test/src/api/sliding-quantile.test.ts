/** The middles of buckets are those of the histogram that operators fill. */
import { expect, it } from 'vitest';
import { ZERO_BUCKET, bucketOf, midpointUs } from '../../../operators/histogram.ts';
import { MIDDLES_US } from '../../../src/api/sliding-quantile.ts';

it('every bucket has the middle that operators give it', () => {
  const middles = Array.from(MIDDLES_US, (_, at) => midpointUs(at + ZERO_BUCKET));
  expect([...MIDDLES_US]).toEqual(middles);
  // The last is that of the longest duration.
  expect(middles.length - 1).toBe(bucketOf(2 ** 64) - ZERO_BUCKET);
});
