/**
 * GET `/api/dependencies` and `/api/v3/dependencies`: what Jaeger's System Architecture page asks, answered from `dependencies_v1` as Jaeger's
 * own reader would. Windows that start in [start, end) count; calls are summed per caller and callee.
 */
import type { FastifyInstance } from 'fastify';
import type { TenantReader } from '../sinks/store-reader.ts';
import { tenantOf } from './access.ts';
import { type QueryFields, first, integerField, parseError, queryFields, rawQuery } from './query-fields.ts';

export interface DependencyStore {
  readonly reader: Pick<TenantReader, 'query'>;
  readonly database: string;
}

/** Unix ms. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

const LOOKBACK_MS = 86_400_000;
/** The last millisecond an RFC 3339 time can name. */
const TIME_MS_MAX = 253_402_300_799_999;

/** What the service of `service` calls and who calls it; an empty one asks for all. Ordered by caller, then callee. */
async function queryDependencies(
  { reader, database }: DependencyStore,
  tenant: string,
  question: { readonly range: TimeRange; readonly service: string; readonly signal?: AbortSignal },
): Promise<readonly Dependency[]> {
  const { range, service, signal } = question;
  const [fromS, toS] = [secondsOf(range.startMs), secondsOf(range.endMs)];
  if (toS <= fromS) return [];
  // Grouped by hashes of the names: a repeated text is hashed once a block, and numbers group twice as fast as texts.
  const rows = await reader.query<Record<keyof Dependency, string>>(
    `SELECT any(d.parent) AS parent, any(d.child) AS child,
      sumIf(calls, sign = '+') - sumIf(calls, sign = '-') AS callCount
    FROM {database:Identifier}.dependencies_v1 AS d FINAL
    WHERE tenant = {tenant:String}
      AND window_start >= toDateTime({fromS:UInt32}, 'UTC') AND window_start < toDateTime({toS:UInt32}, 'UTC')
      ${service === '' ? '' : 'AND (d.parent = {service:String} OR d.child = {service:String})'}
    GROUP BY sipHash64(d.parent), sipHash64(d.child)
    HAVING callCount > 0
    ORDER BY parent, child`,
    { database, tenant, service, fromS, toS },
    signal,
  );
  return rows.map(({ parent, child, callCount }) => ({ parent, child, callCount: Number(callCount) }));
}

export function dependencyRoutes(server: FastifyInstance, store: DependencyStore, now: () => number): void {
  server.get('/api/dependencies', async (request) => {
    const fields = queryFields(rawQuery(request.url));
    const question = { range: lookbackRange(fields, now()), service: first(fields, 'service') };
    const data = await queryDependencies(store, tenantOf(request), { ...question, signal: request.signal });
    return { data, total: 0, limit: 0, offset: 0, errors: null };
  });
  server.get('/api/v3/dependencies', async (request) => {
    const fields = queryFields(rawQuery(request.url));
    const range = { startMs: timeField(fields, 'startTime'), endMs: timeField(fields, 'endTime') };
    const found = await queryDependencies(store, tenantOf(request), {
      range,
      service: '',
      signal: request.signal,
    });
    return { dependencies: found.map((one) => ({ ...one, callCount: String(one.callCount) })) };
  });
}

function lookbackRange(fields: QueryFields, nowMs: number): TimeRange {
  const endMs = integerField(fields, 'endTs', nowMs);
  const lookbackMs = integerField(fields, 'lookback', LOOKBACK_MS);
  if (endMs < 0 || endMs > TIME_MS_MAX) throw parseError('endTs', 'must be a time in Unix milliseconds');
  if (lookbackMs < 0) throw parseError('lookback', 'must not be negative');
  return { startMs: endMs - lookbackMs, endMs };
}

function timeField(fields: QueryFields, name: string): number {
  const text = first(fields, name) || first(fields, name.replace('Time', '_time'));
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text))
    throw parseError(name, 'expected an RFC 3339 time such as 2026-01-31T00:00:00Z');
  const timeMs = Date.parse(text);
  const day = text.slice(0, 10);
  // JavaScript takes the 31st of February for the 3rd of March.
  if (Number.isNaN(timeMs) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day)
    throw parseError(name, 'expected an RFC 3339 time such as 2026-01-31T00:00:00Z');
  return timeMs;
}

/** The first second that is not before a time, as the DateTime column has it: 32 bits. */
export function secondsOf(timeMs: number): number {
  return Math.min(Math.max(Math.ceil(timeMs / 1000), 0), 0xffff_ffff);
}
