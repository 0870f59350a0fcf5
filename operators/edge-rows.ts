/** What dependencies give out: rows of table `dependencies_v1`, absolute per slot. */
import { numbersOf } from './columns.ts';
import type { TakenEdge } from './taken-edge.ts';
import type { Rows } from './rows.ts';

export const DEPENDENCIES_TABLE = 'dependencies_v1';

/** The rows of edges as their slots gave them. */
export function edgeRows(taken: readonly TakenEdge[]): Rows {
  const numbers = (value: (edge: TakenEdge) => number): Float64Array => numbersOf(taken, value);
  return {
    name: DEPENDENCIES_TABLE,
    length: taken.length,
    slot: numbersOf(taken, ({ slot }) => slot),
    columns: {
      tenant: taken.map(({ labels }) => labels.tenant),
      window_start: numbers(({ labels }) => labels.windowMs),
      parent: taken.map(({ labels }) => labels.parent),
      child: taken.map(({ labels }) => labels.child),
      connection_type: taken.map(({ labels }) => labels.type),
      sign: taken.map(({ labels }) => labels.sign),
      calls: numbers(({ calls }) => calls),
      errors: numbers(({ errors }) => errors),
      client_errors: numbers(({ clientErrors }) => clientErrors),
      server_errors: numbers(({ serverErrors }) => serverErrors),
      client_us_sum: taken.map(({ clientUs }) => clientUs),
      server_us_sum: taken.map(({ serverUs }) => serverUs),
      network_us_sum: taken.map(({ networkUs }) => networkUs),
      client_bucket_index: taken.map(({ client }) => client.buckets),
      client_bucket_calls: taken.map(({ client }) => client.units),
      server_bucket_index: taken.map(({ server }) => server.buckets),
      server_bucket_calls: taken.map(({ server }) => server.units),
      network_bucket_index: taken.map(({ network }) => network.buckets),
      network_bucket_calls: taken.map(({ network }) => network.units),
      examples: taken.map(({ examples }) => examples),
    },
  };
}
