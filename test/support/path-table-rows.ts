/** Rows of `paths_v1` from what a test says of each, as the operator gives them. */
import { PATHS_TABLE } from '../../operators/path-rows.ts';
import type { Rows } from '../../operators/rows.ts';

export interface PathTableRow {
  readonly tenant?: string;
  /** `web:GET / > cart:add` */
  readonly path: string;
  readonly sign?: '+' | '-';
  readonly windowMs: number;
  readonly slot?: number;
  readonly spans: number;
  readonly parents?: number;
  readonly examples?: readonly string[];
}

export function pathTableRows(rows: readonly PathTableRow[]): Rows {
  const entries = rows.map(({ path }) =>
    path
      .split(' > ')
      .map((entry) => [entry.slice(0, entry.indexOf(':')), entry.slice(entry.indexOf(':') + 1)]),
  );
  return {
    name: PATHS_TABLE,
    length: rows.length,
    slot: Float64Array.from(rows, ({ slot = 0 }) => slot),
    columns: {
      tenant: rows.map(({ tenant = 'default' }) => tenant),
      window_start: rows.map(({ windowMs }) => windowMs),
      services: entries.map((path) => path.map(([service]) => service!)),
      operations: entries.map((path) => path.map(([, operation]) => operation!)),
      sign: rows.map(({ sign = '+' }) => sign),
      spans: rows.map(({ spans }) => spans),
      parents: rows.map(({ parents = 0 }) => parents),
      calls: rows.map(() => 0),
      errors: rows.map(() => 0),
      examples: rows.map(({ examples = [] }) => examples),
    },
  };
}
