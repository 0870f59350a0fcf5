import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PathPlaces } from '../../operators/path-places.ts';
import { SpanRing } from '../../operators/span-ring.ts';

/** Reads `spans` spans from number `first` on, and lets `look` see each. */
function read(
  capacity: number,
  first: number,
  spans: number,
  look: (places: PathPlaces, ring: SpanRing, number: number) => void,
): void {
  const ring = new SpanRing(capacity);
  const places = new PathPlaces(ring, 64);
  for (let number = first; number < first + spans; number++) {
    ring.newest = (ring.newest + 1) % capacity;
    places.open(ring.newest, number, Math.min(capacity, number - first + 1));
    look(places, ring, number);
  }
}

test('a chain is whole at most until its oldest span leaves, and not much shorter: law', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 3, 16, 17, 100, 1000),
      fc.constantFrom(0, 2 ** 31 - 70, 2 ** 32 - 70, 2 ** 40 - 70),
      fc.array(fc.tuple(fc.boolean(), fc.nat(999)), { minLength: 1, maxLength: 300 }),
      (capacity, first, parents) => {
        /** The number of the oldest span of the chain of the span at each place. */
        const oldest: number[] = [];
        read(capacity, first, parents.length, (places, { newest }, number) => {
          const [isRoot, back] = parents[number - first]!;
          const parent = (newest + capacity - (back % capacity)) % capacity;
          const goesOn = !isRoot && parent !== newest && places.isWhole(parent);
          oldest[newest] = goesOn ? oldest[parent]! : number;
          places.setWhole(newest, 5, goesOn ? places.era(parent) : places.eraNow, 1);
          const held = Math.min(capacity, number - first + 1);
          for (const [place, its] of oldest.entries()) {
            if (places.isWhole(place)) expect(number - its).toBeLessThan(held);
            else expect(number - its).toBeGreaterThanOrEqual(held - 1 - capacity / 8);
          }
        });
      },
    ),
    { numRuns: 300 },
  );
});

test('a chain that grows downwards is as old as its oldest span', () => {
  read(160, 0, 100, (places, ring, number) => {
    if (number < 99) return;
    const old = places.eraWith(places.eraNow, ring.placeAt(90));
    expect(old).not.toBe(places.eraNow);
    expect(places.eraWith(old, ring.placeAt(0))).toBe(old);
    expect(places.eraWith(old, ring.placeAt(90))).toBe(old);
  });
});

test('nodes are marked and renamed where spans are whole', () => {
  read(8, 0, 3, (places, { newest }, number) => {
    if (number === 1) places.setPending(newest);
    else places.setWhole(newest, 3 + number, places.eraNow, 1);
    if (number < 2) return;
    const used = new Uint8Array(8);
    places.markNodes(used);
    expect([...used]).toEqual([0, 0, 0, 1, 0, 1, 0, 0]);
    places.renameNodes(Int32Array.of(0, 0, 0, 1, 0, 2, 0, 0));
    expect([places.node(0), places.isPending(1), places.node(2), places.isWhole(2)]).toEqual([
      1,
      true,
      2,
      true,
    ]);
  });
});
