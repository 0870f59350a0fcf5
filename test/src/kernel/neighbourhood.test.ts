/** A neighbourhood with a kernel answers what one without it answers, whatever spans come in whatever batches. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Neighbourhood } from '../../../operators/neighbourhood.ts';
import { PARENT, SPAN, hashKeys, idHash } from '../../../operators/span-hash.ts';
import type { Place } from '../../../operators/span-ring.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { ID_WORDS } from '../../../src/spans/span-batch.ts';
import { SpanWriter } from '../../../src/spans/span-writer.ts';
import { openNeighbourhoodKernel } from '../../../src/kernel/neighbourhood.ts';
import { INDEXERS } from '../../support/indexers.ts';

const RULES = { windowMs: 60_000, aheadMsMax: 1e9, lateMsMax: 1e12 };
const SLOT_MESSAGES = 1000;
const SEED = 7;

interface Span {
  readonly trace: number;
  readonly id: number;
  readonly parent: number;
  readonly kind: number;
  readonly status: number;
  readonly service: number;
  readonly tenant: number;
  readonly isCopy: boolean;
  readonly startUs: number;
}

interface Batch {
  readonly slot: number;
  readonly firstOwner: number;
  readonly spans: readonly Span[];
}

const span: fc.Arbitrary<Span> = fc.record({
  trace: fc.integer({ min: 0, max: 2 }),
  id: fc.integer({ min: 0, max: 12 }),
  parent: fc.integer({ min: 0, max: 12 }),
  kind: fc.integer({ min: 0, max: 5 }),
  status: fc.integer({ min: 0, max: 2 }),
  service: fc.integer({ min: 1, max: 2 }),
  tenant: fc.integer({ min: 1, max: 2 }),
  isCopy: fc.boolean(),
  startUs: fc.double({ min: 0, max: 2 ** 51, noNaN: true }),
});

const batch: fc.Arbitrary<Batch> = fc.record({
  slot: fc.integer({ min: 0, max: 3 }),
  firstOwner: fc.integer({ min: 0, max: 4 }),
  spans: fc.oneof(
    { weight: 4, arbitrary: fc.array(span, { minLength: 1, maxLength: 30 }) },
    { weight: 1, arbitrary: fc.array(span, { minLength: 250, maxLength: 300, size: 'max' }) },
  ),
});

/** Of each span, right after it was read: itself, its relatives, and now and then all that is held. */
function seen(batches: readonly Batch[], places: number, isJoined: boolean, way: (typeof INDEXERS)[number]) {
  const { openKernel } = way;
  const options = {
    spansMax: places,
    slotMessages: SLOT_MESSAGES,
    ...RULES,
    ...(openKernel && { openKernel }),
  };
  const neighbourhood = new Neighbourhood(options, isJoined, SEED);
  const { spans, relatives } = neighbourhood;
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  const answers: unknown[] = [];
  const read = (place: Place): unknown => [
    place,
    spans.contentHash(place),
    [spans.kind(place), spans.status(place), spans.service(place), spans.tenant(place), spans.window(place)],
    [spans.startUs(place), spans.durationUs(place), spans.traceHash(place), neighbourhood.slotOf(place)],
    [spans.isShared(place), spans.isRepeat(place), spans.isOwner(place), spans.ownsLinks(place)],
    isJoined && [relatives.parentOf(place), relatives.childrenOf(place), relatives.isRoot(place)],
  ];
  let slot = 0;
  for (const given of batches) {
    slot += given.slot * SLOT_MESSAGES;
    fill(writer, given, slot);
    neighbourhood.walk(writer, (newest, _, row) => {
      answers.push(read(newest));
      if (row % 7 === 0)
        for (let age = 0; age < neighbourhood.held; age++) answers.push(read(spans.placeAt(age)));
    });
    answers.push(Array.from(writer.repeat.subarray(0, writer.length)), neighbourhood.seconds);
    // Once more, without anybody who looks around between two spans.
    neighbourhood.walk(writer);
    answers.push(Array.from(writer.repeat.subarray(0, writer.length)), spans.spansRead, read(spans.newest));
  }
  return answers;
}

function fill(writer: SpanWriter, { firstOwner, spans }: Batch, slot: number): void {
  writer.reset(slot);
  writer.begin(slot, slot * 1000, 'default');
  for (const one of spans) {
    const row = writer.addRow();
    const at = row * ID_WORDS;
    writer.ids[at + 3] = one.trace;
    setId(writer.ids, at + SPAN, one.id);
    setId(writer.ids, at + PARENT, one.parent);
    writer.kind[row] = one.kind;
    writer.status[row] = one.status;
    writer.service[row] = one.service;
    writer.tenant[row] = one.tenant;
    writer.copy[row] = one.isCopy ? 1 : 0;
    writer.startUs[row] = writer.endUs[row] = Math.floor(one.startUs);
    writer.durationUs[row] = one.id;
  }
  writer.firstOwner = Math.min(firstOwner, spans.length);
}

/** Ids in their upper word too. */
function setId(ids: Int32Array, at: number, id: number): void {
  ids[at] = id >>> 1;
  ids[at + 1] = id === 0 ? 0 : -id;
}

function expectSame(batches: readonly Batch[], places: number, isJoined: boolean): void {
  const [plain, kernel] = INDEXERS.map((way) => seen(batches, places, isJoined, way));
  // The first that differs: thousands would be shown, for each try to make the example smaller.
  const wrong = plain!.findIndex((answer, at) => !isDeepStrictEqual(answer, kernel![at]));
  expect(kernel![wrong]).toEqual(plain![wrong]);
}

test.each([true, false])('ids that meet in a small ring, joined: %s', (isJoined) => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (batches, places) => {
      expectSame(batches, places, isJoined);
    }),
    { numRuns: 150 },
  );
});

test('ids of one bucket and one tag are told apart', () => {
  const places = 1 << 18;
  const ids = idsThatMeet(places);
  expect(ids.length).toBeGreaterThan(10);
  const of = (id: number, parent: number): Span => ({
    ...{ trace: 1, id, parent, kind: 1, status: 0, service: 1, tenant: 1, isCopy: false, startUs: 0 },
  });
  const [first] = ids;
  const spans = ids.flatMap((id, at) => [of(id, ids[at ^ 1] ?? 0), of(ids[at ^ 1] ?? 1, id), of(id, first!)]);
  expectSame([{ slot: 0, firstOwner: 0, spans }], places, true);
});

/** Pairs of ids whose hashes agree in all that a ring's chains look at. */
function idsThatMeet(places: number): readonly number[] {
  const keys = hashKeys(SEED);
  const buckets = Math.ceil(places / 4.25);
  const tagShift = Math.ceil(Math.log2(places + 1)) + 2;
  const words = new Int32Array(ID_WORDS);
  words[3] = 1;
  const seenBefore = new Map<string, number>();
  const found: number[] = [];
  for (let id = 1; id < 100_000; id++) {
    setId(words, SPAN, id);
    const hash = idHash(words, 0, SPAN, keys);
    const place = `${Math.floor(((hash >>> 0) * buckets) / 2 ** 32)} ${(hash << tagShift) >>> tagShift}`;
    const other = seenBefore.get(place);
    if (other !== undefined) found.push(other, id);
    seenBefore.set(place, id);
  }
  return found;
}

test('a neighbourhood of more spans than addresses reach has no kernel', () => {
  const shape = { buckets: 1, placeBits: 26, isJoined: true, keys: hashKeys(SEED) };
  expect(openNeighbourhoodKernel({ ...shape, places: 2 ** 26 })).toBeUndefined();
});
