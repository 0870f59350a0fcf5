/** Random spans that join: ids that collide, are shared, linked to and form cycles; some spans late, skewed, or naming peers. */
import * as fc from 'fast-check';
import { BASE_MS, type PlainMessage, type PlainSpan, plainSpan } from './plain-span.ts';

const PEER_KEYS = ['peer.service', 'db.system', 'db.name', 'server.address'];

const joinedSpan: fc.Arbitrary<PlainSpan> = fc
  .record({
    span: plainSpan,
    traceId: fc.constantFrom(0, 1, 1, 1, 2),
    spanId: fc.nat(5),
    parentId: fc.nat(5),
    kind: fc.constantFrom(0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5),
    service: fc.constantFrom('cart', 'pay', 'ship'),
    links: fc.array(
      fc.record({
        traceId: fc.constantFrom(0, 1, 1, 1, 2),
        spanId: fc.nat(5),
        isParent: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    attributes: fc.dictionary(fc.constantFrom(...PEER_KEYS), fc.constantFrom('cart', 'pay', 'db', ''), {
      maxKeys: 2,
    }),
  })
  .map(({ span, links, ...rest }) => ({
    ...span,
    ...rest,
    links: links.map(({ isParent, ...link }) =>
      isParent ? { traceId: rest.traceId, spanId: rest.parentId } : link,
    ),
  }));

/** A log of messages of up to four such spans, some messages repeated. */
export const joinedLog: fc.Arbitrary<readonly PlainMessage[]> = fc
  .array(
    fc.tuple(fc.array(joinedSpan, { maxLength: 4 }), fc.option(fc.nat(20), { nil: undefined, freq: 6 })),
    { maxLength: 20 },
  )
  .map((drafts) =>
    drafts.map(([spans, copyOf], at) => ({
      recordMs: BASE_MS + at * 1_500,
      spans: copyOf === undefined || copyOf >= at ? spans : drafts[copyOf]![0],
    })),
  );

/** The spans with ids of their own, each once: repeats are told before any profile counts. */
export function withoutRepeats(spans: readonly PlainSpan[]): PlainSpan[] {
  const keys = ['traceId', 'spanId', 'parentId', 'kind', 'service', 'operation'] as const;
  return spans
    .filter(({ traceId, spanId }) => traceId !== 0 && spanId !== 0)
    .filter((span, at, all) => !all.slice(0, at).some((one) => keys.every((key) => one[key] === span[key])));
}
