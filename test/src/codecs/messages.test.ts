/** Slices are the messages that were added, one by one and copied together. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Slices } from '../../../src/codecs/messages.ts';
import { slicesOf } from '../../support/slices.ts';

const ROOM = 60;
const BASE = 1000;

const messages = fc.array(fc.option(fc.uint8Array({ maxLength: 40 })), { maxLength: 40 });
const places = fc.record({ perBuffer: fc.integer({ min: 1, max: 9 }), gap: fc.nat(9) });

it('law: gives each message, in whatever order it is asked for', () => {
  fc.assert(
    fc.property(messages, places, fc.array(fc.nat(40)), (drawn, place, order) => {
      const slices = slicesOf(drawn, place);
      expect([...slices]).toEqual(drawn);
      expect(slices).toHaveLength(drawn.length);
      expect(order.map((at) => slices.at(at))).toEqual(order.map((at) => drawn[at]));
      expect(slices.at(-1)).toBeUndefined();
    }),
  );
});

it('law: copies as many as fit of one buffer, and says where each is', () => {
  fc.assert(
    fc.property(messages, places, fc.integer({ min: 1, max: 50 }), (drawn, place, most) => {
      const slices = slicesOf(drawn, place);
      for (let first = 0; first < drawn.length;) {
        const into = new Uint8Array(ROOM);
        const bounds = new Int32Array(100);
        const copied = slices.copy(first, most, into, bounds, BASE);
        expect(copied).toBeGreaterThan(0);
        expect(copied).toBeLessThanOrEqual(most);
        const found = Array.from({ length: copied }, (_, at) =>
          into.slice(bounds[at * 2]! - BASE, bounds[at * 2 + 1]! - BASE),
        );
        const none = new Uint8Array(0);
        expect(found).toEqual(drawn.slice(first, first + copied).map((message) => message ?? none));
        first += copied;
      }
    }),
  );
});

it('copies nothing where the first does not fit', () => {
  const slices = new Slices();
  slices.add(new Uint8Array(100), 10, 90);
  expect(slices.copy(0, 1, new Uint8Array(79), new Int32Array(2), 0)).toBe(0);
  expect(slices.copy(0, 1, new Uint8Array(80), new Int32Array(2), 0)).toBe(1);
});
