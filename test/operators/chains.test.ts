import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chains, makeBuckets, placeBitsOf } from '../../operators/chains.ts';
import { SCHEMA } from '../../src/config/schema.ts';

test('a chain holds every live place of its hash, newest first, and no place twice: law', () => {
  const hashes = fc.array(fc.oneof(fc.nat(3), fc.constantFrom(1 << 19, 1 << 20, -1)), { maxLength: 80 });
  fc.assert(
    fc.property(
      hashes,
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(1, 2, 4),
      (added, capacity, buckets) => {
        const chains = new Chains(capacity, makeBuckets(buckets));
        for (const [at, hash] of added.entries()) {
          chains.advance(at % capacity);
          chains.add(hash, at % capacity);
          for (const sought of new Set(added)) {
            const walked: number[] = [];
            for (let place = chains.first(sought); place >= 0; place = chains.next()) walked.push(place);
            const live = added
              .slice(0, at + 1)
              .flatMap((one, time) => (one === sought && time > at - capacity ? [time % capacity] : []))
              .reverse();
            expect(walked.filter((place) => live.includes(place))).toEqual(live);
            expect(new Set(walked).size).toBe(walked.length);
          }
        }
      },
    ),
  );
});

test('the longest lookback that may be configured leaves an entry three bits of its hash', () => {
  const isTaken = (lookbackSpans: number): boolean => SCHEMA.safeParse({ engine: { lookbackSpans } }).success;
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => isTaken(2 ** bit));
  const [longest] = bits.slice(-1);
  expect(isTaken(2 ** longest! + 1)).toBe(false);
  expect(32 - 2 - placeBitsOf(2 ** longest!)).toBe(3);
});
