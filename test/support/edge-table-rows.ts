/** Rows of `dependencies_v1` from what a test says of each, as the operator gives them. */
import { DEPENDENCIES_TABLE } from '../../operators/edge-rows.ts';
import type { Rows } from '../../operators/rows.ts';

export interface EdgeTableRow {
  readonly tenant?: string;
  readonly parent: string;
  readonly child: string;
  readonly type?: string;
  readonly sign?: '+' | '-';
  readonly windowMs: number;
  readonly slot?: number;
  readonly calls: number;
}

export function edgeTableRows(rows: readonly EdgeTableRow[]): Rows {
  const none = rows.map(() => 0);
  const nothing = rows.map(() => []);
  const sums = rows.map(() => 0n);
  return {
    name: DEPENDENCIES_TABLE,
    length: rows.length,
    slot: Float64Array.from(rows, ({ slot = 0 }) => slot),
    columns: {
      tenant: rows.map(({ tenant = 'default' }) => tenant),
      window_start: rows.map(({ windowMs }) => windowMs),
      parent: rows.map(({ parent }) => parent),
      child: rows.map(({ child }) => child),
      connection_type: rows.map(({ type = 'direct' }) => type),
      sign: rows.map(({ sign = '+' }) => sign),
      calls: rows.map(({ calls }) => calls),
      errors: none,
      client_errors: none,
      server_errors: none,
      client_us_sum: sums,
      server_us_sum: sums,
      network_us_sum: sums,
      client_bucket_index: nothing,
      client_bucket_calls: nothing,
      server_bucket_index: nothing,
      server_bucket_calls: nothing,
      network_bucket_index: nothing,
      network_bucket_calls: nothing,
      examples: nothing,
    },
  };
}
