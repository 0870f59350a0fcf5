import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { ID_WORDS, WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { SpanWriter } from '../../../src/spans/span-writer.ts';
import { StubEmitter, targetOf } from '../../../src/stubs/stub-emitter.ts';
import { STUB_MESSAGE_BYTES } from '../../../src/stubs/stub-format.ts';
import { StubMarks } from '../../../src/stubs/stub-marks.ts';
import { StubReader } from '../../../src/stubs/stub-reader.ts';
import { expectRobust, rowsOf } from '../../support/decoded.ts';

const KEYS = ['peer.service', 'unread', 'db.name'];
const READ = ['db.name', 'peer.service', 'red only'];

/** A span as its columns; texts by their words. */
interface Columns {
  readonly ids: readonly number[];
  readonly times: readonly [startUs: number, endUs: number, durationUs: number];
  readonly isReversed: boolean;
  readonly isOversized: boolean;
  readonly kind: number;
  readonly status: number;
  readonly weight: number;
  readonly texts: readonly [tenant: string, service: string, operation: string];
  readonly attributes: readonly (string | undefined)[];
  readonly resource: readonly (string | undefined)[];
  readonly links: readonly (readonly number[])[];
}

const word = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31 - 1), fc.integer());
const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1_790_000_000_000_000, max: 1_790_000_100_000_000 }) },
  { weight: 1, arbitrary: fc.nat() },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 2e16, noNaN: true }).map(Math.floor) },
);
const text = fc.oneof(fc.constantFrom('cart', 'pay', ''), fc.string({ unit: 'grapheme', maxLength: 8 }));
const value = fc.option(text, { nil: undefined, freq: 2 });
const columns: fc.Arbitrary<Columns> = fc.record({
  ids: fc.oneof(
    fc.array(word, { minLength: ID_WORDS, maxLength: ID_WORDS }),
    fc.constantFrom([1, 2, 3, 4, 5, 6, 0, 0], [1, 2, 3, 4, 7, 8, 5, 6], [0, 0, 0, 0, 0, 0, 0, 0]),
  ),
  times: fc.oneof(
    fc
      .tuple(time, fc.nat(10 ** 9), fc.nat(1))
      .map(([start, length, later]) => [start, start + length + later, length] as const),
    fc.tuple(time, time, time),
  ),
  isReversed: fc.boolean(),
  isOversized: fc.boolean(),
  kind: fc.nat(5),
  status: fc.nat(2),
  weight: fc.oneof(fc.constant(WEIGHT_ONE), fc.integer({ min: 0, max: WEIGHT_ONE * 2 ** 24 })),
  texts: fc.tuple(text, text, text),
  attributes: fc.tuple(value, value, value),
  resource: fc.tuple(value, value, value),
  links: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.array(word, { minLength: 6, maxLength: 6 }), { maxLength: 3 }) },
  ),
});

const message = fc.record({
  spans: fc.array(columns, { maxLength: 4 }),
  recordMs: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_100_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, -1, 2 ** 60, -(2 ** 62)) },
  ),
  step: fc.integer({ min: 1, max: 300 }),
});
type Message = typeof message extends fc.Arbitrary<infer M> ? M : never;

function newWriter(keys: readonly string[]): SpanWriter {
  const writer = new SpanWriter({ keys: new AttributeKeys(keys), hasLinks: true });
  writer.reset(0);
  return writer;
}

function add(writer: SpanWriter, span: Columns): void {
  const id = (one: string): number => writer.dictionary.internText(one);
  const row = writer.addRow();
  writer.ids.set(span.ids, row * ID_WORDS);
  [writer.startUs[row], writer.endUs[row], writer.durationUs[row]] = span.times;
  writer.reversed[row] = span.isReversed ? 1 : 0;
  writer.oversized[row] = span.isOversized ? 1 : 0;
  writer.kind[row] = span.kind;
  writer.status[row] = span.status;
  writer.weight[row] = span.weight;
  [writer.tenant[row], writer.service[row], writer.operation[row]] = span.texts.map(id) as [
    number,
    number,
    number,
  ];
  for (const column of KEYS.keys()) {
    const [own, ofResource] = [span.attributes[column], span.resource[column]];
    if (own !== undefined) writer.spanAttributes[column]![row] = id(own);
    if (ofResource !== undefined) writer.resourceAttributes[column]![row] = id(ofResource);
  }
  for (const link of span.links) {
    writer.links.next.set(link);
    writer.links.add(row);
  }
}

/** All messages through one emitter, in batches of `perBatch`, into one partition. */
function emitted(messages: readonly Message[], perBatch: number) {
  const writer = newWriter(KEYS);
  const emitter = new StubEmitter({
    target: { topic: 'stubs', partitions: 1 },
    partition: 3,
    generation: 2,
    firstOffset: 0,
    keys: [
      { key: 'peer.service', column: 0 },
      { key: 'db.name', column: 2 },
    ],
  });
  let offset = 0;
  const sent: {
    readonly recordMs: number;
    readonly reversed: number;
    readonly row: ReturnType<typeof rowsOf>[number];
  }[] = [];
  for (const [at, { spans, recordMs, step }] of messages.entries()) {
    offset += step;
    writer.begin(offset, recordMs, 'default');
    for (const span of spans) add(writer, span);
    if (at % perBatch !== perBatch - 1 && at !== messages.length - 1) continue;
    emitter.add(writer);
    sent.push(
      ...rowsOf(writer).map((row, i) => ({
        recordMs: writer.recordMs[i]!,
        reversed: writer.reversed[i]!,
        row,
      })),
    );
    writer.reset(0);
    if (at % 3 === 0) writer.compactDictionary(new Uint8Array(writer.dictionary.size));
  }
  return { sent, stubs: emitter.take() };
}

describe('stubs', () => {
  test('carry every column that the operators that join read, however batches were cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (messages, perBatch) => {
          const { sent, stubs } = emitted(messages, perBatch);
          const writer = newWriter(READ);
          const reader = new StubReader(new StubMarks());
          writer.begin(77, 5, 'another');
          for (const { value: bytes } of stubs) reader.decode(bytes, writer);
          const known = ({ 'db.name': db, 'peer.service': peer }: Record<string, string>): object => ({
            ...(db === undefined ? {} : { 'db.name': db }),
            ...(peer === undefined ? {} : { 'peer.service': peer }),
          });
          const expected = sent.map(({ row }) => ({
            ...row,
            attributes: known(row.attributes),
            resource: known(row.resource),
          }));
          expect(rowsOf(writer)).toEqual(expected);
          expect([...writer.reversed.subarray(0, writer.length)]).toEqual(
            sent.map(({ reversed }) => reversed),
          );
          expect([...writer.recordMs.subarray(0, writer.length)]).toEqual(
            sent.map(({ recordMs }) => recordMs),
          );
          expect([...new Set(writer.offset.subarray(0, writer.length))]).toEqual(sent.length > 0 ? [77] : []);
        },
      ),
    );
  });

  test('are read in at most one message a flush, unless it grows too long', () => {
    const span = fc.sample(columns, 1)[0]!;
    const long = { ...span, texts: ['default', 'cart', 'x'.repeat(1000)] as const };
    const messages = Array.from({ length: 1500 }, (_, at) => ({
      spans: [{ ...long, texts: ['default', 'cart', `${at} ${'x'.repeat(990)}`] as const }],
      recordMs: 1,
      step: 1,
    }));
    const { stubs } = emitted(messages, 7);
    expect(stubs.length).toBeGreaterThan(4);
    for (const { value: bytes } of stubs) expect(bytes.length).toBeLessThan(STUB_MESSAGE_BYTES + 4096);
    const writer = newWriter(READ);
    const reader = new StubReader(new StubMarks());
    writer.begin(0, 0, 'default');
    for (const { value: bytes } of stubs) reader.decode(bytes, writer);
    expect(writer.length).toBe(1500);
  });

  test('damaged anywhere are refused, and nothing worse', () => {
    const { stubs } = emitted(fc.sample(message, { numRuns: 4, seed: 5 }), 2);
    expectRobust(
      { decode: (bytes, into) => new StubReader(new StubMarks()).decode(bytes, into) },
      stubs[0]!.value,
    );
  });

  test('of a refused message raise no mark', () => {
    const { stubs } = emitted(fc.sample(message, { numRuns: 4, seed: 5 }), 2);
    const marks = new StubMarks();
    const writer = newWriter(READ);
    writer.begin(0, 0, 'default');
    const reader = new StubReader(marks);
    const bytes = stubs[0]!.value;
    expect(() => reader.decode(bytes.subarray(0, bytes.length - 1), writer)).toThrow('ends beyond');
    writer.rollback();
    expect(marks.rows()).toEqual([]);
    reader.decode(bytes, writer);
    expect(marks.rows()).toEqual([[3, 2, expect.any(Number), expect.any(Number)]]);
    const { length } = writer;
    reader.decode(bytes, writer);
    expect(writer.length).toBe(length);
    expect(reader).toMatchObject({ repeated: length, outdated: 0 });
  });
});

test('a trace has one partition, whoever asks, and traces spread over all', () => {
  const counts = new Array<number>(12).fill(0);
  for (let trace = 0; trace < 12_000; trace++)
    counts[targetOf(Int32Array.of(0, 0, trace >> 5, trace), 0, 5, 12)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200);
  // Processes of any release and machine must agree.
  expect(targetOf(Int32Array.of(1, 2, 3, 4), 0, 0, 2 ** 31)).toBe(961_083_943);
  expect(targetOf(Int32Array.of(9, 0, 0, 0, 0), 1, 5, 12)).toBe(5);
});
