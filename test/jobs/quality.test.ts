/** The quality job: its tables fit its operator, and on a real ClickHouse its views are what the definitions say. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import qualityJob from '../../jobs/quality.ts';
import { QUALITY_COUNTER_ROWS } from '../../operators/quality-rows.ts';
import type { Rows } from '../../operators/rows.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import { type TestClickHouse, startTestClickHouse } from '../support/clickhouse.ts';
import { nestedLog } from '../support/nested-log.ts';
import { BASE_MS, type PlainMessage } from '../support/plain-span.ts';
import { DURATION_US_MAX, ORACLE_CHECKS, TOLERANCE_US, qualityOracle } from '../support/quality-oracle.ts';
import { qualitySpans } from '../support/quality-text.ts';
import { SMALL, batchOf, openPartition } from '../support/run-partition.ts';

const job = qualityJob({
  checks: await loadChecks(),
  seed: 1,
  clockToleranceMs: TOLERANCE_US / 1000,
  durationMsMax: DURATION_US_MAX / 1000,
  minimumVersions: { 'go/opentelemetry': '1.28.0' },
  limits: { servicesPerTenantMax: 1000, operationsPerServiceMax: 1000, rowsPerTenantMax: 100_000 },
});

let store: TestClickHouse;

beforeAll(async () => {
  store = await startTestClickHouse([job]);
});

afterAll(async () => {
  await store.stop();
});

const OPTIONS = { ...SMALL, slotMessages: 8, lookbackSpans: 100 };

/** Folds a log, flushed at `stops`, into a topic of its own. */
async function write(
  tenant: string,
  topic: string,
  log: readonly PlainMessage[],
  stops: readonly number[],
): Promise<void> {
  const partition = openPartition(log, OPTIONS, undefined, job.operators);
  for (const stop of [...stops, log.length]) {
    partition.read(batchOf(log, partition.hi, Math.max(partition.hi, Math.min(stop, log.length))));
    const { hi, rows } = partition.flush();
    const place = { topic, generation: 1, partition: 0, origin: 0, hi, watermarkMs: 0, fingerprint: 'f' };
    const tables = rows.filter(({ name }) => name !== QUALITY_COUNTER_ROWS);
    await store.sink.writeRows([{ ...place, rows: tables.map((its) => ofTenant(its, tenant)) }]);
  }
}

function ofTenant(rows: Rows, tenant: string): Rows {
  return { ...rows, columns: { ...rows.columns, tenant: Array.from(rows.slot, () => tenant) } };
}

interface Example {
  readonly trace_id: string;
  readonly span_id: string;
}

interface ViewRow extends Record<'judged' | 'passed' | 'failed' | 'exempt', string> {
  readonly window: string;
  readonly service: string;
  readonly operation: string;
  readonly check: string;
  readonly pass_examples: readonly Example[];
  readonly fail_examples: readonly Example[];
}

async function view(tenant: string): Promise<ViewRow[]> {
  const sql = `SELECT *, toUnixTimestamp(window_start) * 1000 AS window FROM weir.quality
    WHERE tenant = {tenant:String} ORDER BY window_start, service, operation, check`;
  return store.reader.query<ViewRow>(sql, { tenant });
}

test('is named as its file, tells its checks, and its tables take exactly what its operator gives', () => {
  expect(job.name).toBe('quality');
  expect(job.views.map(({ name }) => name)).toEqual(['quality', 'clients']);
  expect(job.checks!.map(({ name }) => name)).toContain('has_server_span');
  const sdk =
    'res:telemetry.sdk.language=go res:telemetry.sdk.name=opentelemetry res:telemetry.sdk.version=1';
  const log = [{ recordMs: BASE_MS, spans: qualitySpans(`cart server ${sdk}`) }];
  const partition = openPartition(log, SMALL, undefined, job.operators);
  partition.read(batchOf(log, 0, 1));
  const { rows } = partition.flush();
  for (const table of job.tables) {
    const its = rows.find(({ name }) => name === table.name)!;
    expect(Object.keys(its.columns).sort()).toEqual(Object.keys(table.columns).sort());
    expect(Object.keys(table.columns)).toEqual(expect.arrayContaining([...table.key, table.time]));
  }
});

describe('the views', () => {
  test('show verdicts with examples, and whose library is how old', async () => {
    const sdk =
      'res:telemetry.sdk.language=go res:telemetry.sdk.name=opentelemetry res:telemetry.sdk.version=';
    const spans = qualitySpans(
      `"GET /" web client
       "GET /" cart server < 1 ${sdk}1.30.0
       "GET /7" cart server < 9 ${sdk}1.2.0`,
    );
    await write(
      'known',
      't',
      spans.map((span) => ({ recordMs: BASE_MS, spans: [span] })),
      [1, 2],
    );
    const span = (at: number): Example => ({
      trace_id: '1'.padStart(32, '0'),
      span_id: String(at).padStart(16, '0'),
    });
    const rows = (await view('known')).filter(({ check }) =>
      ['parent_is_present', 'low_cardinality_name', 'current_sdk'].includes(check),
    );
    expect(
      rows.map(({ service, operation, check, judged, passed, failed, pass_examples, fail_examples }) => [
        [service, operation, check, judged, passed, failed].join(' '),
        pass_examples,
        fail_examples,
      ]),
    ).toEqual([
      ['cart GET / current_sdk 1 1 0', [span(2)], []],
      ['cart GET / low_cardinality_name 1 1 0', [span(2)], []],
      ['cart GET / parent_is_present 1 1 0', [span(2)], []],
      ['cart GET /7 current_sdk 1 0 1', [], [span(3)]],
      ['cart GET /7 low_cardinality_name 1 0 1', [], [span(3)]],
      ['cart GET /7 parent_is_present 1 0 1', [], [span(3)]],
      ['web GET / low_cardinality_name 1 1 0', [span(1)], []],
    ]);
    const clients = await store.reader.query(
      `SELECT service, language, sdk, version, spans, examples FROM weir.clients
       WHERE tenant = 'known' ORDER BY version`,
      {},
    );
    expect(clients).toEqual([
      {
        service: 'cart',
        language: 'go',
        sdk: 'opentelemetry',
        version: '1.2.0',
        spans: '1',
        examples: [span(3)],
      },
      {
        service: 'cart',
        language: 'go',
        sdk: 'opentelemetry',
        version: '1.30.0',
        spans: '1',
        examples: [span(2)],
      },
    ]);
  });

  test('are those of the definitions, over topics and slots, whatever was flushed when', async () => {
    const logs = fc.sample(fc.tuple(nestedLog, fc.array(fc.nat(40), { maxLength: 3 })), {
      numRuns: 8,
      seed: 7,
    });
    const expected = new Map<string, number[]>();
    for (const [topic, [log, stops]] of logs.entries()) {
      await write(
        'drawn',
        `t${topic}`,
        log,
        stops.sort((a, b) => a - b),
      );
      for (const [key, counters] of qualityOracle(log, OPTIONS)) {
        const { slot: _slot, ...labels } = JSON.parse(key) as Record<string, unknown>;
        const name = JSON.stringify(labels);
        const sums = expected.get(name) ?? [0, 0, 0];
        expected.set(
          name,
          sums.map((sum, at) => sum + counters[at]! - counters[at + 3]!),
        );
      }
    }
    const actual = new Map<string, number[]>();
    for (const row of await view('drawn')) {
      const { service, operation, check, judged, passed, failed, exempt } = row;
      if (!ORACLE_CHECKS.includes(check)) continue;
      const key = JSON.stringify({ service, operation, check, window: Number(row.window) });
      actual.set(key, [judged, passed, exempt].map(Number));
      expect(Number(failed)).toBe(Number(judged) - Number(passed) - Number(exempt));
      expect(row.fail_examples.length > 0).toBe(Number(failed) > 0);
    }
    for (const [key, [judged]] of expected) if (judged === 0) expected.delete(key);
    expect(expected.size).toBeGreaterThan(50);
    expect(actual).toEqual(expected);
  });
});
