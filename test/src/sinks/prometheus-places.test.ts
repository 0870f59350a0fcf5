import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesPlaces } from '../../../src/sinks/prometheus-places.ts';
import { incrementRows, spanMetricsFamily } from '../../support/span-metrics-rows.ts';

const word = fc.constantFrom('a', 'ab', 'b', 'bc', 'c', '', '"', 'é');
const increment = fc.record({
  tenant: word,
  service: word,
  operation: word,
  kind: fc.constantFrom('client' as const, 'server' as const),
  status: fc.constantFrom('unset' as const, 'error' as const),
  dimensions: fc.dictionary(fc.constantFrom('region', 'zone'), word),
});

test.each([
  { dimensions: [], hasTenantLabel: false },
  { dimensions: ['region'], hasTenantLabel: true },
])('a place is that of the row alone, whatever rows came before: %o', ({ dimensions, hasTenantLabel }) => {
  const family = spanMetricsFamily(dimensions);
  fc.assert(
    fc.property(fc.array(increment, { maxLength: 40 }), (increments) => {
      const rows = incrementRows(increments);
      const places = new SeriesPlaces(family, hasTenantLabel);
      const decisive = places.decisive(rows);
      for (let row = 0; row < rows.length; row++) {
        const alone = new SeriesPlaces(family, hasTenantLabel);
        expect(places.of(rows, decisive, row)).toEqual(alone.of(rows, decisive, row));
        expect(places.overflowOf(rows, decisive, row)).toEqual(alone.overflowOf(rows, decisive, row));
      }
    }),
  );
});

test('more places than are remembered are still those of their rows', () => {
  const places = new SeriesPlaces(spanMetricsFamily([]), false);
  const increments = Array.from({ length: 70_000 }, (_, at) => ({ operation: `op${at}` }));
  const rows = incrementRows(increments);
  const decisive = places.decisive(rows);
  const isPlaced = (row: number): boolean =>
    places.of(rows, decisive, row).group.includes(`span_name="op${row}"`);
  const wrong = [1, 2].flatMap(() => increments.filter((_, row) => !isPlaced(row)));
  expect(wrong).toEqual([]);
});
