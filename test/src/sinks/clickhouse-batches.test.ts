/** Inserts of many record batches, against a real ClickHouse. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rows } from '../../../operators/rows.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';
import { everyType, everyTypeJob } from '../../support/every-type.ts';
import { BASE_MS } from '../../support/plain-span.ts';
import { redFlush } from '../../support/red-table-rows.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse([everyTypeJob]);
});

afterAll(async () => {
  await store.stop();
});

test('rows of more than a record batch come back as they were, from parts of any length', async () => {
  const lengths = [1, 2047, 2049, 3, 5000];
  const part = (length: number, from: number): Rows => ({
    name: everyType.name,
    length,
    slot: Float64Array.from({ length }, (_, row) => from + row),
    columns: {
      tenant: new Array<string>(length).fill('batches'),
      at: new Float64Array(length).fill(BASE_MS),
      name: Array.from({ length }, (_, row) => `n${from + row}`),
      wide: Array.from({ length }, (_, row) => BigInt(from + row)),
      whole: Float64Array.from({ length }, (_, row) => from + row),
      names: Array.from({ length }, (_, row) => [`n${from + row}`]),
      counts: Array.from({ length }, (_, row) => [from + row, 1]),
    },
  });
  const [key] = [redFlush([], { hi: 7, generation: 1, partition: 4 })];
  const starts = lengths.map((_, at) => lengths.slice(0, at).reduce((sum, length) => sum + length, 0));
  const parts = lengths.map((length, at) => part(length, starts[at]!));
  await store.sink.writeRows([
    { ...key, rows: parts.slice(0, 3) },
    { ...key, partition: 5, rows: parts.slice(3) },
  ]);
  const [row] = await store.reader.query(
    `SELECT count() AS rows, uniqExact(slot) AS slots, max(slot) AS last, countIf(name = concat('n', toString(slot))
AND wide = slot AND whole = slot AND names = [name] AND counts = [slot, 1]
AND partition = if(slot < ${1 + 2047 + 2049}, 4, 5)) AS whole_rows FROM weir.every_type_v1 WHERE tenant = 'batches'`,
    {},
  );
  const all = String(lengths.reduce((sum, length) => sum + length, 0));
  expect(row).toEqual({ rows: all, slots: all, last: String(Number(all) - 1), whole_rows: all });
});

/** Rows of which the last does not fit. */
function misfit(length: number, at: (row: number) => number): Rows {
  const whole = new Float64Array(length);
  whole[length - 1] = 0.5;
  return {
    name: everyType.name,
    length,
    slot: new Float64Array(length),
    columns: {
      tenant: new Array<string>(length).fill('misfits'),
      at: Float64Array.from({ length }, (_, row) => at(row)),
      name: new Array<string>(length).fill(''),
      wide: new Array<bigint>(length).fill(0n),
      whole,
      names: new Array<string[]>(length).fill([]),
      counts: new Array<number[]>(length).fill([]),
    },
  };
}

test('rows that fit their table badly are refused, whichever batch they are in', async () => {
  const rows = misfit(5000, () => 0);
  await expect(store.sink.writeRows([{ ...redFlush([]), rows: [rows] }])).rejects.toThrow('BUG: 0.5');
  const none = await store.reader.query(`SELECT tenant FROM weir.every_type_v1 WHERE tenant = 'misfits'`, {});
  expect(none).toEqual([]);
});

test('rows of very many days are not acknowledged before the last of their inserts is', async () => {
  const rows = misfit(250, (row) => row * 86_400_000);
  await expect(store.sink.writeRows([{ ...redFlush([]), rows: [rows] }])).rejects.toThrow('BUG: 0.5');
});
