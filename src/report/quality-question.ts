/** A question on trace quality, and how it is put to the store: what every query of it has in common. */
import type { TenantReader } from '../sinks/store-reader.ts';

export interface QualityStore {
  readonly reader: Pick<TenantReader, 'query'>;
  readonly database: string;
}

/** Windows that start in [fromS, toS) count, Unix seconds. The period before it is as long. */
export interface Period {
  readonly fromS: number;
  readonly toS: number;
}

export interface Question {
  readonly tenant: string;
  /** Empty: all. */
  readonly service: string;
  readonly period: Period;
  readonly signal?: AbortSignal | undefined;
}

export interface Example {
  readonly traceId: string;
  readonly spanId: string;
}

const HOUR_S = 3600;

/** The last hours up to now, the present second included. */
export function lastHours(hours: number, nowMs: number): Period {
  const toS = Math.floor(nowMs / 1000) + 1;
  return { fromS: toS - hours * HOUR_S, toS };
}

// The table, not the view, which would group by window and operation first: several times the work.
export const VERDICTS = `{database:Identifier}.quality_v1 AS q FINAL`;
export const IS_OURS = `q.tenant = {tenant:String} AND ({service:String} = '' OR q.service = {service:String})`;
export const START = `q.window_start >= toDateTime({fromS:UInt32}, 'UTC')`;
export const END = `q.window_start < toDateTime({toS:UInt32}, 'UTC')`;

/** Runs a SELECT whose rows are `q`. Throws SinkError. */
export async function ask<Row>(
  { reader, database }: QualityStore,
  { tenant, service, period, signal }: Question,
  sql: string,
  more: Readonly<Record<string, number | readonly bigint[]>> = {},
): Promise<Row[]> {
  const fromS = Math.max(0, period.fromS);
  return reader.query<Row>(sql, { database, tenant, service, ...period, fromS, ...more }, signal);
}

/** Stored as `trace/span`. */
export function exampleOf(ids: string): Example {
  const [traceId = '', spanId = ''] = ids.split('/');
  return { traceId, spanId };
}
