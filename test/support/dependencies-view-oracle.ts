/** View `dependencies` from its definition: the oracle's stored rows added and taken back, quantiles by counting calls up a sorted histogram. */
import type { EdgeRow } from './dependencies-oracle.ts';

/** One row of the view by its column names; null where no call has that side. */
export type DependencyRow = Readonly<Record<string, number | null>>;

const QUANTILES = { client: [50, 95, 99], server: [50, 95, 99], network: [50, 95] } as const;

/** Rows of the view, keyed by `parent child connection_type window_ms`. */
export function dependenciesView(stored: ReadonlyMap<string, EdgeRow>): Map<string, DependencyRow> {
  const edges = new Map<string, EdgeRow>();
  for (const [name, row] of stored) {
    const { parent, child, type, window } = JSON.parse(name.slice(2)) as Record<string, string | number>;
    const key = `${parent} ${child} ${type} ${window}`;
    const edge = edges.get(key) ?? {};
    const sign = name.startsWith('-') ? -1 : 1;
    for (const [column, value] of Object.entries(row)) edge[column] = (edge[column] ?? 0) + sign * value;
    edges.set(key, edge);
  }
  return new Map(
    [...edges]
      .filter(([, { calls = 0 }]) => calls > 0)
      .map(([key, edge]): [string, DependencyRow] => [key, viewed(edge)]),
  );
}

function viewed(edge: EdgeRow): DependencyRow {
  const row: Record<string, number | null> = {};
  for (const column of ['calls', 'errors', 'client_errors', 'server_errors']) row[column] = edge[column] ?? 0;
  for (const [side, percents] of Object.entries(QUANTILES)) {
    row[`${side}_us_sum`] = edge[`${side}_us_sum`] ?? 0;
    for (const percent of percents) row[`${side}_us_p${percent}`] = quantileUs(edge, side, percent);
  }
  return row;
}

function quantileUs(edge: EdgeRow, side: string, percent: number): number | null {
  const calls = Object.entries(edge)
    .filter(([column]) => column.startsWith(`${side} `))
    .map(([column, count]): [number, number] => [Number(column.slice(side.length + 1)), count])
    .sort(([a], [b]) => a - b)
    .flatMap(([bucket, count]) => new Array<number>(count).fill(bucket));
  if (calls.length === 0) return null;
  const bucket = calls[Math.max(1, Math.ceil((percent * calls.length) / 100)) - 1]!;
  return bucket === -2 ? 0 : (2 ** (bucket / 32) + 2 ** ((bucket + 1) / 32)) / 2;
}
