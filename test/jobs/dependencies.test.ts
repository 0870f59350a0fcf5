/** The job, and its views on a real ClickHouse: what spans wrote is what the definitions say, for SQL and for a Jaeger that reads its own table. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import dependenciesJob, { type DependenciesJobOptions } from '../../jobs/dependencies.ts';
import type { Rows } from '../../operators/rows.ts';
import { openClient } from '../../src/sinks/clickhouse-client.ts';
import type { PartitionFlush } from '../../src/sinks/sink.ts';
import { type TestClickHouse, startTestClickHouse } from '../support/clickhouse.ts';
import { dependenciesOracle } from '../support/dependencies-oracle.ts';
import { type DependencyRow, dependenciesView } from '../support/dependencies-view-oracle.ts';
import { joinedLog } from '../support/joined-spans.ts';
import { BASE_MS, type PlainMessage } from '../support/plain-span.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';
import { span } from '../support/trace-text.ts';

const OPTIONS: DependenciesJobOptions = {
  selfEdges: true,
  brokers: false,
  unknownCallers: true,
  limits: { rowsPerTenantMax: 1000 },
  jaeger: { database: 'jaeger', tenant: "it's default" },
};
const job = dependenciesJob(OPTIONS);
const RULES = {
  ...SMALL,
  profile: 'weir',
  hasSelfEdges: true,
  hasBrokers: false,
  hasUnknownCallers: true,
} as const;
const rules = { ...RULES, limits: OPTIONS.limits, lookbackSpans: 100 };

test('is named as its file, and its views are the public one and, where asked for, Jaeger’s', () => {
  expect(job.name).toBe('dependencies');
  expect(job.views.map(({ name, database }) => [name, database])).toEqual([
    ['dependencies', undefined],
    ['dependencies', 'jaeger'],
  ]);
  const { views } = dependenciesJob({ ...OPTIONS, jaeger: { tenant: 'default' } });
  expect(views.map(({ name }) => name)).toEqual(['dependencies']);
});

test('its table takes exactly the columns its operator gives, keyed by some of them', () => {
  const [rows] = flushesOf(
    [{ recordMs: BASE_MS, spans: [span('web client'), span('cart server < 1')] }],
    [1],
  );
  const [table] = job.tables;
  const given = rows!.rows.find(({ name }) => name === table!.name);
  expect(Object.keys(given!.columns).sort()).toEqual(Object.keys(table!.columns).sort());
  expect(Object.keys(table!.columns)).toEqual(expect.arrayContaining([...table!.key, table!.time]));
});

/** What a partition gives out that is flushed at each of these shares of its log. */
function flushesOf(log: readonly PlainMessage[], shares: readonly number[]): PartitionFlush[] {
  const partition = openPartition(log, rules, undefined, job.operators);
  return shares.map((share) => {
    partition.read(batchOf(log, partition.hi, Math.max(partition.hi, Math.ceil(log.length * share))));
    return partition.flush();
  });
}

function withTenant(flush: PartitionFlush, tenant: string, topic = 't'): PartitionFlush {
  const rows = flush.rows.map((part): Rows => ({
    ...part,
    columns: { ...part.columns, tenant: new Array<string>(part.length).fill(tenant) },
  }));
  return { ...flush, topic, rows };
}

describe('on ClickHouse', () => {
  let store: TestClickHouse;

  beforeAll(async () => {
    store = await startTestClickHouse([job]);
  });

  afterAll(async () => {
    await store.stop();
  });

  async function viewOf(tenant: string): Promise<Map<string, DependencyRow>> {
    const rows = await store.reader.query<Record<string, string | number | null | string[]>>(
      `SELECT *, toUnixTimestamp(window_start) * 1000 AS window_ms FROM weir.dependencies WHERE tenant = {tenant:String}`,
      { tenant },
    );
    return new Map(
      rows.map(
        ({
          tenant: _tenant,
          window_start: _start,
          window_ms,
          parent,
          child,
          connection_type,
          examples: _examples,
          ...row
        }) => [
          `${String(parent)} ${String(child)} ${String(connection_type)} ${String(window_ms)}`,
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, value === null ? null : Number(value)]),
          ),
        ],
      ),
    );
  }

  /** Exact but for the last bits of powers of two and of sums beyond 2^53. */
  function expectView(actual: Map<string, DependencyRow>, expected: Map<string, DependencyRow>): void {
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, row] of expected) {
      expect(Object.keys(actual.get(key)!).sort()).toEqual(Object.keys(row).sort());
      for (const [name, value] of Object.entries(row)) {
        const given = actual.get(key)![name];
        if (value === null || given === null || given === undefined)
          expect(given, `${key} ${name}`).toBe(value);
        else
          expect(Math.abs(given - value), `${key} ${name} ${value}`).toBeLessThanOrEqual(
            Math.max(1, Math.abs(value)) * 1e-14,
          );
      }
    }
  }

  test('the view is the oracle of random logs: moves, peers, windows, slots, quantiles', async () => {
    const logs = fc.sample(joinedLog, { numRuns: 40, seed: 11 });
    const flushes = logs.flatMap((log, at) =>
      flushesOf(log, [0.3, 0.6, 1]).map((flush) => withTenant(flush, `random-${at}`)),
    );
    // Newest first, and some of them twice: neither order nor repetition may show.
    await store.sink.writeRows(flushes.toReversed());
    for (const flush of flushes.slice(0, 12)) await store.sink.writeRows([flush]);
    let rows = 0;
    for (const [at, log] of logs.entries()) {
      const expected = dependenciesView(dependenciesOracle(log, rules));
      rows += expected.size;
      expectView(await viewOf(`random-${at}`), expected);
    }
    expect(rows).toBeGreaterThan(100);
  });

  test('topics are summed', async () => {
    const log = fc.sample(joinedLog, { numRuns: 30, seed: 5 }).sort((a, b) => b.length - a.length)[0]!;
    const [flush] = flushesOf(log, [1]);
    await store.sink.writeRows([withTenant(flush!, 'twice', 'one'), withTenant(flush!, 'twice', 'two')]);
    const once = dependenciesView(dependenciesOracle(log, rules));
    const twice = await viewOf('twice');
    expect([...twice].map(([key, { calls }]) => [key, calls]).sort()).toEqual(
      [...once].map(([key, { calls }]) => [key, Number(calls) * 2]).sort(),
    );
  });

  test('a row names at most three distinct traces, those that moved away last', async () => {
    const calls = (traceId: number): PlainMessage => ({
      recordMs: BASE_MS,
      spans: [
        { ...span('web client'), traceId },
        { ...span('cart server < 1 #2'), traceId },
        { ...span('cart server < 1 #3'), traceId },
      ],
    });
    const [flush] = flushesOf([1, 2, 3, 4, 5].map(calls), [1]);
    await store.sink.writeRows([
      withTenant(flush!, 'examples', 'one'),
      withTenant(flush!, 'examples', 'two'),
    ]);
    const [row] = await store.reader.query<{ examples: string[] }>(
      `SELECT examples FROM weir.dependencies WHERE tenant = 'examples' AND child = 'cart'`,
      {},
    );
    expect(new Set(row!.examples).size).toBe(3);
    expect(row!.examples.every((traceId) => /^0{31}[1-5]$/.test(traceId))).toBe(true);
  });

  test('what is asked of tenant and time reaches the table’s key', async () => {
    const plan = await store.reader.query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT calls FROM weir.dependencies
      WHERE tenant = 'a' AND window_start >= toDateTime(1790000000, 'UTC') AND parent = 'b'`,
      {},
    );
    const text = plan.map(({ explain }) => explain).join('\n');
    const keys = /PrimaryKey\n\s+Keys:\s*([\s\S]*?)\n\s+Condition/.exec(text)?.[1]?.match(/\w+/g);
    expect(keys).toEqual(expect.arrayContaining(['tenant', 'window_start', 'parent']));
  });

  describe('as a Jaeger with ClickHouse storage reads it', () => {
    /** The statement of Jaeger's reader, and its merge: any row it cannot read fails the whole answer. */
    async function dependenciesOf(from: string, to: string): Promise<Record<string, number>> {
      const rows = await store.reader.query<{ dependencies_json: string }>(
        `SELECT dependencies_json FROM jaeger.dependencies
        WHERE timestamp >= {from:DateTime64(9)} AND timestamp < {to:DateTime64(9)}`,
        { from, to },
      );
      const merged: Record<string, number> = {};
      for (const { dependencies_json: json } of rows)
        for (const link of JSON.parse(json) as readonly Record<string, unknown>[]) {
          const { parent, child, callCount } = link;
          if (typeof parent !== 'string' || typeof child !== 'string') throw new Error(json);
          if (!Number.isSafeInteger(callCount) || Number(callCount) < 0) throw new Error(json);
          merged[`${parent} > ${child}`] = (merged[`${parent} > ${child}`] ?? 0) + Number(callCount);
        }
      return merged;
    }

    const tenant = OPTIONS.jaeger.tenant;
    const quotes = 'say "hi"\n\\ é';

    beforeAll(async () => {
      const log: PlainMessage[] = [
        [span('web client'), span('cart server < 1 #2'), span('cart server < 1 #3')],
        // Named, then answered: no calls are left.
        [span('web client #4 peer.service=pay'), span('pay server < 4 #5')],
        [{ ...span('cart server < 1 #6'), service: quotes }],
        // In the window before.
        [span('cart server < 1 #7 @-60000000+5')],
      ].map((spans) => ({ recordMs: BASE_MS, spans }));
      const flushes = flushesOf(log, [0.5, 1]).map((flush) => withTenant(flush, tenant));
      // Twice: a view counts nothing twice.
      await store.sink.writeRows(flushes);
      await store.sink.writeRows(flushes);
      await store.sink.writeRows(flushesOf(log, [1]).map((flush) => withTenant(flush, 'other')));
    });

    test('calls are summed over windows, once, for one tenant', async () => {
      expect(await dependenciesOf('2026-09-21 00:00:00', '2026-09-22 00:00:00')).toEqual({
        'web > cart': 3,
        'web > pay': 1,
        [`web > ${quotes}`]: 1,
      });
    });

    test('start is within the range, end is not', async () => {
      expect(await dependenciesOf('2026-09-21 14:12:00', '2026-09-21 14:13:00')).toEqual({ 'web > cart': 1 });
      expect(await dependenciesOf('2026-09-21 14:14:00', '2026-09-21 14:15:00')).toEqual({});
      expect(await dependenciesOf('2026-09-21 14:13:00.000000001', '2026-09-21 14:14:00')).toEqual({});
    });

    test('Jaeger’s own schema leaves it as it is; emptying it fails, and takes nothing', async () => {
      const client = openClient({ ...store.options, database: 'jaeger' });
      try {
        await client.command({
          query: `CREATE TABLE IF NOT EXISTS jaeger.dependencies (timestamp DateTime64(9), dependencies_json String)
          ENGINE = MergeTree PARTITION BY toDate(timestamp) ORDER BY (timestamp)`,
        });
        await expect(
          client.command({ query: 'TRUNCATE TABLE IF EXISTS jaeger.dependencies' }),
        ).rejects.toThrow();
      } finally {
        await client.close();
      }
      const describe = `SELECT name, type FROM system.columns WHERE database = 'jaeger' AND table = 'dependencies'`;
      expect(await store.reader.query(describe, {})).toEqual([
        { name: 'timestamp', type: expect.stringMatching(/^DateTime64\(9/) as string },
        { name: 'dependencies_json', type: 'String' },
      ]);
    });
  });
});
