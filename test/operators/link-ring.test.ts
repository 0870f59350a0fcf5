import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinkRing, linksMaxOf } from '../../operators/link-ring.ts';
import { Neighbourhood, type NeighbourhoodOptions } from '../../operators/neighbourhood.ts';
import type { Place } from '../../operators/span-ring.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ID_WORDS } from '../../src/spans/span-batch.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';

const OPTIONS: NeighbourhoodOptions = {
  spansMax: 30,
  slotMessages: 1000,
  windowMs: 60_000,
  aheadMsMax: 1e9,
  lateMsMax: 1e9,
};

const IDS = 4;

/** A span with an id, and the ids it links to. */
interface Linking {
  readonly tenant: string;
  readonly id: number;
  readonly links: readonly number[];
}

const linking: fc.Arbitrary<Linking> = fc.record({
  tenant: fc.constantFrom('acme', 'umbra'),
  id: fc.nat(IDS - 1),
  links: fc.array(fc.nat(IDS - 1), { maxLength: 5 }),
});

/** Reads a span for each, telling after each the newest place and, of every link so far, the span it is of and the id it names. */
function read(
  spans: readonly Linking[],
  settled: (newest: Place, at: number, ring: LinkRing, neighbourhood: Neighbourhood) => void,
): void {
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  const neighbourhood = new Neighbourhood(OPTIONS, true, 7);
  const ring = new LinkRing(neighbourhood);
  for (const [at, { tenant, id, links }] of spans.entries()) {
    writer.reset(0);
    writer.begin(at, 0, tenant);
    const row = writer.addRow();
    writer.ids.set([0, 0, 0, 1, 0, id + 1, 0, 0], row * ID_WORDS);
    writer.operation[row] = writer.dictionary.internText(`op ${at}`);
    neighbourhood.walk(writer, (newest) => {
      for (const link of links) ring.add(Int32Array.of(9, 0, 0, 0, 1, 0, link + 1), 1);
      settled(newest, at, ring, neighbourhood);
    });
  }
}

test('a span is found by whoever links to it, the last links read alone, in the order they were read', () => {
  const kept = linksMaxOf(OPTIONS.spansMax);
  expect(kept).toBe(4);
  fc.assert(
    fc.property(fc.array(linking, { maxLength: 80 }), (spans) => {
      read(spans, (newest, at, ring, neighbourhood) => {
        const all = spans
          .slice(0, at + 1)
          .flatMap(({ tenant, links }, from) => links.map((id) => ({ tenant, from, id })));
        const naming = all.slice(-kept).filter(({ id, tenant, from }) => {
          return id === spans[at]!.id && tenant === spans[at]!.tenant && from > at - OPTIONS.spansMax;
        });
        const placeOf = (from: number): Place => (newest - (at - from) + OPTIONS.spansMax) % OPTIONS.spansMax;
        expect(
          ring
            .naming(Int32Array.of(0, 0, 0, 1, 0, spans[at]!.id + 1), neighbourhood.spans.tenant(newest))
            .map((link) => ring.ownerOf(link)),
        ).toEqual(naming.map(({ from }) => placeOf(from)));
        expect(ring.of(newest).length).toBe(Math.min(kept, spans[at]!.links.length));
        expect(ring.isEmpty).toBe(all.length === 0);
      });
    }),
  );
});

test('a span’s links stay its own until they are forgotten, and what is noted of a link stays with it', () => {
  fc.assert(
    fc.property(fc.array(linking, { maxLength: 80 }), (spans) => {
      const numbers = new Map<number, readonly number[]>();
      read(spans, (newest, at, ring) => {
        numbers.set(at, ring.of(newest));
        for (const link of ring.of(newest)) ring.callerAges[ring.indexOf(link)] = link;
        const read = spans.slice(0, at + 1).reduce((sum, { links }) => sum + links.length, 0);
        for (let from = Math.max(0, at - OPTIONS.spansMax + 1); from <= at; from++) {
          const place = (newest - (at - from) + OPTIONS.spansMax) % OPTIONS.spansMax;
          const kept = numbers.get(from)!.filter((link) => link >= read - linksMaxOf(OPTIONS.spansMax));
          expect(ring.of(place)).toEqual(kept);
          expect(kept.map((link) => ring.callerAges[ring.indexOf(link)])).toEqual(kept);
        }
      });
    }),
  );
});
