/** The paths job: its table fits its operator, and on a real ClickHouse its view is what the definitions say. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATHS_TABLE } from '../../operators/path-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { type TestClickHouse, startTestClickHouse, testPathsJob } from '../support/clickhouse.ts';
import { nestedLog } from '../support/nested-log.ts';
import { pathsOracle } from '../support/paths-oracle.ts';
import { BASE_MS, type PlainMessage, type PlainSpan } from '../support/plain-span.ts';
import { SMALL, batchOf, openPartition, rowsNamed } from '../support/run-partition.ts';

const limits = { rowsPerTenantMax: 1000, entriesMax: 32, depthMax: 64, completedMax: 1000 };
const job = testPathsJob(limits);

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse([job]);
});

afterAll(async () => {
  await store.stop();
});

interface ViewRow {
  readonly window: number;
  readonly path: readonly { readonly service: string; readonly operation: string }[];
  readonly spans: string;
  readonly leaves: string;
  readonly calls: string;
  readonly errors: string;
  readonly examples: readonly string[];
}

/** Folds a log, flushed at `stops`, into a topic of its own. */
async function write(
  tenant: string,
  topic: string,
  log: readonly PlainMessage[],
  stops: readonly number[],
): Promise<void> {
  const partition = openPartition(
    log,
    { ...SMALL, slotMessages: 8, lookbackSpans: 100 },
    undefined,
    job.operators,
  );
  for (const stop of [...stops, log.length]) {
    partition.read(batchOf(log, partition.hi, Math.max(partition.hi, Math.min(stop, log.length))));
    const { hi, rows } = partition.flush();
    const place = { topic, generation: 1, partition: 0, origin: 0, hi, watermarkMs: 0, fingerprint: 'f' };
    await store.sink.writeRows([
      { ...place, rows: rowsNamed(rows, PATHS_TABLE).map((its) => ofTenant(its, tenant)) },
    ]);
  }
}

function ofTenant(rows: Rows, tenant: string): Rows {
  return { ...rows, columns: { ...rows.columns, tenant: Array.from(rows.slot, () => tenant) } };
}

async function view(tenant: string): Promise<ViewRow[]> {
  const sql = `SELECT *, toUnixTimestamp(window_start) * 1000 AS window FROM weir.paths
    WHERE tenant = {tenant:String} ORDER BY window_start, path`;
  return store.reader.query<ViewRow>(sql, { tenant });
}

function span(change: Partial<PlainSpan>): PlainSpan {
  const startNs = BigInt(BASE_MS) * 1_000_000n;
  return {
    traceId: 1,
    spanId: 1,
    parentId: 0,
    service: 'cart',
    operation: 'GET /',
    kind: 2,
    status: 0,
    startNs,
    endNs: startNs + 5n,
    weight: WEIGHT_ONE,
    attributes: {},
    ...change,
  };
}

test('is named as its file, asks for no attributes, and its table takes exactly what its operator gives', () => {
  expect(job.name).toBe('paths');
  expect(job.views.map(({ name }) => name)).toEqual(['paths']);
  expect(job.operators.flatMap(({ attributes }) => attributes)).toEqual([]);
  const log = [{ recordMs: BASE_MS, spans: [span({})] }];
  const partition = openPartition(log, SMALL, undefined, job.operators);
  partition.read(batchOf(log, 0, 1));
  const [rows] = partition.flush().rows;
  const [table] = job.tables;
  expect(rows!.name).toBe(table!.name);
  expect(Object.keys(rows!.columns).sort()).toEqual(Object.keys(table!.columns).sort());
  expect(Object.keys(table!.columns)).toEqual(expect.arrayContaining([...table!.key, table!.time]));
});

describe('the view', () => {
  test('counts leaves, calls and errors of each path, and leaves out a path that no span lies on any more', async () => {
    const client = span({ spanId: 2, parentId: 1, kind: 3, operation: 'call' });
    const spans = [
      span({ spanId: 3, parentId: 2, service: 'pay', operation: 'charge', kind: 1, status: 2 }),
      span({}),
      // Found first, and a worse parent than the SERVER span of one id that follows.
      span({ spanId: 5, parentId: 1, service: 'queue', operation: 'put', kind: 4 }),
      span({ spanId: 6, parentId: 5, service: 'mail', operation: 'send', kind: 1 }),
      span({ spanId: 5, parentId: 1, service: 'topic', operation: 'put', kind: 2 }),
      client,
    ];
    await write(
      'known',
      't',
      spans.map((one) => ({ recordMs: BASE_MS, spans: [one] })),
      [2, 4, 5],
    );
    const rows = (await view('known')).map(({ path, spans, leaves, calls, errors, examples }) =>
      [
        path.map(({ service, operation }) => `${service}:${operation}`).join(' > '),
        spans,
        leaves,
        calls,
        errors,
        examples,
      ].join(' '),
    );
    const example = '1'.padStart(32, '0');
    expect(rows).toEqual([
      `cart:GET / 2 0 1 0 ${example}`,
      `cart:GET / > pay:charge 1 1 1 1 ${example}`,
      `cart:GET / > queue:put 1 0 1 0 ${example}`,
      `cart:GET / > topic:put 1 0 1 0 ${example}`,
      `cart:GET / > topic:put > mail:send 1 1 1 0 ${example}`,
    ]);
  });

  test('is that of the definitions, over topics and slots, whatever was flushed when', async () => {
    const logs = fc.sample(fc.tuple(nestedLog, fc.array(fc.nat(40), { maxLength: 3 })), {
      numRuns: 12,
      seed: 7,
    });
    const sums = new Map<string, number[]>();
    for (const [topic, [log, stops]] of logs.entries()) {
      await write(
        'drawn',
        `t${topic}`,
        log,
        stops.sort((a, b) => a - b),
      );
      const options = { ...SMALL, slotMessages: 8, lookbackSpans: 100, limits };
      for (const [key, row] of pathsOracle(log, options)) {
        const { path, window } = JSON.parse(key.slice(2)) as { path: string; window: number };
        const sum = sums.get(`${window} ${path}`) ?? [0, 0, 0, 0];
        const sign = key.startsWith('+') ? 1 : -1;
        const numbers = [row.spans, row.spans - row.parents, row.calls, row.errors];
        sums.set(
          `${window} ${path}`,
          sum.map((number, at) => number + sign * numbers[at]!),
        );
      }
    }
    const actual = new Map<string, number[]>();
    for (const row of await view('drawn')) {
      const path = JSON.stringify(row.path.map(({ service, operation }) => [service, operation]));
      actual.set(`${row.window} ${path}`, [row.spans, row.leaves, row.calls, row.errors].map(Number));
      expect(row.examples.length).toBeGreaterThan(0);
    }
    const expected = new Map([...sums].filter(([, [spans]]) => spans! > 0));
    expect(expected.size).toBeGreaterThan(20);
    expect(actual).toEqual(expected);
  });
});
