import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlaceList } from '../../operators/place-list.ts';
import { heldSpans } from '../support/held-spans.ts';

const SPANS = 200;

test('places come in the order in which their spans were read, few or many, each as often as it was added', () => {
  const { neighbourhood, placeOf } = heldSpans(Array.from({ length: SPANS }, () => 'web server').join('\n'));
  const list = new PlaceList();
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: SPANS }), { maxLength: SPANS, size: 'max' }),
      (numbers) => {
        list.clear();
        for (const number of numbers) list.push(placeOf(number));
        list.sort(neighbourhood.spans);
        const sorted = [...numbers].sort((a, b) => a - b);
        expect(list.length).toBe(numbers.length);
        expect(sorted.map((_, at) => list.at(at))).toEqual(sorted.map(placeOf));
      },
    ),
  );
});
