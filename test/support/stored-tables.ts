/** What a store's tables hold of a partition beside what the oracles say: every row of every slot, before any view sums it up. */
import { expect } from 'vitest';
import { DEPENDENCIES_TABLE } from '../../operators/edge-rows.ts';
import type { DependenciesOptions } from '../../operators/dependencies.ts';
import { EXAMPLES_MAX } from '../../operators/examples.ts';
import { PATHS_TABLE } from '../../operators/path-rows.ts';
import type { PathsLimits } from '../../operators/paths.ts';
import { RED_TABLE } from '../../operators/red-rows.ts';
import type { ColumnData, Rows } from '../../operators/rows.ts';
import { dependenciesOracle, type EdgeRow } from './dependencies-oracle.ts';
import { type PathRow, pathsOracle } from './paths-oracle.ts';
import type { PlainMessage } from './plain-span.ts';
import { type OracleOptions, redOracle } from './red-oracle.ts';
import { edgeRowAt, pathRowAt, redRowAt } from './stored-rows.ts';

/** Answers SQL with rows whose 64-bit integers are numbers. */
export interface Store {
  sql<Row>(query: string): Promise<Row[]>;
}

export interface TableRules {
  readonly red: OracleOptions;
  readonly dependencies: DependenciesOptions;
  readonly paths: PathsLimits;
}

/** A partition, or one of its generations. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly generation?: number;
}

/** Compares the rows of jobs `red`, `dependencies` and `paths` with the oracles over a partition's whole log; returns how many there are. */
export async function expectTables(
  store: Store,
  { topic, partition, generation }: Place,
  log: readonly PlainMessage[],
  rules: TableRules,
): Promise<number> {
  const ofOne = generation === undefined ? '' : ` AND generation = ${generation}`;
  const where = `WHERE topic = '${topic}' AND partition = ${partition}${ofOne}`;
  const read = <Row>(table: string, rowAt: (rows: Rows, at: number) => [string, Row], replaced = '') =>
    rowsOf(store, `${table} FINAL ${where}`, replaced, rowAt);
  const red = await read(
    RED_TABLE,
    redRowAt,
    ', toString(calls_units) AS calls_units, toString(duration_us_units) AS duration_us_units',
  );
  expect(red).toEqual(redOracle(log, rules.red));
  const edges = await read(DEPENDENCIES_TABLE, edgeRowAt);
  expect(edges).toEqual(dependenciesOracle(log, { ...rules.red, ...rules.dependencies }));
  const paths = await read(PATHS_TABLE, pathRowAt);
  expectPaths(paths, pathsOracle(log, { ...rules.red, limits: rules.paths }));
  return red.size + edges.size + paths.size;
}

/**
 * While a log is being read: each row of job `dependencies` has at least the calls that the first `claimed` messages say, and at most what all of
 * them do. What is taken back has rows of its own, so that none ever falls.
 */
export async function expectEdgeBounds(
  store: Store,
  { topic, partition }: Place,
  { log, claimed }: { readonly log: readonly PlainMessage[]; readonly claimed: number },
  rules: Omit<TableRules, 'paths'>,
): Promise<void> {
  const options = { ...rules.red, ...rules.dependencies };
  const where = `WHERE topic = '${topic}' AND partition = ${partition}`;
  const edges = await rowsOf(store, `${DEPENDENCIES_TABLE} FINAL ${where}`, '', edgeRowAt);
  for (const [key, row] of dependenciesOracle(log.slice(0, claimed), options))
    expect(callsOf(edges.get(key)), key).toBeGreaterThanOrEqual(callsOf(row));
  const atMost = dependenciesOracle(log, options);
  for (const [key, row] of edges) expect(callsOf(row), key).toBeLessThanOrEqual(callsOf(atMost.get(key)));
}

/** Of examples the oracle says which may be one: as many as fit must be there, and none twice. */
export function expectPaths(
  actual: ReadonlyMap<string, PathRow>,
  expected: ReadonlyMap<string, PathRow>,
): void {
  const counts = (rows: ReadonlyMap<string, PathRow>): Map<string, PathRow> =>
    new Map([...rows].map(([key, row]) => [key, { ...row, traces: [] }]));
  expect(counts(actual)).toEqual(counts(expected));
  for (const [key, { traces }] of actual) {
    const known = expected.get(key)!.traces;
    expect(new Set(traces).size).toBe(Math.min(EXAMPLES_MAX, known.length));
    expect(traces.filter((trace) => !known.includes(trace))).toEqual([]);
  }
}

function callsOf(row: EdgeRow | undefined): number {
  return row?.['calls'] ?? 0;
}

async function rowsOf<Row>(
  store: Store,
  from: string,
  replaced: string,
  rowAt: (rows: Rows, at: number) => [string, Row],
): Promise<Map<string, Row>> {
  const stored = await store.sql<Record<string, unknown>>(
    `SELECT * REPLACE (toFloat64(toUnixTimestamp(window_start)) * 1000 AS window_start${replaced}) FROM weir.${from}`,
  );
  const columnOf = (name: string): ColumnData =>
    stored.map((row) => row[name]) as readonly unknown[] as ColumnData;
  const names = Object.keys(stored[0] ?? {});
  const rows: Rows = {
    name: from,
    length: stored.length,
    slot: Float64Array.from(stored, ({ slot }) => Number(slot)),
    columns: Object.fromEntries(names.map((name) => [name, columnOf(name)])),
  };
  return new Map(stored.map((_, at) => rowAt(rows, at)));
}
