import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/codecs/decode-error.ts';
import { SPANS_PER_MESSAGE_MAX } from '../../../src/limits.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { SpanWriter } from '../../../src/spans/span-writer.ts';
import { rowsOf } from '../../support/decoded.ts';

function begun(): SpanWriter {
  const writer = new SpanWriter({ keys: new AttributeKeys(['a', 'b']), hasLinks: true });
  writer.reset(0);
  writer.begin(1, Number.NaN, 'acme');
  return writer;
}

/** Writes something into every column of a new row. */
function fill(writer: SpanWriter): void {
  const row = writer.addRow();
  writer.ids.fill(-1, row * 8, row * 8 + 8);
  writer.kind[row] = 2;
  writer.status[row] = 2;
  writer.weight[row] = 7;
  writer.repeat[row] = 1;
  writer.oversized[row] = 1;
  writer.operation[row] = writer.dictionary.internText('x');
  for (const column of writer.spanAttributes) column[row] = 1;
  writer.setTimes(row, 1, 2, 3, 4);
  writer.links.next.fill(7);
  writer.links.add(row);
}

describe('a row added', () => {
  const takeBack: readonly [string, (writer: SpanWriter) => void][] = [
    ['a rollback', (writer) => writer.rollback()],
    ['a reset', (writer) => writer.reset(1)],
    ['a shorter length', (writer) => (writer.length = 0)],
  ];

  it.each(takeBack)('after %s is at its defaults', (_, undo) => {
    const writer = begun();
    for (let i = 0; i < 3000; i++) fill(writer);
    undo(writer);
    expect(writer.length).toBe(0);
    writer.begin(2, 5, 'acme');
    for (let i = 0; i < 5000; i++) writer.addRow();
    const fresh = begun();
    for (let i = 0; i < 5000; i++) fresh.addRow();
    expect(rowsOf(writer)).toEqual(rowsOf(fresh));
    expect(writer.weight[4999]).toBe(WEIGHT_ONE);
    expect([writer.offset[4999], writer.recordMs[4999]]).toEqual([2, 5]);
  });

  it('has a place in every column, however many there are', () => {
    const sizes = (writer: SpanWriter): [string, number][] =>
      Object.entries(writer).flatMap(([name, column]: [string, unknown]) =>
        ArrayBuffer.isView(column) && name !== 'resourceValues' ? [[name, column.byteLength]] : [],
      );
    const [short, long] = [begun(), begun()];
    for (let i = 0; i < 3000; i++) fill(long);
    expect(sizes(long)).toEqual(sizes(short).map(([name, bytes]) => [name, bytes * 4]));
  });

  it('belongs to the resource of its time', () => {
    const writer = begun();
    writer.resourceService = writer.dictionary.internText('cart');
    writer.resourceValues[1] = writer.dictionary.internText('v');
    writer.addRow();
    writer.beginResource();
    writer.addRow();
    expect(rowsOf(writer)).toMatchObject([
      { service: 'cart', tenant: 'acme', resource: { b: 'v' } },
      { service: 'missing-service-name', tenant: 'acme', resource: {} },
    ]);
  });

  it('beyond the limit of a message is refused, and the message is taken back alone', () => {
    const writer = begun();
    writer.addRow();
    writer.begin(2, 0, 'acme');
    for (let i = 0; i < SPANS_PER_MESSAGE_MAX; i++) writer.addRow();
    expect(() => writer.addRow()).toThrow(DecodeError);
    writer.rollback();
    expect(writer.length).toBe(1);
  });
});

describe('times', () => {
  const time = fc.bigInt({ min: 0n, max: 2n ** 62n });

  it('are whole microseconds of the nanoseconds, whatever way they come in', () => {
    fc.assert(
      fc.property(
        time,
        time,
        fc.bigInt({ min: -3n, max: 2000n }),
        fc.boolean(),
        (startNs, other, near, isNear) => {
          const givenNs = isNear && startNs + near >= 0n ? startNs + near : other;
          const endNs = givenNs > startNs ? givenNs : startNs + 1n;
          const isReversed = givenNs < startNs ? 1n : 0n;
          const us = [startNs / 1000n, endNs / 1000n, (endNs - startNs) / 1000n];
          const expected = [...us, isReversed].map(Number);
          const writer = begun();
          const row = writer.addRow();
          const columns = [writer.startUs, writer.endUs, writer.durationUs, writer.reversed];
          const times = (): unknown[] => columns.map((column) => column[row]);
          const low = (ns: bigint): number => Number(ns & 0xffff_ffffn);
          writer.setTimes(row, Number(startNs >> 32n), low(startNs), Number(givenNs >> 32n), low(givenNs));
          expect(times()).toEqual(expected);
          const seconds = (ns: bigint): [number, number] => [
            Number(ns / 1_000_000_000n),
            Number(ns % 1_000_000_000n),
          ];
          writer.setTimesInSeconds(row, ...seconds(startNs), ...seconds(givenNs - startNs));
          expect(times()).toEqual(expected);
        },
      ),
    );
  });

  it('in microseconds are taken as they are, and before 1970 are 1970', () => {
    const writer = begun();
    const row = writer.addRow();
    writer.setTimesInUs(row, 10, 5);
    expect([writer.startUs[row], writer.endUs[row], writer.durationUs[row]]).toEqual([10, 15, 5]);
    writer.setTimesInSeconds(row, -62_135_596_800, 0, 3, 0);
    expect([writer.startUs[row], writer.endUs[row], writer.durationUs[row]]).toEqual([0, 0, 3_000_000]);
  });
});

it('asks for its dictionary to be compacted, and then writes with the ids that are left', () => {
  const writer = new SpanWriter({ keys: new AttributeKeys([]), dictionaryTextsMin: 10 });
  writer.begin(0, 0, 'default');
  expect(writer.isDictionaryFull).toBe(false);
  for (let i = 0; i < 10; i++) writer.dictionary.internText(String(i));
  expect(writer.isDictionaryFull).toBe(true);
  const used = new Uint8Array(writer.dictionary.size);
  const seven = writer.dictionary.internText('7');
  used[seven] = 1;
  const renamed = writer.compactDictionary(used);
  expect(writer.dictionary.text(renamed[seven]!)).toBe('7');
  expect(writer.isDictionaryFull).toBe(false);
  writer.begin(1, 0, 'default');
  const row = writer.addRow();
  expect(writer.dictionary.text(writer.service[row]!)).toBe('missing-service-name');
  expect(writer.dictionary.text(writer.operation[row]!)).toBe('empty-span-name');
});

it('keeps the ids of the tenants low and as they are, since a span in the neighbourhood has 22 bits for its', () => {
  const tenants = ['default', 'acme', 'globex'];
  const writer = new SpanWriter({ keys: new AttributeKeys([]), tenants });
  writer.dictionary.internText('an operation');
  const idOf = (tenant: string): number => {
    writer.begin(0, 0, tenant);
    return writer.tenant[writer.addRow()]!;
  };
  writer.compactDictionary(new Uint8Array(writer.dictionary.size));
  for (let i = 0; i < 10; i++) writer.dictionary.internText(String(i));
  expect(tenants.map(idOf)).toEqual([1, 2, 3]);
});
