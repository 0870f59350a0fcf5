/** Random logs of traces that nest: for tests of what spans are to each other. */
import * as fc from 'fast-check';
import { BASE_MS, type PlainMessage, plainSpan } from './plain-span.ts';

/** Spans of few traces that nest, in any order; their ids collide, share and form cycles; some are late or skewed. */
const nestedSpan = fc
  .record({
    span: plainSpan,
    traceId: fc.constantFrom(0, 1, 1, 1, 1, 2, 3, 4, 5),
    ids: fc.oneof(
      { weight: 4, arbitrary: fc.nat(7).map((id) => [id + 1, id === 0 ? 0 : Math.ceil(id / 2)] as const) },
      { weight: 2, arbitrary: fc.nat(7).map((id) => [id + 1, id] as const) },
      { weight: 1, arbitrary: fc.tuple(fc.nat(8), fc.nat(8)) },
    ),
    kind: fc.constantFrom(0, 1, 1, 2, 2, 2, 3, 3, 4),
    service: fc.constantFrom('cart', 'pay', 'ship'),
    operation: fc.constantFrom('a', 'b'),
  })
  .map(({ span, ids: [spanId, parentId], ...rest }) => ({ ...span, ...rest, spanId, parentId }));

export const nestedLog: fc.Arbitrary<readonly PlainMessage[]> = fc
  .array(
    fc.tuple(
      fc.array(nestedSpan, { maxLength: 4, size: 'max' }),
      fc.option(fc.nat(20), { nil: undefined, freq: 6 }),
    ),
    {
      maxLength: 20,
      size: 'max',
    },
  )
  .map((drafts) =>
    drafts.map(([spans, copyOf], at) => ({
      recordMs: BASE_MS + at * 1_500,
      spans: copyOf === undefined || copyOf >= at ? spans : drafts[copyOf]![0],
    })),
  );
