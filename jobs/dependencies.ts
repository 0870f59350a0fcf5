/** Dependencies: which service calls which, how often, how it ended and how long it took, for System Architecture and SQL. */
import { type DependenciesOptions, dependencies } from '../operators/dependencies.ts';
import { SERVICE_GRAPH_ROWS } from '../operators/edge-counters.ts';
import { DEPENDENCIES_TABLE } from '../operators/edge-rows.ts';
import { CLASSIC_BOUNDS_US } from '../operators/histogram.ts';
import type { Job } from '../src/engine/job.ts';
import { jaegerDependenciesView } from '../src/sinks/jaeger-dependencies.ts';
import { type HistogramSql, midpointsUsSql, quantileUsSql } from '../src/sinks/histogram-sql.ts';
import { serviceGraph } from '../src/sinks/service-graph.ts';
import type { Table, View } from '../src/sinks/table.ts';

export interface DependenciesJobOptions {
  /** Whose rules count: `weir` unless said. The next three options are its own. */
  readonly profile?: DependenciesOptions['profile'];
  /** Edges from a service to itself. */
  readonly selfEdges: boolean;
  /** Queues and topics as nodes of their own. */
  readonly brokers: boolean;
  /** An edge into each service that is called without a parent. */
  readonly unknownCallers: boolean;
  readonly limits: DependenciesOptions['limits'];
  /** Where a Jaeger with ClickHouse storage looks for its dependencies; absent: nowhere. */
  readonly jaeger: { readonly database?: string | undefined; readonly tenant: string };
}

export default function dependenciesJob(options: DependenciesJobOptions): Job {
  const { profile = 'weir', selfEdges, brokers, unknownCallers, limits, jaeger } = options;
  const { database, tenant } = jaeger;
  return {
    name: 'dependencies',
    summary:
      'Which service calls which, per window: calls, errors, latency of both sides and of the network.',
    operators: [
      dependencies({
        profile,
        hasSelfEdges: selfEdges,
        hasBrokers: brokers,
        hasUnknownCallers: unknownCallers,
        limits,
      }),
    ],
    tables: [dependenciesTable],
    views: [
      dependenciesView,
      ...(database === undefined ? [] : [jaegerDependenciesView(DEPENDENCIES_TABLE, database, tenant)]),
    ],
    counters: [serviceGraph({ rows: SERVICE_GRAPH_ROWS, boundsUs: CLASSIC_BOUNDS_US })],
  };
}

const dependenciesTable: Table = {
  name: DEPENDENCIES_TABLE,
  columns: {
    tenant: 'text',
    window_start: 'time',
    parent: 'text',
    child: 'text',
    connection_type: 'text',
    sign: 'text',
    calls: 'u64',
    errors: 'u64',
    client_errors: 'u64',
    server_errors: 'u64',
    client_us_sum: 'u128',
    server_us_sum: 'u128',
    network_us_sum: 'u128',
    client_bucket_index: 'i16s',
    client_bucket_calls: 'u64s',
    server_bucket_index: 'i16s',
    server_bucket_calls: 'u64s',
    network_bucket_index: 'i16s',
    network_bucket_calls: 'u64s',
    examples: 'strings',
  },
  // Time first: what was flushed lately overlaps little of what was merged before, so that FINAL has little to do.
  key: ['tenant', 'window_start', 'parent', 'child', 'connection_type', 'sign'],
  time: 'window_start',
};

const SIDES = ['client', 'server', 'network'] as const;
type Side = (typeof SIDES)[number];

/** A slot's number, less where its row takes back. */
function signed(number: string, type: 'Int64' | 'Int128'): string {
  return `if(sign = '-', -to${type}(${number}), to${type}(${number}))`;
}

function net(column: string): string {
  return `toUInt64(sum(${signed(column, 'Int64')})) AS net_${column}`;
}

function netOf(side: Side): string {
  return `toFloat64(sum(${signed(`${side}_us_sum`, 'Int128')})) AS net_${side}_us_sum,
        sumMap(${side}_bucket_index, arrayMap(calls -> ${signed('calls', 'Int64')}, ${side}_bucket_calls)) AS ${side},
        ${midpointsUsSql(`${side}.1`)} AS ${side}_midpoints_us,
        arrayCumSum(${side}.2) AS ${side}_reached_calls`;
}

/** NULL where no call has this side. There is no clamp: what is left after a difference has no known least and most. */
function quantile(q: number, side: Side): string {
  const reached = `${side}_reached_calls`;
  const histogram: HistogramSql = {
    midpointsUs: `${side}_midpoints_us`,
    reachedUnits: reached,
    unitsPerCall: 1,
  };
  return `if(${reached}[-1] = 0, NULL, ${quantileUsSql(q, histogram)}) AS ${side}_us_p${Math.round(q * 100)}`;
}

const QUANTILES: Readonly<Record<Side, readonly number[]>> = {
  client: [0.5, 0.95, 0.99],
  server: [0.5, 0.95, 0.99],
  network: [0.5, 0.95],
};

const EXAMPLES_MAX = 3;

/** What was said less what was taken back, summed over slots and topics. Examples that no row took back come first. */
const dependenciesView: View = {
  name: 'dependencies',
  select: `SELECT
    tenant,
    window_start,
    parent,
    child,
    connection_type,
    net_calls AS calls,
    net_errors AS errors,
    net_client_errors AS client_errors,
    net_server_errors AS server_errors,
${SIDES.map((side) =>
  [
    `    net_${side}_us_sum AS ${side}_us_sum`,
    ...QUANTILES[side].map((q) => `    ${quantile(q, side)}`),
  ].join(',\n'),
).join(',\n')},
    arraySlice(arraySort(example -> (has(examples_taken_back, example), example), examples_seen), 1, ${EXAMPLES_MAX}) AS examples
FROM
(
    SELECT
        tenant,
        window_start,
        parent,
        child,
        connection_type,
        ${['calls', 'errors', 'client_errors', 'server_errors'].map(net).join(',\n        ')},
        ${SIDES.map(netOf).join(',\n        ')},
        groupUniqArrayArrayIf(examples, sign = '+') AS examples_seen,
        groupUniqArrayArrayIf(examples, sign = '-') AS examples_taken_back
    FROM {database}.${DEPENDENCIES_TABLE} FINAL
    GROUP BY tenant, window_start, parent, child, connection_type
    HAVING net_calls > 0
)`,
  orderBy: ['tenant', 'window_start', 'parent', 'child', 'connection_type'],
};
