/**
 * GET `/api/decorations/services`: what colours the nodes of Jaeger's deep dependency graph. One answer holds every service and operation of a
 * tenant, so that a whole picture takes one request: calls received, the part of them that failed, and their 95th percentile.
 */
import type { FastifyInstance } from 'fastify';
import { UNITS_PER_CALL, midpointsUsSql, quantileUsSql } from '../sinks/histogram-sql.ts';
import type { TenantReader } from '../sinks/store-reader.ts';
import { tenantOf } from './access.ts';
import { secondsOf } from './dependencies.ts';
import { integerField, parseError, queryFields, rawQuery } from './query-fields.ts';

export interface DecorationStore {
  readonly reader: Pick<TenantReader, 'query'>;
  readonly database: string;
}

/** What one node shows. */
export interface Decoration {
  readonly calls: number;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly p95Ms: number;
}

interface DecorationRow extends Decoration {
  readonly service: string;
  readonly operation: string;
}

interface Question {
  readonly fromS: number;
  readonly signal: AbortSignal;
}

const LOOKBACK_MS = 3_600_000;
const LOOKBACK_MS_MAX = 7 * 86_400_000;

const DIGITS = 3;

/** Operations beyond the busiest of these go undecorated. */
const ROWS_MAX = 10_000;

export function decorationRoutes(server: FastifyInstance, store: DecorationStore, now: () => number): void {
  server.get('/api/decorations/services', async (request) => {
    const lookbackMs = integerField(queryFields(rawQuery(request.url)), 'lookback', LOOKBACK_MS);
    if (lookbackMs < 1 || lookbackMs > LOOKBACK_MS_MAX)
      throw parseError('lookback', `must lie between 1 and ${LOOKBACK_MS_MAX} milliseconds`);
    const fromS = secondsOf(now() - lookbackMs);
    const tenant = tenantOf(request);
    const question = { fromS, signal: request.signal };
    const services = await queryDecorations(store, tenant, { ...question, isByOperation: false });
    const operations = await queryDecorations(store, tenant, { ...question, isByOperation: true });
    const byOperation = new Map<string, [string, Decoration][]>();
    for (const row of operations) {
      const known = byOperation.get(row.service);
      if (known === undefined) byOperation.set(row.service, [[row.operation, decorationOf(row)]]);
      else known.push([row.operation, decorationOf(row)]);
    }
    return {
      byService: Object.fromEntries(services.map((row) => [row.service, decorationOf(row)])),
      byOperation: Object.fromEntries(
        [...byOperation].map(([service, decorations]) => [service, Object.fromEntries(decorations)]),
      ),
    };
  });
}

/** Received are the calls of SERVER and CONSUMER spans. */
async function queryDecorations(
  { reader, database }: DecorationStore,
  tenant: string,
  { isByOperation, fromS, signal }: Question & { readonly isByOperation: boolean },
): Promise<readonly DecorationRow[]> {
  const histogram = {
    midpointsUs: 'midpoints_us',
    reachedUnits: 'reached_units',
    minUs: 'least_us',
    maxUs: 'most_us',
  };
  return reader.query<DecorationRow>(
    `SELECT
      service,
      name AS operation,
      units / ${UNITS_PER_CALL} AS calls,
      error_units / units AS errorRate,
      ${quantileUsSql(0.95, histogram)} / 1000 AS p95Ms
    FROM
    (
      SELECT
        service,
        ${isByOperation ? 'operation' : "''"} AS name,
        sum(calls_units) AS units,
        sumIf(calls_units, status = 'error') AS error_units,
        min(duration_us_min) AS least_us,
        max(duration_us_max) AS most_us,
        sumMap(bucket_index, bucket_units) AS histogram,
        ${midpointsUsSql('histogram.1')} AS midpoints_us,
        arrayCumSum(histogram.2) AS reached_units
      FROM {database:Identifier}.red_v1 FINAL
      WHERE tenant = {tenant:String} AND window_start >= toDateTime({fromS:UInt32}, 'UTC')
        AND span_kind IN ('server', 'consumer')
      GROUP BY service, name
    )
    WHERE units > 0
    ORDER BY units DESC, service, operation
    LIMIT ${ROWS_MAX}`,
    { database, tenant, fromS },
    signal,
  );
}

/** Whole calls, else three digits: the page writes numbers into its nodes as they come. */
function decorationOf({ calls, errorRate, p95Ms }: DecorationRow): Decoration {
  return { calls: Math.round(calls), errorRate: inDigits(errorRate), p95Ms: inDigits(p95Ms) };
}

function inDigits(number: number): number {
  return Number(number.toPrecision(DIGITS));
}
