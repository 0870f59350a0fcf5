/**
 * The Monitor tab's numbers from their definitions, by other code than the API: every point looks at every call, every sum is a bigint.
 * Also makes the stored rows of the same calls, spread over slots as a log would.
 */
import type { Rows } from '../../operators/rows.ts';
import { oracleBucket } from './red-oracle.ts';

export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly spanKind: string;
  readonly status: string;
  /** Start of its window, Unix ms. */
  readonly windowMs: number;
  readonly durationUs: number;
  /** Weight in units of 2^-20. */
  readonly units: number;
  /** Which of the log's slots has counted it. */
  readonly slot: number;
}

export interface OracleQuestion {
  readonly services: readonly string[];
  readonly spanKinds: readonly string[];
  readonly groupByOperation: boolean;
  readonly quantile: number;
  readonly endMs: number;
  readonly lookbackMs: number;
  readonly stepMs: number;
  readonly ratePerMs: number;
}

export type OracleMetric = 'latencies' | 'calls' | 'errors';

const WINDOW_MS = 60_000;

/** Series by name (`service` or `service/operation`): one number a point, NaN for holes. */
export function metricsOracle(
  metric: OracleMetric,
  calls: readonly Call[],
  question: OracleQuestion,
): Map<string, number[]> {
  const times: number[] = [];
  for (let t = question.endMs - question.lookbackMs; t <= question.endMs; t += question.stepMs) times.push(t);
  const ranges = times.map((t) => coveredBy(t, question.ratePerMs));
  const oldest = ranges[0]!.first;
  const newest = ranges.at(-1)!.last;
  const asked = calls.filter(
    ({ service, spanKind, windowMs }) =>
      question.services.includes(service) &&
      question.spanKinds.includes(spanKind) &&
      windowMs >= oldest &&
      windowMs <= newest,
  );
  const names = asked.map((call) => nameOf(call, question));
  const answer = new Map<string, number[]>();
  for (const name of [...new Set(names)].sort()) {
    const own = asked.filter((call) => nameOf(call, question) === name);
    const values = ranges.map(({ first, last }) => {
      const covered = own.filter(({ windowMs }) => windowMs >= first && windowMs <= last);
      const hasBegun = own.some(({ windowMs }) => windowMs <= last);
      const seconds = (last - first + WINDOW_MS) / 1000;
      return valueOf(metric, covered, { seconds, hasBegun, quantile: question.quantile });
    });
    answer.set(name, values);
  }
  return answer;
}

/** First and last start of the windows that end in (t - ratePer, t]; the newest that ended by t where none does. */
function coveredBy(t: number, ratePerMs: number): { readonly first: number; readonly last: number } {
  let end = 0;
  while (end + WINDOW_MS <= t) end += WINDOW_MS * Math.max(1, Math.floor((t - end) / WINDOW_MS / 2));
  const last = end - WINDOW_MS;
  let first = last;
  while (first > t - ratePerMs) first -= WINDOW_MS;
  return { first, last };
}

function valueOf(
  metric: OracleMetric,
  calls: readonly Call[],
  { seconds, hasBegun, quantile }: { seconds: number; hasBegun: boolean; quantile: number },
): number {
  const all = unitsOf(calls);
  if (metric === 'calls') return hasBegun ? Number(all) / 2 ** 20 / seconds : Number.NaN;
  if (calls.length === 0) return Number.NaN;
  if (metric === 'errors')
    return Number(unitsOf(calls.filter(({ status }) => status === 'error'))) / Number(all);
  const steps = BigInt(Math.round(quantile * 1_000_000));
  const perCall = 1_000_000n << 20n;
  const wanted = ((all * steps + perCall - 1n) / perCall) << 20n;
  const rank = wanted < 1n ? 1n : wanted > all ? all : wanted;
  let seen = 0n;
  for (const { durationUs, units } of calls.toSorted((a, b) => a.durationUs - b.durationUs)) {
    seen += BigInt(units);
    if (seen < rank) continue;
    const bucket = Number(oracleBucket(BigInt(durationUs)));
    const middle = durationUs === 0 ? 0 : (2 ** (bucket / 32) * (1 + 2 ** (1 / 32))) / 2;
    const durations = calls.map((call) => call.durationUs);
    return Math.max(Math.min(...durations), Math.min(Math.max(...durations), middle)) / 1000;
  }
  throw new Error('the rank lies beyond the calls');
}

function unitsOf(calls: readonly Call[]): bigint {
  return calls.reduce((sum, { units }) => sum + BigInt(units), 0n);
}

function nameOf({ service, operation }: Call, { groupByOperation }: OracleQuestion): string {
  return groupByOperation ? `${service}/${operation}` : service;
}

/** The calls as rows of `red_v1`, one per key and slot. */
export function rowsOf(tenant: string, calls: readonly Call[]): Rows {
  const byKey = new Map<string, Call[]>();
  for (const call of calls) {
    const { service, operation, spanKind, status, windowMs, slot } = call;
    const key = JSON.stringify([service, operation, spanKind, status, windowMs, slot]);
    byKey.set(key, [...(byKey.get(key) ?? []), call]);
  }
  const groups = [...byKey.values()];
  const histograms = groups.map((group) => histogramOf(group));
  const sum = (group: readonly Call[], value: (call: Call) => bigint): bigint =>
    group.reduce((total, call) => total + value(call), 0n);
  return {
    name: 'red_v1',
    length: groups.length,
    slot: Float64Array.from(groups, (group) => group[0]!.slot),
    columns: {
      tenant: groups.map(() => tenant),
      service: groups.map((group) => group[0]!.service),
      span_kind: groups.map((group) => group[0]!.spanKind),
      window_start: Float64Array.from(groups, (group) => group[0]!.windowMs),
      operation: groups.map((group) => group[0]!.operation),
      status: groups.map((group) => group[0]!.status),
      dimensions: groups.map(() => '{}'),
      spans: Float64Array.from(groups, (group) => group.length),
      calls_units: groups.map((group) => unitsOf(group)),
      duration_us_units: groups.map((group) =>
        sum(group, ({ durationUs, units }) => BigInt(durationUs) * BigInt(units)),
      ),
      duration_us_min: Float64Array.from(groups, (group) =>
        Math.min(...group.map(({ durationUs }) => durationUs)),
      ),
      duration_us_max: Float64Array.from(groups, (group) =>
        Math.max(...group.map(({ durationUs }) => durationUs)),
      ),
      bucket_index: histograms.map((histogram) => histogram.map(([bucket]) => bucket)),
      bucket_units: histograms.map((histogram) => histogram.map(([, units]) => units)),
    },
  };
}

function histogramOf(calls: readonly Call[]): [number, bigint][] {
  const units = new Map<number, bigint>();
  for (const call of calls) {
    const bucket = Number(oracleBucket(BigInt(call.durationUs)));
    units.set(bucket, (units.get(bucket) ?? 0n) + BigInt(call.units));
  }
  return [...units].sort(([a], [b]) => a - b);
}
