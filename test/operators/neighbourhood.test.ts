import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Neighbourhood } from '../../operators/neighbourhood.ts';
import { OCCURRENCES_MAX } from '../../operators/common-ids.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ID_WORDS } from '../../src/spans/span-batch.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';

const RULES = { windowMs: 60_000, aheadMsMax: 1e9, lateMsMax: 1e12 };

interface Id {
  readonly slot: number;
  readonly spanId: number;
  readonly service: string;
  readonly recordMs: number;
}

/** The `repeat` column after marking spans, one batch per run of equal slots. */
function marked(spans: readonly Id[], spansMax: number, slotMessages = 10): number[] {
  const neighbourhood = new Neighbourhood({ spansMax, slotMessages, ...RULES }, false, 7);
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  return spans.flatMap(({ slot, spanId, service, recordMs }) => {
    writer.reset(slot);
    writer.begin(slot, recordMs, 'default');
    const row = writer.addRow();
    writer.ids[row * ID_WORDS + 3] = 1;
    writer.ids[row * ID_WORDS + 5] = spanId;
    writer.service[row] = writer.dictionary.internText(service);
    neighbourhood.walk(writer);
    return [writer.repeat[row]!];
  });
}

const id = (spanId: number, slot = 0, service = 'cart'): Id => ({ slot, spanId, service, recordMs: 0 });

test('a span repeats an equal one among the spansMax - 1 before it', () => {
  expect(marked([id(1), id(2), id(1)], 3)).toEqual([0, 0, 1]);
  expect(marked([id(1), id(2), id(3), id(1)], 3)).toEqual([0, 0, 0, 0]);
  expect(marked([id(1), id(1, 0, 'pay')], 3)).toEqual([0, 0]);
});

test('a repeat is an occurrence: it keeps the span in sight', () => {
  expect(marked([id(1), id(2), id(1), id(3), id(1)], 3)).toEqual([0, 0, 1, 0, 1]);
});

test('nothing from before the preceding slot is seen', () => {
  expect(marked([id(1, 0), id(1, 10)], 100)).toEqual([0, 1]);
  expect(marked([id(1, 0), id(2, 10), id(1, 20)], 100)).toEqual([0, 0, 0]);
  expect(marked([id(1, 0), id(1, 20)], 100)).toEqual([0, 0]);
});

test('a repeat is sought among the last spans of its id: no id makes the work grow', () => {
  const others = (count: number): Id[] => Array.from({ length: count }, (_, at) => id(1, 0, `other-${at}`));
  expect(marked([id(1), ...others(OCCURRENCES_MAX - 1), id(1)], 1000).at(-1)).toBe(1);
  expect(marked([id(1), ...others(OCCURRENCES_MAX), id(1)], 1000).at(-1)).toBe(0);
});

test('spans without an id repeat nothing', () => {
  expect(marked([id(0), id(0)], 3)).toEqual([0, 0]);
});

test('marks what a scan of the definition marks: law', () => {
  const span = fc.record({
    spanId: fc.integer({ min: 0, max: 5 }),
    service: fc.constantFrom('cart', 'pay'),
    step: fc.constantFrom(0, 0, 0, 1, 1, 2),
  });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (drafts, spansMax) => {
      let slot = 0;
      const spans = drafts.map(({ step, ...rest }) => ({ ...rest, slot: (slot += step * 10), recordMs: 0 }));
      const naive = spans.map((last, at) =>
        last.spanId !== 0 &&
        spans
          .slice(Math.max(0, at - spansMax + 1), at)
          .some(
            (one) => one.slot >= last.slot - 10 && one.spanId === last.spanId && one.service === last.service,
          )
          ? 1
          : 0,
      );
      expect(marked(spans, spansMax)).toEqual(naive);
    }),
    { numRuns: 500 },
  );
});

test('so it does where few ids are many: law', () => {
  const span = fc.record({
    spanId: fc.constantFrom(1, 1, 1, 2),
    service: fc.integer({ min: 0, max: 90 }).map((service) => `service-${service}`),
    step: fc.constantFrom(...Array<number>(80).fill(0), 1, 2),
  });
  const many = fc.array(span, { minLength: 100, maxLength: 400, size: 'max' });
  fc.assert(
    fc.property(many, fc.integer({ min: 20, max: 300 }), (drafts, spansMax) => {
      let slot = 0;
      const spans = drafts.map(({ step, ...rest }) => ({ ...rest, slot: (slot += step * 10), recordMs: 0 }));
      const naive = spans.map((last, at) =>
        spans
          .slice(Math.max(0, at - spansMax + 1), at)
          .filter((one) => one.slot >= last.slot - 10 && one.spanId === last.spanId)
          .slice(-OCCURRENCES_MAX)
          .some((one) => one.service === last.service)
          ? 1
          : 0,
      );
      expect(marked(spans, spansMax)).toEqual(naive);
    }),
    { numRuns: 100 },
  );
});

test('its length in seconds is that of the records it holds', () => {
  const neighbourhood = new Neighbourhood({ spansMax: 4096, slotMessages: 1_000_000, ...RULES }, false, 7);
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  writer.reset(0);
  for (let second = 0; second < 10_000; second++) {
    writer.begin(second, second * 1000, 'default');
    writer.ids[writer.addRow() * ID_WORDS + 5] = second + 1;
  }
  neighbourhood.walk(writer);
  expect(neighbourhood.seconds).toBeGreaterThan(4096 - 1024 - 1);
  expect(neighbourhood.seconds).toBeLessThanOrEqual(4096);
});
