/** The joined views of a running Weir beside what they should be had every trace lain in one place: oracles over one trace at a time, summed. */
import { expect } from 'vitest';
import qualityJob from '../../jobs/quality.ts';
import { CLIENTS_TABLE, QUALITY_TABLE } from '../../operators/quality-rows.ts';
import { loadChecks } from '../../src/engine/load-jobs.ts';
import { dependenciesOracle } from './dependencies-oracle.ts';
import { dependenciesView } from './dependencies-view-oracle.ts';
import { pathsOracle } from './paths-oracle.ts';
import type { PlainMessage } from './plain-span.ts';
import { DEFAULT_RULES } from './public-views.ts';
import {
  DURATION_US_MAX,
  MINIMUM_VERSIONS,
  ORACLE_CHECKS,
  qualityOracle,
  TOLERANCE_US,
} from './quality-oracle.ts';
import { batchOf, openPartition, rowsNamed } from './run-partition.ts';
import type { RunningWeir } from './weir-process.ts';

type Logs = readonly (readonly PlainMessage[])[];
type PathCount = 'spans' | 'leaves' | 'calls' | 'errors';
type PathCounts = Record<PathCount, number>;

const WHOLE = { ...DEFAULT_RULES, slotMessages: 1_000_000 };
const EDGES = {
  hasSelfEdges: false,
  hasBrokers: false,
  hasUnknownCallers: false,
  profile: 'weir',
  limits: { rowsPerTenantMax: 50_000 },
} as const;
const PATHS = { rowsPerTenantMax: 50_000, entriesMax: 32, depthMax: 64, completedMax: 65_536 };
const WINDOW = 'toUnixTimestamp(window_start) * 1000 AS window';

export async function expectWholeDependencies(weir: RunningWeir, logs: Logs): Promise<void> {
  const rows = await weir.sql<Record<string, string | number>>(
    `SELECT * EXCEPT (tenant, window_start, examples), ${WINDOW} FROM weir.dependencies`,
  );
  const actual = new Map(
    rows.map(({ parent, child, connection_type: type, window, ...row }) => [
      `${parent} ${child} ${type} ${window}`,
      row,
    ]),
  );
  const stored = tracesOf(logs).flatMap((log, at) =>
    inSlot(at, dependenciesOracle(log, { ...WHOLE, ...EDGES })),
  );
  const expected = dependenciesView(new Map(stored));
  for (const type of ['messaging', 'database', 'direct'])
    expect([...expected.keys()].filter((key) => key.includes(type)).length, type).toBeGreaterThan(5);
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, row] of expected) {
    const { calls, errors, client_us_sum, server_us_sum, network_us_sum } = row;
    const sums = { calls, errors, client_us_sum, server_us_sum, network_us_sum };
    expect(actual.get(key), key).toMatchObject(sums);
  }
}

export async function expectWholePaths(weir: RunningWeir, logs: Logs): Promise<void> {
  const rows = await weir.sql<{ path: Record<string, string>[]; window: number } & PathCounts>(
    `SELECT path, spans, leaves, calls, errors, ${WINDOW} FROM weir.paths`,
  );
  const actual = new Map(
    rows.map(({ path, window, spans, leaves, calls, errors }) => [
      `${window} ${JSON.stringify(path.map(({ service, operation }) => [service, operation]))}`,
      { spans, leaves, calls, errors },
    ]),
  );
  const sums = new Map<string, PathCounts>();
  for (const log of tracesOf(logs))
    for (const [name, row] of pathsOracle(log, { ...WHOLE, limits: PATHS })) {
      const { path, window } = JSON.parse(name.slice(2)) as { path: string; window: number };
      const sum = sums.get(`${window} ${path}`) ?? { spans: 0, leaves: 0, calls: 0, errors: 0 };
      const sign = name.startsWith('-') ? -1 : 1;
      sum.spans += sign * row.spans;
      sum.leaves += sign * (row.spans - row.parents);
      sum.calls += sign * row.calls;
      sum.errors += sign * row.errors;
      sums.set(`${window} ${path}`, sum);
    }
  const expected = new Map([...sums].filter(([, { spans }]) => spans > 0));
  expect(expected.size).toBeGreaterThan(100);
  expect(actual).toEqual(expected);
}

/** Verdicts by window, service, operation and check: judged, passed, exempt. */
type Verdicts = Map<string, readonly number[]>;

/** The checks that the oracle knows are those of the oracle; all are those of a fold that had every trace whole. */
export async function expectWholeQuality(weir: RunningWeir, logs: Logs): Promise<void> {
  const rows = await weir.sql<Record<string, string | number>>(
    `SELECT ${WINDOW}, service, operation, check, judged, passed, exempt FROM weir.quality`,
  );
  const actual: Verdicts = new Map(
    rows.map(({ window, service, operation, check, judged, passed, exempt }) => [
      JSON.stringify([window, service, operation, check]),
      [judged, passed, exempt].map(Number),
    ]),
  );
  const { quality, clients } = await foldedQuality(tracesOf(logs).flat());
  const oracle = oracleVerdicts(logs);
  const isKnown = ([key]: [string, unknown]): boolean =>
    ORACLE_CHECKS.includes((JSON.parse(key) as string[])[3]!);
  expect(new Map([...actual].filter(isKnown))).toEqual(oracle);
  expect(actual).toEqual(quality);
  expect(actual.size).toBeGreaterThan(oracle.size);
  const stored = await weir.sql<Record<string, string | number>>(
    `SELECT ${WINDOW}, service, language, sdk, version, spans FROM weir.clients`,
  );
  expect(
    new Map(
      stored.map(({ spans, ...key }) => [
        JSON.stringify([key['window'], key['service'], key['language'], key['sdk'], key['version']]),
        spans,
      ]),
    ),
  ).toEqual(clients);
  expect(clients.size).toBeGreaterThan(5);
}

function oracleVerdicts(logs: Logs): Verdicts {
  const net: Verdicts = new Map();
  for (const log of tracesOf(logs))
    for (const [name, counters] of qualityOracle(log, WHOLE)) {
      const { window, service, operation, check } = JSON.parse(name) as Record<string, string | number>;
      const key = JSON.stringify([window, service, operation, check]);
      const sum = net.get(key) ?? [0, 0, 0];
      net.set(
        key,
        sum.map((count, at) => count + counters[at]! - counters[at + 3]!),
      );
    }
  return judgedOf(net);
}

/** One partition with all checks, that reads trace by trace. */
async function foldedQuality(
  log: readonly PlainMessage[],
): Promise<{ readonly quality: Verdicts; readonly clients: ReadonlyMap<string, number> }> {
  const { operators } = qualityJob({
    checks: await loadChecks(),
    seed: 1,
    clockToleranceMs: TOLERANCE_US / 1000,
    durationMsMax: DURATION_US_MAX / 1000,
    minimumVersions: MINIMUM_VERSIONS,
    limits: { servicesPerTenantMax: 1000, operationsPerServiceMax: 1000, rowsPerTenantMax: 100_000 },
  });
  const partition = openPartition(log, WHOLE, undefined, operators);
  partition.read(batchOf(log, 0, log.length));
  const { rows } = partition.flush();
  const quality: Verdicts = new Map();
  for (const { length, columns } of rowsNamed(rows, QUALITY_TABLE))
    for (let at = 0; at < length; at++) {
      const of = (name: string): number => columns[name]![at] as number;
      const key = ['window_start', 'service', 'operation', 'check'].map((name) => columns[name]![at]);
      const net = ['judged', 'passed', 'exempt'].map((name) => of(name) - of(`${name}_moved`));
      quality.set(JSON.stringify(key), net);
    }
  const clients = new Map<string, number>();
  for (const { length, columns } of rowsNamed(rows, CLIENTS_TABLE))
    for (let at = 0; at < length; at++) {
      const key = ['window_start', 'service', 'language', 'sdk', 'client_version'];
      clients.set(JSON.stringify(key.map((name) => columns[name]![at])), columns['spans']![at] as number);
    }
  return { quality: judgedOf(quality), clients };
}

function judgedOf(verdicts: Verdicts): Verdicts {
  return new Map([...verdicts].filter(([, [judged]]) => judged! > 0));
}

/** Rows of a trace, told apart from those of others. */
function inSlot<Row>(slot: number, rows: ReadonlyMap<string, Row>): [string, Row][] {
  return [...rows].map(([key, row]) => [key.replace('"slot":0', `"slot":${slot}`), row]);
}

/** Every trace by itself, with the trace it links to: a message each span. */
function tracesOf(logs: Logs): readonly PlainMessage[][] {
  const all = logs.flatMap((log) =>
    log.flatMap(({ recordMs, spans }) => (spans ?? []).map((span) => ({ recordMs, span }))),
  );
  const linkedTo = new Map(
    all.flatMap(({ span }) => (span.links ?? []).map((link) => [span.traceId, link.traceId])),
  );
  const traces = new Map<number, PlainMessage[]>();
  for (const { recordMs, span } of all) {
    const trace = linkedTo.get(span.traceId) ?? span.traceId;
    const log = traces.get(trace) ?? [];
    log.push({ recordMs, spans: [span] });
    traces.set(trace, log);
  }
  return [...traces.values()];
}
