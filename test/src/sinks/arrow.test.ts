import { MessageHeader, MessageReader } from 'apache-arrow';
import { expect, test } from 'vitest';
import type { Rows } from '../../../operators/rows.ts';
import { type StampedRows, encodeRows } from '../../../src/sinks/arrow.ts';
import type { Table } from '../../../src/sinks/table.ts';

const table: Table = { name: 'plain_v1', columns: { tenant: 'text' }, key: ['tenant'], time: 'at' };

function part(length: number): StampedRows {
  const columns = { tenant: new Array<string>(length).fill('t') };
  const rows: Rows = { name: table.name, length, slot: new Float64Array(length), columns };
  return { rows, topic: 'spans', generation: 1, partition: 0, hi: 1 };
}

test('a stream is one schema, batches of at most 2048 rows, and an end', () => {
  const bytes = Buffer.concat([...encodeRows(table, [part(3000), part(1), part(2000)]).chunks]);
  const reader = new MessageReader(bytes);
  expect(reader.readMessage()?.headerType).toBe(MessageHeader.Schema);
  const lengths: number[] = [];
  for (let message = reader.readMessage(); message !== null; message = reader.readMessage()) {
    expect(message.isRecordBatch()).toBe(true);
    if (message.isRecordBatch()) lengths.push(message.header().length);
    reader.readMessageBody(message.bodyLength);
  }
  expect(lengths).toEqual([2048, 2048, 905]);
  expect([...bytes.subarray(-8)]).toEqual([255, 255, 255, 255, 0, 0, 0, 0]);
});

test('no rows are no bytes', () => {
  expect([...encodeRows(table, []).chunks]).toEqual([]);
});
