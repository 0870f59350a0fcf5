/** The sink against a real ClickHouse: what is written is what the views say, whatever is written twice, late or oddly named. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rows } from '../../../operators/rows.ts';
import { openSink } from '../../../src/sinks/clickhouse.ts';
import { type TestClickHouse, startTestClickHouse, testRedJob } from '../../support/clickhouse.ts';
import { everyType, everyTypeJob } from '../../support/every-type.ts';
import { BASE_MS, plainLog } from '../../support/plain-span.ts';
import { redOracle } from '../../support/red-oracle.ts';
import { type RedTableRow, redFlush } from '../../support/red-table-rows.ts';
import { type RedViewRow, redView, viewKey } from '../../support/red-view-oracle.ts';
import { SMALL, batchOf, openPartition } from '../../support/run-partition.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse([testRedJob(), everyTypeJob]);
});

afterAll(async () => {
  await store.stop();
});

type ViewRow = Record<string, string | number | Record<string, string>>;

async function viewOf(tenant: string): Promise<Map<string, RedViewRow>> {
  const rows = await store.reader.query<ViewRow>(
    'SELECT *, toUnixTimestamp(window_start) * 1000 AS window_ms FROM weir.red WHERE tenant = {tenant:String}',
    { tenant },
  );
  return new Map(
    rows.map((row) => {
      const { service, operation, span_kind, dimensions, window_ms } = row;
      const labels = { service, operation, span_kind, window_start: Number(window_ms) };
      const numbers = Object.entries(row).filter(([name]) =>
        /^(spans|calls|errors|duration_us_\w+)$/.test(name),
      );
      return [
        viewKey({ ...labels, dimensions: JSON.stringify(dimensions) }),
        Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)])) as unknown as RedViewRow,
      ];
    }),
  );
}

/** Exact but for the last bits of powers of two and of numbers beyond 2^53. */
function expectView(actual: Map<string, RedViewRow>, expected: Map<string, RedViewRow>): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, row] of expected)
    for (const [name, value] of Object.entries(row) as [keyof RedViewRow, number][])
      expect(Math.abs(actual.get(key)![name] - value), `${key} ${name} ${value}`).toBeLessThanOrEqual(
        value * 1e-14,
      );
}

async function only(tenant: string): Promise<RedViewRow> {
  const rows = [...(await viewOf(tenant)).values()];
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe('view red', () => {
  test('is the oracle of random logs: windows, slots, statuses, weights, quantiles', async () => {
    const logs = fc.sample(plainLog, { numRuns: 60, seed: 7 });
    const flushes = logs.flatMap((log, at) => {
      const partition = openPartition(log, SMALL);
      return [0.4, 0.7, 1].map((share) => {
        partition.read(batchOf(log, partition.hi, Math.ceil(log.length * share)));
        const flush = partition.flush();
        return {
          ...flush,
          topic: `log-${at}`,
          rows: flush.rows.map((rows) => withTenant(rows, `tenant-${at}`)),
        };
      });
    });
    // Newest first and twice: neither order nor repetition may show.
    await store.sink.writeRows(flushes.toReversed());
    for (const flush of flushes.slice(0, 12)) await store.sink.writeRows([flush]);
    for (const [at, log] of logs.entries())
      expectView(await viewOf(`tenant-${at}`), redView(redOracle(log, SMALL)));
  });

  test('is the oracle of a single topic read as two topics, summed', async () => {
    const [log] = fc.sample(plainLog, { numRuns: 50, seed: 3 }).sort((a, b) => b.length - a.length);
    const partition = openPartition(log!, SMALL);
    partition.read(batchOf(log!, 0, log!.length));
    const flush = partition.flush();
    const rows = flush.rows.map((part) => withTenant(part, 'twice'));
    await store.sink.writeRows([
      { ...flush, rows, topic: 'one' },
      { ...flush, rows, topic: 'two' },
    ]);
    const once = redOracle(log!, SMALL);
    const both = [...once].flatMap(([key, row]): [string, typeof row][] => [
      [key, row],
      [key.replace('{', '{"topic":"two",'), row],
    ]);
    expectView(
      await viewOf('twice'),
      redView(new Map(both.map(([key, row], at) => [withSlot(key, at), row]))),
    );
  });

  test('takes the highest version, whichever comes first', async () => {
    const spans = (count: number): RedTableRow[] => [
      { tenant: 'versions', durationsUs: Array.from({ length: count }, () => 5) },
    ];
    await store.sink.writeRows([redFlush(spans(3), { hi: 30 })]);
    await store.sink.writeRows([redFlush(spans(2), { hi: 20 })]);
    expect((await only('versions')).spans).toBe(3);
    await store.sink.writeRows([redFlush(spans(3), { hi: 30 }), redFlush(spans(1), { hi: 10 })]);
    expect((await only('versions')).spans).toBe(3);
    await store.sink.writeRows([redFlush(spans(4), { hi: 40 })]);
    expect((await only('versions')).spans).toBe(4);
  });

  test('takes 500,000 durations of one operation, and slots apart', async () => {
    const durationsUs = Array.from({ length: 250_000 }, (_, at) => (at * 7919) % 1_000_003);
    const rows = [0, 1024].flatMap((slot) =>
      Array.from({ length: 5 }, (_, part) => ({
        tenant: 'many',
        slot: slot + part,
        durationsUs: durationsUs.slice(part * 50_000, (part + 1) * 50_000),
      })),
    );
    await store.sink.writeRows([redFlush(rows)]);
    const row = await only('many');
    expect(row.spans).toBe(500_000);
    expect(row.duration_us_sum).toBe(2 * durationsUs.reduce((a, b) => a + b));
    const sorted = durationsUs.toSorted((a, b) => a - b);
    for (const [name, q] of [
      ['duration_us_p50', 0.5],
      ['duration_us_p99', 0.99],
    ] as const) {
      const exact = sorted[Math.ceil(q * sorted.length) - 1]!;
      expect(Math.abs(row[name] / exact - 1)).toBeLessThan(0.011);
    }
  });

  test('keeps names with quotes, newlines, backslashes, emoji, nulls, and empty dimensions', async () => {
    const names = [
      `it's "q"`,
      'a\nb\tc',
      'back\\slash \\n',
      '🧮 é',
      'nul\0byte',
      '',
      '{"json":1}',
      '%s {x:String}',
    ];
    const rows = names.flatMap((name) => [
      { tenant: 'names', service: name, operation: name, dimensions: { [`key ${name}`]: name } },
      { tenant: 'names', service: name, operation: name },
    ]);
    await store.sink.writeRows([redFlush(rows, { topic: `topic's "name"` })]);
    const keys = [...(await viewOf('names')).keys()].map((key) => JSON.parse(key) as string[]);
    const expected = rows.map(
      ({ service, operation, dimensions = {} }) =>
        [service, operation, 'server', BASE_MS, JSON.stringify(dimensions)] as const,
    );
    expect(keys.map((key) => JSON.stringify(key)).sort()).toEqual(
      expected.map((key) => JSON.stringify(key)).sort(),
    );
    for (const name of names) {
      const services = await store.reader.query('SELECT * FROM weir.services WHERE service = {name:String}', {
        name,
      });
      expect(services).toEqual([
        expect.objectContaining({
          tenant: 'names',
          first_window: '2026-09-21 14:13:00',
          last_window: '2026-09-21 14:13:00',
        }),
      ]);
    }
  });

  test('lists services and operations with their first and last window', async () => {
    const rows = [0, 3, 1].map((minute) => ({
      tenant: 'listed',
      windowMs: BASE_MS + minute * 60_000,
      kind: minute === 1 ? ('client' as const) : ('server' as const),
    }));
    await store.sink.writeRows([redFlush(rows)]);
    const query = (view: string): Promise<unknown[]> =>
      store.reader.query(`SELECT * FROM weir.${view} WHERE tenant = 'listed' ORDER BY ALL`, {});
    const first_window = '2026-09-21 14:13:00';
    const last_window = '2026-09-21 14:16:00';
    expect(await query('services')).toEqual([
      { tenant: 'listed', service: 'shop', first_window, last_window },
    ]);
    const operation = { tenant: 'listed', service: 'shop', operation: 'buy' };
    const clientWindow = '2026-09-21 14:14:00';
    expect(await query('operations')).toEqual([
      { ...operation, span_kind: 'client', first_window: clientWindow, last_window: clientWindow },
      { ...operation, span_kind: 'server', first_window, last_window },
    ]);
  });

  test('finds a service and a time by the sorting key and the partition', async () => {
    const services = Array.from({ length: 40_000 }, (_, at) => ({ tenant: 'wide', service: `s${at}` }));
    await store.sink.writeRows([redFlush(services)]);
    const plan = await store.reader.query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT * FROM weir.red WHERE tenant = {tenant:String} AND service IN {services:Array(String)}
AND window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`,
      { tenant: 'wide', services: ['s7', 's8'], from: BASE_MS },
    );
    const text = plan.map(({ explain }) => explain.trim()).join('\n');
    const primary = /PrimaryKey\nKeys:\ntenant\nservice\nwindow_start\n.*\n.*\nGranules: (\d+)\/(\d+)/.exec(
      text,
    );
    expect(primary, text).not.toBeNull();
    expect(Number(primary![1])).toBeLessThan(Number(primary![2]));
    expect(text).toMatch(/Partition\nKeys:\ntoDate\(window_start\)/);
  });
});

describe('rows', () => {
  test('of every column type come back as they were, many flushes in one insert', async () => {
    const wide = [0n, (1n << 64n) + 5n, (1n << 128n) - 1n];
    const flush = (name: string, at: number): Rows => ({
      name: everyType.name,
      length: 1,
      slot: Float64Array.of(2 ** 52 + at),
      columns: {
        tenant: ['types'],
        at: [BASE_MS],
        name: [name],
        wide: [wide[at]!],
        whole: [at === 1 ? (1n << 64n) - 1n : BigInt(at)],
        names: [at === 0 ? [] : ['', `it's`, '🧮']],
        counts: at === 1 ? [[(1n << 64n) - 1n]] : [[0, 2 ** 32, Number.MAX_SAFE_INTEGER]],
      },
    });
    const { rows: none, ...key } = redFlush([], {
      hi: 2 ** 53 - 1,
      generation: 1_790_000_000_000,
      partition: 3,
    });
    expect(none).toHaveLength(1);
    await store.sink.writeRows([0, 1, 2].map((at) => ({ ...key, rows: [flush(`n${at}`, at)] })));
    const rows = await store.reader.query('SELECT * FROM weir.every_type_v1 ORDER BY name', {});
    const shared = {
      tenant: 'types',
      at: '2026-09-21 14:13:00',
      topic: 'spans',
      generation: '1790000000000',
      partition: 3,
      version: '9007199254740991',
    };
    const counts = ['0', '4294967296', '9007199254740991'];
    const top = '18446744073709551615';
    expect(rows).toEqual([
      { ...shared, name: 'n0', wide: '0', whole: '0', names: [], counts, slot: `${2 ** 52}` },
      {
        ...shared,
        name: 'n1',
        wide: '18446744073709551621',
        whole: top,
        names: ['', `it's`, '🧮'],
        counts: [top],
        slot: `${2 ** 52 + 1}`,
      },
      {
        ...shared,
        name: 'n2',
        wide: String((1n << 128n) - 1n),
        whole: '2',
        names: ['', `it's`, '🧮'],
        counts,
        slot: `${2 ** 52 + 2}`,
      },
    ]);
  });

  test('of months of windows go in with one insert, of years with several', async () => {
    const inserts = async (): Promise<number> => {
      const sql = "SELECT value FROM system.events WHERE event = 'InsertQuery'";
      return Number((await store.reader.query<{ value: string }>(sql, {}))[0]!.value);
    };
    for (const [tenant, days, expected] of [
      ['months', 90, 1],
      ['years', 450, 5],
    ] as const) {
      const rows = Array.from({ length: days }, (_, day) => ({
        tenant,
        windowMs: BASE_MS - ((day * 7) % days) * 86_400_000,
      }));
      const before = await inserts();
      await store.sink.writeRows([redFlush(rows)]);
      expect((await inserts()) - before).toBe(expected);
      expect(await viewOf(tenant)).toHaveLength(days);
    }
  });

  test('of counters are nobody’s here, and no rows are no insert', async () => {
    const flush = redFlush([{ tenant: 'none' }]);
    await store.sink.writeRows([
      { ...flush, rows: flush.rows.map((rows) => ({ ...rows, name: 'span_metrics' })) },
    ]);
    await store.sink.writeRows([]);
    expect(await viewOf('none')).toHaveLength(0);
  });
});

describe('progress', () => {
  test('is the longest prefix of the largest generation', async () => {
    const flush = (generation: number, hi: number, topic = 'p') =>
      redFlush([], { topic, generation, hi, partition: 2 });
    expect(await store.sink.readProgress('p', 2)).toBeUndefined();
    await store.sink.writeProgress([flush(0, 900), flush(0, 500), flush(1, 20, 'other')]);
    expect(await store.sink.readProgress('p', 2)).toEqual({
      generation: 0,
      origin: 0,
      hi: 900,
      fingerprint: 'test',
    });
    await store.sink.writeProgress([
      { ...flush(1, 100), origin: 90, watermarkMs: Number.NaN, fingerprint: 'it’s' },
    ]);
    await store.sink.writeProgress([flush(1, 95)]);
    expect(await store.sink.readProgress('p', 2)).toEqual({
      generation: 1,
      origin: 90,
      hi: 100,
      fingerprint: 'it’s',
    });
    expect(await store.sink.readProgress('p', 1)).toBeUndefined();
    const view =
      'SELECT topic, generation, hi, watermark FROM weir.progress WHERE partition = 2 ORDER BY topic';
    expect(await store.reader.query(view, {})).toEqual([
      { topic: 'other', generation: '1', hi: '20', watermark: '2026-09-21 14:13:00.000' },
      { topic: 'p', generation: '1', hi: '100', watermark: null },
    ]);
  });

  test('of origins written at once is that of the first, merged or not', async () => {
    const claim = (origin: number, hi = origin) =>
      redFlush([], { topic: 'race', generation: 1, partition: 0, origin, hi });
    await store.sink.writeProgress([claim(7)]);
    await store.sink.writeProgress([claim(9)]);
    await store.sink.writeProgress([claim(5)]);
    await fetch(store.options.url, {
      method: 'POST',
      headers: store.options.headers ?? {},
      body: 'OPTIMIZE TABLE weir.progress_v1 FINAL',
    });
    expect(await store.sink.readProgress('race', 0)).toMatchObject({ origin: 7, hi: 7 });
    await store.sink.writeProgress([claim(7, 8)]);
    expect(await store.sink.readProgress('race', 0)).toMatchObject({ origin: 7, hi: 8 });
  });

  test('is written whatever the records claim their time is', async () => {
    const key = { topic: 'times', partition: 4 };
    for (const [at, watermarkMs] of [-(2 ** 63), 2 ** 63, -1, 0.5].entries()) {
      await store.sink.writeProgress([redFlush([], { ...key, hi: at + 1, watermarkMs })]);
      expect(await store.sink.readProgress('times', 4)).toMatchObject({ hi: at + 1 });
      await store.reader.query('SELECT * FROM weir.progress', {});
    }
    const windows = [-60_000, 0, 2 ** 32 * 1000, 2 ** 52].map((windowMs) => ({ tenant: 'times', windowMs }));
    await store.sink.writeRows([redFlush(windows)]);
    expect((await viewOf('times')).size).toBe(2);
  });

  test('comes with the newest version of any table', async () => {
    const generation = 2 ** 53 - 2;
    expect(await store.sink.newestVersion('v', generation, 1)).toBe(0);
    const key = { topic: 'v', generation, partition: 1 };
    await store.sink.writeRows([
      redFlush([{ tenant: 'newest' }], { ...key, hi: 70 }),
      redFlush([{ tenant: 'newest', slot: 4 }], { ...key, hi: 60 }),
      redFlush([{ tenant: 'newest' }], { ...key, generation: generation + 1, hi: 99 }),
    ]);
    expect(await store.sink.newestVersion('v', generation, 1)).toBe(70);
    await store.sink.writeProgress([redFlush([], { ...key, hi: 70 })]);
    expect(await store.sink.readProgress('v', 1)).toMatchObject({ generation, hi: 70 });
  });
});

describe('errors', () => {
  test('say whether trying again can help', async () => {
    const missing = openSink({ ...store.options, database: 'nowhere' }, testRedJob().tables);
    const gone = openSink({ ...store.options, url: 'http://127.0.0.1:9' }, testRedJob().tables);
    const denied = openSink({ url: store.options.url, database: 'weir' }, testRedJob().tables);
    const flush = redFlush([{}]);
    await expect(missing.writeRows([flush])).rejects.toMatchObject({
      name: 'SinkError',
      retryable: false,
      code: '81',
      message: expect.stringContaining(
        'cannot insert into nowhere.red_v1 (code 81, UNKNOWN_DATABASE)',
      ) as string,
    });
    await expect(gone.writeRows([flush])).rejects.toMatchObject({ name: 'SinkError', retryable: true });
    await expect(denied.writeProgress([flush])).rejects.toMatchObject({ name: 'SinkError' });
    await Promise.all([missing.close(), gone.close(), denied.close()]);
  });
});

function withTenant(rows: Rows, tenant: string): Rows {
  return { ...rows, columns: { ...rows.columns, tenant: new Array<string>(rows.length).fill(tenant) } };
}

function withSlot(key: string, slot: number): string {
  return JSON.stringify({ ...(JSON.parse(key) as object), topic: undefined, slot });
}
