/** Reading the store: bound parameters, nothing but SELECT, and an end to everything that takes too long. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReader } from '../../../src/sinks/clickhouse-reader.ts';
import type { ColumnPart } from '../../../src/sinks/store-reader.ts';
import { type TestClickHouse, startTestClickHouse } from '../../support/clickhouse.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse();
});

afterAll(async () => {
  await store.stop();
});

async function partsOf(sql: string, params: Record<string, unknown> = {}): Promise<ColumnPart[]> {
  const parts: ColumnPart[] = [];
  for await (const part of store.reader.columns(sql, params)) parts.push(structuredClone(part));
  return parts;
}

describe('a query', () => {
  test.each([`it's`, 'a\nb\t', '\\', '🧮', "'; DROP DATABASE weir; --", ''])(
    'binds %j as it is',
    async (text) => {
      const sql = 'SELECT {text:String} AS one, {texts:Array(String)} AS many';
      expect(await store.reader.query(sql, { text, texts: [text, text] })).toEqual([
        { one: text, many: [text, text] },
      ]);
    },
  );

  test('binds thousands of values', async () => {
    const names = Array.from({ length: 5000 }, (_, at) => `service-${at}`);
    expect(await store.reader.query('SELECT length({names:Array(String)}) AS n', { names })).toEqual([
      { n: '5000' },
    ]);
  });

  test('gives wide integers exactly', async () => {
    const sql =
      'SELECT toUInt64(18446744073709551615) AS u64, toUInt128(u64) * 3 AS u128, toUInt32(7) AS u32, nan AS none';
    expect(await store.reader.query(sql, {})).toEqual([
      { u64: '18446744073709551615', u128: '55340232221128654845', u32: 7, none: null },
    ]);
  });

  test.each([
    'INSERT INTO weir.red_v1 (tenant) VALUES (1)',
    'DROP TABLE weir.red_v1',
    'TRUNCATE TABLE weir.red_v1',
    "SELECT * FROM file('/etc/passwd', 'LineAsString', 'line String')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')",
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT 1 SETTINGS max_execution_time = 0',
  ])('that is not allowed to be is refused: %s', async (sql) => {
    await expect(store.reader.query(sql, {})).rejects.toMatchObject({
      name: 'SinkError',
      retryable: false,
      code: '164',
    });
  });

  test('ends at its limits of rows and time', async () => {
    const options = { ...store.options };
    const limited = openReader(options, { readRowsMax: 1000, executionSecondsMax: 1, resultRowsMax: 10 });
    const refused = (sql: string, code: string): Promise<void> =>
      expect(limited.query(sql, {})).rejects.toMatchObject({ name: 'SinkError', code });
    await refused('SELECT count() FROM (SELECT number FROM numbers(100000) WHERE number % 3 = 0)', '158');
    await refused('SELECT number FROM numbers(11)', '396');
    await refused('SELECT sleep(3)', '159');
    await limited.close();
  });

  test('ends when nobody waits for it', async () => {
    const controller = new AbortController();
    const sql =
      'SELECT count() FROM system.numbers WHERE arraySum(arrayMap(x -> sipHash64(number, x), range(200))) = 1';
    const query = store.reader.query(sql, {}, controller.signal);
    const running =
      "SELECT count() AS n FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'";
    const count = async (): Promise<unknown> => (await store.reader.query<{ n: string }>(running, {}))[0]!.n;
    await expect.poll(count, { timeout: 10_000 }).toBe('1');
    controller.abort();
    await expect(query).rejects.toMatchObject({ name: 'SinkError' });
    await expect.poll(count, { timeout: 10_000 }).toBe('0');
  });
});

describe('columns', () => {
  test('come as typed arrays, over many blocks', async () => {
    const parts = await partsOf(
      `SELECT number::Float64 AS f, number::UInt32 AS u, (number % 3)::Int16 AS i, toLowCardinality('s' || toString(number % 5)) AS s,
arrayMap(x -> x::Int16, range(number % 4)) AS l, toDateTime(number, 'UTC') AS t FROM numbers({n:UInt64}) SETTINGS max_block_size = 70000`.replace(
        ' SETTINGS max_block_size = 70000',
        '',
      ),
      { n: 200_000 },
    );
    expect(parts.length).toBeGreaterThan(1);
    const seen = new Set<number>();
    for (const { length, numbers, texts, lists } of parts)
      for (let row = 0; row < length; row++) {
        const n = numbers['f']![row]!;
        seen.add(n);
        const { indexes, texts: words } = texts['s']!;
        const { offsets, values } = lists['l']!;
        const list = [...values.subarray(offsets[row], offsets[row + 1])];
        const found = [
          numbers['u']![row],
          numbers['i']![row],
          words[indexes[row]!],
          list.join(),
          numbers['t']![row],
        ];
        const expected = [n, n % 3, `s${n % 5}`, Array.from({ length: n % 4 }, (_, at) => at).join(), n];
        if (String(found) !== String(expected)) expect(found).toEqual(expected);
      }
    expect(seen.size).toBe(200_000);
  });

  test('hold texts as they are, a byte order mark too', async () => {
    const texts = ['\ufeffname', 'name', '', '\0', '🧮', '\ufeff'];
    const parts = await partsOf('SELECT toLowCardinality(arrayJoin({texts:Array(String)})) AS s', { texts });
    expect(parts.flatMap(({ texts: { s } }) => [...s!.indexes].map((at) => s!.texts[at]))).toEqual(texts);
  });

  test('of no rows are no parts or empty ones', async () => {
    const parts = await partsOf('SELECT number::Float64 AS f FROM numbers(0)');
    expect(parts.every(({ length }) => length === 0)).toBe(true);
  });

  test('fail as queries do', async () => {
    await expect(partsOf('SELECT nothing')).rejects.toMatchObject({ name: 'SinkError', code: '47' });
    // The first rows are on their way when it fails: an answer is whole or an error.
    const sql = 'SELECT number::Float64 AS f, throwIf(number = 150000) AS n FROM numbers(200000)';
    await expect(partsOf(sql)).rejects.toMatchObject({ name: 'SinkError', retryable: true });
  });

  test('may be left early', async () => {
    for await (const { length } of store.reader.columns(
      'SELECT number::Float64 AS f FROM numbers(500000)',
      {},
    )) {
      expect(length).toBeGreaterThan(0);
      break;
    }
    await store.reader.ping();
  });
});
