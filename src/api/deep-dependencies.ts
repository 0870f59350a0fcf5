/**
 * GET `/analytics/v1/dependencies` and `/api/deep-dependencies`: what Jaeger's deep dependency graph asks. A service, and perhaps an operation
 * of it, goes in; the paths from root to leaf that touch it come out, each with traces to look at, those with most leaves first.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TenantReader } from '../sinks/store-reader.ts';
import { tenantOf } from './access.ts';
import { secondsOf } from './dependencies.ts';
import { type QueryFields, first, integerField, parseError, queryFields, rawQuery } from './query-fields.ts';

export interface PathStore {
  readonly reader: Pick<TenantReader, 'query'>;
  readonly database: string;
}

export interface DeepPath {
  readonly path: readonly { readonly service: string; readonly operation: string }[];
  /** Traces that took this path: at least one. */
  readonly examples: readonly string[];
}

export interface DeepQuestion {
  readonly service: string;
  /** Empty: any. */
  readonly operation: string;
  /** Unix ms: windows that start in [startMs, endMs) count. */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal;
}

/** More paths than this the page cannot draw readably. */
const PATHS_MAX = 300;

/** Examples of a path, where those of its newest row turned out to take another. */
const EXAMPLES_MAX = 3;
/** Examples among which they are looked for: of a day there may be thousands. */
const SEEN_MAX = 100;

/** The page gives no times: it means what is of interest now. */
const LOOKBACK_MS = 86_400_000;

const SIGNED = (column: string): string => `sum(if(sign = '-', -toInt64(${column}), toInt64(${column})))`;

/** The paths that end in a leaf. A path must touch the operation where the page looks for it: in one entry with its service. */
async function queryPaths(
  { reader, database }: PathStore,
  tenant: string,
  question: DeepQuestion,
): Promise<readonly DeepPath[]> {
  const { service, operation, startMs, endMs, signal } = question;
  const [fromS, toS] = [secondsOf(startMs), secondsOf(endMs)];
  if (service === '' || toS <= fromS) return [];
  return reader.query<DeepPath>(
    `WITH
      argMaxIf(examples, (window_start, topic, generation, partition, slot), sign = '+') AS newest,
      groupUniqArrayArrayIf(${SEEN_MAX})(examples, sign = '+') AS seen,
      groupUniqArrayArrayIf(examples, sign = '-') AS moved,
      arrayFilter(example -> NOT has(moved, example), newest) AS newest_stayed,
      arrayFilter(example -> NOT has(moved, example), seen) AS seen_stayed
    SELECT
      arrayMap((service, operation) -> CAST((service, operation) AS Tuple(service String, operation String)), services, operations) AS path,
      multiIf(notEmpty(newest_stayed), newest_stayed, notEmpty(seen_stayed), arraySlice(seen_stayed, 1, ${EXAMPLES_MAX}), newest) AS examples
    FROM {database:Identifier}.paths_v1 FINAL
    WHERE tenant = {tenant:String}
      AND window_start >= toDateTime({fromS:UInt32}, 'UTC') AND window_start < toDateTime({toS:UInt32}, 'UTC')
      AND has(services, {service:String})
      ${operation === '' ? '' : 'AND arrayExists((service, operation) -> service = {service:String} AND operation = {operation:String}, services, operations)'}
    GROUP BY services, operations
    HAVING ${SIGNED('spans')} > ${SIGNED('parents')}
    ORDER BY ${SIGNED('spans')} - ${SIGNED('parents')} DESC, services, operations
    LIMIT ${PATHS_MAX}`,
    { database, tenant, service, operation, fromS, toS },
    signal,
  );
}

export function deepDependencyRoutes(server: FastifyInstance, store: PathStore, now: () => number): void {
  const answer = async (request: FastifyRequest): Promise<object> => {
    const fields = queryFields(rawQuery(request.url));
    const question = { ...questionOf(fields, now()), signal: request.signal };
    const paths = await queryPaths(store, tenantOf(request), question);
    return {
      dependencies: paths.map(({ path, examples }) => ({
        path,
        attributes: examples.map((value) => ({ key: 'exemplar_trace_id', value })),
      })),
    };
  };
  server.get('/analytics/v1/dependencies', answer);
  // Where Jaeger itself serves an invented answer.
  server.get('/api/deep-dependencies', answer);
}

/** Times are Unix ms; absent, empty or 0 they are up to the server. */
function questionOf(fields: QueryFields, nowMs: number): DeepQuestion {
  const givenMs = (name: string): number => {
    const timeMs = integerField(fields, name, 0);
    if (timeMs < 0) throw parseError(name, 'must be a time in Unix milliseconds');
    return timeMs;
  };
  const endMs = givenMs('end') || nowMs;
  const startMs = givenMs('start') || endMs - LOOKBACK_MS;
  return { service: first(fields, 'service'), operation: first(fields, 'operation'), startMs, endMs };
}
