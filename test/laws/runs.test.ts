/** Law of reading: messages that are decoded many at once come to what they come to one by one, wherever they lie in the log and whatever is between them. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Codec, loadCodec } from '../../src/codecs/codec.ts';
import type { LogBatch } from '../../src/sources/log-source.ts';
import { abstractSpan, messagesOf } from '../support/encoders.ts';
import { openRedPartition } from '../support/red-partition.ts';
import { slicesOf } from '../support/slices.ts';

const SLOT_MESSAGES = 8;

const value = fc.oneof(
  { weight: 8, arbitrary: abstractSpan.map((span) => messagesOf('jaeger_proto', [span])[0]!) },
  fc.uint8Array({ maxLength: 30 }),
  fc.constant(null),
);
const record = fc.record({
  value,
  // Offsets that were there before come again; others are missing.
  step: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.integer({ min: -3, max: 9 })),
  timestampMs: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 5 })),
  tenant: fc.constantFrom(undefined, undefined, 'acme', 'umbrella'),
});
type Drawn = typeof record extends fc.Arbitrary<infer One> ? One : never;

const plan = fc
  .record({ ownersFrom: fc.nat(30), counted: fc.nat(30) })
  .map(({ ownersFrom, counted }) => ({ ownersFrom, countedTo: ownersFrom + counted }));

it.each(['jaeger_proto', 'auto'] as const)('holds for %s', async (encoding) => {
  const codec = await loadCodec(encoding);
  const oneByOne: Codec = { decode: codec.decode.bind(codec) };
  const runs = fc.array(fc.array(record, { maxLength: 40 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(runs, plan, fc.boolean(), fc.boolean(), (drawn, from, hasTenants, isFixed) => {
      const read = (by: Codec): unknown => {
        const partition = openRedPartition({
          codec: by,
          slotMessages: SLOT_MESSAGES,
          tenantOf: (header) => header ?? 'default',
          isTenantFixed: isFixed,
          ...from,
        });
        let offset = 0;
        for (const run of drawn) {
          const batch = batchAt(offset, run, hasTenants);
          partition.read(batch);
          offset = batch.nextOffset;
        }
        const { tally, watermarkMs, hi, lagMessages } = partition;
        return { tally, watermarkMs, hi, lagMessages, flush: partition.flush() };
      };
      expect(read(codec)).toEqual(read(oneByOne));
    }),
    { numRuns: 300 },
  );
});

function batchAt(from: number, run: readonly Drawn[], hasTenants: boolean): LogBatch {
  let next = from;
  const offsets = Float64Array.from(run, ({ step }) => (next = Math.max(0, next + step)));
  const nextOffset = Math.max(from, ...offsets) + 1;
  return {
    topic: 't',
    partition: 0,
    length: run.length,
    offsets,
    timestampsMs: Float64Array.from(run, ({ timestampMs }) => timestampMs),
    values: slicesOf(
      run.map((one) => one.value),
      { perBuffer: 7, gap: 3 },
    ),
    ...(hasTenants ? { tenants: run.map(({ tenant }) => tenant) } : {}),
    nextOffset,
    endOffset: nextOffset,
  };
}
