/** Paths: the ways requests take through services, from the root of a trace down, for deep dependency graphs and SQL. */
import { PATHS_TABLE } from '../operators/path-rows.ts';
import { type PathsOptions, paths } from '../operators/paths.ts';
import type { Job } from '../src/engine/job.ts';
import type { Table, View } from '../src/sinks/table.ts';

/** `seed` places hash keys; no result depends on it. */
export default function pathsJob({ limits, seed }: PathsOptions & { readonly seed?: number }): Job {
  return {
    name: 'paths',
    summary: 'The ways requests take through services and operations, from root to leaf, per window.',
    operators: [paths({ limits }, seed)],
    tables: [pathsTable],
    views: [pathsView],
    counters: [],
  };
}

const pathsTable: Table = {
  name: PATHS_TABLE,
  columns: {
    tenant: 'text',
    window_start: 'time',
    services: 'strings',
    operations: 'strings',
    sign: 'text',
    spans: 'u64',
    parents: 'u64',
    calls: 'u64',
    errors: 'u64',
    examples: 'strings',
  },
  key: ['tenant', 'window_start', 'services', 'operations', 'sign'],
  time: 'window_start',
};

const EXAMPLES_MAX = 3;

function net(column: string): string {
  return `sum(if(sign = '-', -toInt64(${column}), toInt64(${column}))) AS net_${column}`;
}

/** What was said less what was taken back, summed over slots and topics. Examples that no row took back come first. */
const pathsView: View = {
  name: 'paths',
  select: `SELECT
    tenant,
    window_start,
    CAST(arrayZip(services, operations) AS Array(Tuple(service String, operation String))) AS path,
    toUInt64(net_spans) AS spans,
    toUInt64(net_spans - net_parents) AS leaves,
    toUInt64(net_calls) AS calls,
    toUInt64(net_errors) AS errors,
    arraySlice(arraySort(example -> (has(examples_taken_back, example), example), examples_seen), 1, ${EXAMPLES_MAX}) AS examples
FROM
(
    SELECT
        tenant,
        window_start,
        services,
        operations,
        ${['spans', 'parents', 'calls', 'errors'].map(net).join(',\n        ')},
        groupUniqArrayArrayIf(examples, sign = '+') AS examples_seen,
        groupUniqArrayArrayIf(examples, sign = '-') AS examples_taken_back
    FROM {database}.${PATHS_TABLE} FINAL
    GROUP BY tenant, window_start, services, operations
    HAVING net_spans > 0
)`,
  orderBy: ['tenant', 'window_start', 'path'],
};
