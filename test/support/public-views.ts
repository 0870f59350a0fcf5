/** The public views of a running Weir beside what they should be: rows of the naive oracle over each partition's log, summed. */
import { expect } from 'vitest';
import type { PlainMessage } from './plain-span.ts';
import { type OracleOptions, type OracleRow, redOracle } from './red-oracle.ts';
import { type RedViewRow, redView, viewKey } from './red-view-oracle.ts';
import type { RunningWeir } from './weir-process.ts';

/** What oracle and Weir agree on where a test says nothing else: Weir's defaults. */
export const DEFAULT_RULES: OracleOptions = {
  windowMs: 60_000,
  slotMessages: 4096,
  lookbackSpans: 500_000,
  aheadMsMax: 600_000,
  lateMsMax: 86_400_000,
  dimensions: [],
  servicesPerTenantMax: 1000,
  seriesPerServiceMax: 2000,
  rowsPerTenantMax: 200_000,
};

/** View `red` of the partitions' logs. */
export function expectedRed(
  partitions: readonly (readonly PlainMessage[])[],
  options: Partial<OracleOptions> = {},
): Map<string, RedViewRow> {
  const stored = new Map<string, OracleRow>();
  for (const [partition, log] of partitions.entries())
    for (const [key, row] of redOracle(log, { ...DEFAULT_RULES, ...options })) {
      const labels = JSON.parse(key) as Record<string, unknown>;
      stored.set(JSON.stringify({ ...labels, slot: `${partition}/${String(labels['slot'])}` }), row);
    }
  return redView(stored);
}

/** Compares all three views of a tenant with what they should be. */
export async function expectViews(
  weir: RunningWeir,
  tenant: string,
  expected: ReadonlyMap<string, RedViewRow>,
): Promise<void> {
  const of = `WHERE tenant = '${tenant}'`;
  expectRed(await redOf(weir, tenant), expected);
  const keys = [...expected.keys()].map((key) => JSON.parse(key) as Key);
  const services = await weir.sql(
    `SELECT * EXCEPT (first_window, last_window), ${WINDOWS} FROM weir.services ${of}`,
  );
  expect(sorted(services)).toEqual(sorted(spanned(keys, ([service]) => ({ tenant, service }))));
  const operations = await weir.sql(
    `SELECT * EXCEPT (first_window, last_window), ${WINDOWS} FROM weir.operations ${of}`,
  );
  expect(sorted(operations)).toEqual(
    sorted(spanned(keys, ([service, operation, span_kind]) => ({ tenant, service, operation, span_kind }))),
  );
}

/** Rows of the view by `viewKey`. */
export async function redOf(
  weir: Pick<RunningWeir, 'sql'>,
  tenant: string,
): Promise<Map<string, RedViewRow>> {
  const rows = await weir.sql<RedViewRow & { dimensions: Record<string, string>; window: number }>(
    `SELECT * EXCEPT (window_start, tenant), toUnixTimestamp(window_start) AS window FROM weir.red WHERE tenant = '${tenant}'`,
  );
  return new Map(
    rows.map(({ window, dimensions, ...row }) => {
      const labels = { ...row, window_start: window * 1000, dimensions: JSON.stringify(dimensions) };
      return [viewKey(labels), row];
    }),
  );
}

/** Numbers equal up to the last bits of a power of two. */
export function expectRed(
  actual: ReadonlyMap<string, RedViewRow>,
  expected: ReadonlyMap<string, RedViewRow>,
): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, row] of expected)
    for (const [name, value] of Object.entries(row) as [keyof RedViewRow, number][])
      expect(Math.abs(actual.get(key)![name] - value), `${key} ${name} ${value}`).toBeLessThanOrEqual(
        value * 1e-14,
      );
}

type Key = readonly [service: string, operation: string, kind: string, windowMs: number, dimensions: string];

const WINDOWS =
  'toUnixTimestamp(first_window) * 1000 AS first_window_ms, toUnixTimestamp(last_window) * 1000 AS last_window_ms';

function spanned(keys: readonly Key[], labelsOf: (key: Key) => object): object[] {
  const windowsOf = new Map<string, number[]>();
  for (const key of keys) {
    const labels = JSON.stringify(labelsOf(key));
    windowsOf.set(labels, [...(windowsOf.get(labels) ?? []), key[3]]);
  }
  return [...windowsOf].map(([labels, windows]) => ({
    ...(JSON.parse(labels) as object),
    first_window_ms: Math.min(...windows),
    last_window_ms: Math.max(...windows),
  }));
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
