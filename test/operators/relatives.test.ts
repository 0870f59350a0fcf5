import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Neighbourhood } from '../../operators/neighbourhood.ts';
import { OCCURRENCES_MAX } from '../../operators/common-ids.ts';
import { NONE } from '../../operators/span-ring.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ID_WORDS } from '../../src/spans/span-batch.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';

const RULES = { windowMs: 60_000, aheadMsMax: 1e9, lateMsMax: 1e12 };

interface Span {
  readonly id: number;
  readonly parent: number;
  readonly service: string;
  readonly kind: number;
}

const joinedSpan = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  parent: fc.integer({ min: 0, max: 5 }),
  service: fc.constantFrom('cart', 'pay'),
  kind: fc.integer({ min: 0, max: 5 }),
});

/** The parent by its definition, among spans [from, to]; -1 where there is none. */
function parentIn(spans: readonly Span[], child: number, from: number, to: number): number {
  const { id, parent, service, kind } = spans[child]!;
  const seen = spans.flatMap((span, at) => (at >= from && at <= to && at !== child ? [{ ...span, at }] : []));
  const occurrences = (of: number): number =>
    seen.filter((one) => one.id === of).length + (of === id ? 1 : 0);
  if (kind === 2 && occurrences(id) <= OCCURRENCES_MAX) {
    const client = seen.find((one) => one.id === id && one.kind === 3);
    if (client !== undefined) return client.at;
  }
  if (parent === 0 || parent === id || occurrences(parent) > OCCURRENCES_MAX) return -1;
  const rank = (one: Span): number => (one.service === service ? 2 : 0) + (one.kind === 2 ? 1 : 0);
  const candidates = seen.filter((one) => one.id === parent);
  const best = Math.max(...candidates.map(rank));
  return candidates.find((one) => rank(one) === best)?.at ?? -1;
}

/** Reads the spans in order, and asks for all parents and children after one in so many. */
function expectRelativesOfDefinition(spans: readonly Span[], spansMax: number, step: number): void {
  const neighbourhood = new Neighbourhood({ spansMax, slotMessages: 1000, ...RULES }, true, 7);
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  writer.reset(0);
  writer.begin(0, 0, 'default');
  for (const { id: spanId, parent, service, kind } of spans) {
    const row = writer.addRow();
    writer.ids[row * ID_WORDS + 3] = 1;
    writer.ids[row * ID_WORDS + 5] = spanId;
    writer.ids[row * ID_WORDS + 7] = parent;
    writer.service[row] = writer.dictionary.internText(service);
    writer.kind[row] = kind;
  }
  const positions: number[] = [];
  neighbourhood.walk(writer, (newest) => {
    positions.push(newest);
    const to = positions.length - 1;
    if ((spans.length - 1 - to) % step !== 0) return;
    const from = Math.max(0, to - spansMax + 1);
    const parents = spans.map((_, at) => (at < from || at > to ? -1 : parentIn(spans, at, from, to)));
    for (let at = from; at <= to; at++) {
      expect(positions.lastIndexOf(neighbourhood.relatives.parentOf(positions[at]!))).toBe(parents[at]);
      const children = parents.flatMap((parent, child) => (parent === at ? [child] : []));
      expect(
        neighbourhood.relatives.childrenOf(positions[at]!).map((child) => positions.lastIndexOf(child)),
      ).toEqual(children);
    }
  });
}

test('parents and children are those of the definition, after every span: law', () => {
  fc.assert(
    fc.property(
      fc.array(joinedSpan, { maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      (spans, spansMax) => {
        expectRelativesOfDefinition(spans, spansMax, 1);
      },
    ),
    { numRuns: 300 },
  );
});

test('so they are where few ids are many: law', () => {
  const span = fc.record({
    id: fc.constantFrom(1, 1, 1, 2, 3),
    parent: fc.constantFrom(0, 1, 1, 2, 3),
    service: fc.constantFrom('cart', 'pay', 'ship'),
    kind: fc.constantFrom(1, 1, 1, 1, 2, 3),
  });
  const many = fc.array(span, { minLength: 100, maxLength: 220, size: 'max' });
  fc.assert(
    fc.property(many, fc.integer({ min: 10, max: 160 }), (spans, spansMax) => {
      expectRelativesOfDefinition(spans, spansMax, 31);
    }),
    { numRuns: 100 },
  );
});

test('an id that occurs too often has no parent and no children', () => {
  const joined = (occurrences: number): readonly [number, number] => {
    const neighbourhood = new Neighbourhood({ spansMax: 1000, slotMessages: 1000, ...RULES }, true, 7);
    const writer = new SpanWriter({ keys: new AttributeKeys([]) });
    writer.reset(0);
    writer.begin(0, 0, 'default');
    for (let at = 0; at <= occurrences; at++) {
      const row = writer.addRow();
      writer.ids[row * ID_WORDS + 3] = 1;
      writer.ids[row * ID_WORDS + 5] = at === 0 ? 2 : 1;
      writer.ids[row * ID_WORDS + 7] = at === 0 ? 1 : 0;
      writer.operation[row] = writer.dictionary.internText(`operation-${at}`);
    }
    neighbourhood.walk(writer);
    const { relatives } = neighbourhood;
    return [relatives.parentOf(0), relatives.childrenOf(1).length];
  };
  expect(joined(OCCURRENCES_MAX)).toEqual([1, 1]);
  expect(joined(OCCURRENCES_MAX + 1)).toEqual([NONE, 0]);
});
