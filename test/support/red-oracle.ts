/**
 * RED from its definitions, by other code than the fold: every neighbourhood is scanned, every sum a bigint, every bucket found by raising
 * the duration to the 32nd power. Slow, and meant to be.
 */
import { SPAN_KINDS, STATUS_CODES } from '../../src/spans/span-batch.ts';
import type { PlainMessage, PlainSpan } from './plain-span.ts';

export interface OracleOptions {
  readonly windowMs: number;
  readonly slotMessages: number;
  readonly lookbackSpans: number;
  readonly aheadMsMax: number;
  readonly lateMsMax: number;
  readonly dimensions: readonly string[];
  readonly servicesPerTenantMax: number;
  readonly seriesPerServiceMax: number;
  readonly rowsPerTenantMax: number;
  readonly origin?: number;
}

export interface OracleRow {
  spans: bigint;
  calls: bigint;
  duration: bigint;
  min: bigint;
  max: bigint;
  buckets: Record<string, bigint>;
}

/** Rows by their key text, for the log's prefix `[0, hi)`; one per slot, as the table stores them. */
export function redOracle(
  log: readonly PlainMessage[],
  options: OracleOptions,
  hi = log.length,
): Map<string, OracleRow> {
  const rows = new Map<string, OracleRow>();
  const read: { readonly span: PlainSpan; readonly slot: number }[] = [];
  const admitted = new Map<number, Admission>();
  for (const [offset, message] of log.slice(0, hi).entries()) {
    const slot = offset - (offset % options.slotMessages);
    for (const span of message.spans ?? []) {
      read.push({ span, slot });
      if (isRepeat(read, options)) continue;
      if (offset < (options.origin ?? 0)) continue;
      let admission = admitted.get(slot);
      if (admission === undefined) admitted.set(slot, (admission = new Admission(options)));
      add(rows, slot, span, message.recordMs, admission, options);
    }
  }
  return rows;
}

/** The rows summed over slots. */
export function summedOverSlots(rows: ReadonlyMap<string, OracleRow>): Map<string, OracleRow> {
  const sums = new Map<string, OracleRow>();
  for (const [key, row] of rows) {
    const name = JSON.stringify({ ...(JSON.parse(key) as Record<string, unknown>), slot: undefined });
    const sum = sums.get(name);
    if (sum === undefined) {
      sums.set(name, { ...row, buckets: { ...row.buckets } });
      continue;
    }
    sum.spans += row.spans;
    sum.calls += row.calls;
    sum.duration += row.duration;
    if (row.min < sum.min) sum.min = row.min;
    if (row.max > sum.max) sum.max = row.max;
    for (const [bucket, units] of Object.entries(row.buckets))
      sum.buckets[bucket] = (sum.buckets[bucket] ?? 0n) + units;
  }
  return sums;
}

/** The bucket i with 2^i < us^32 <= 2^(i+1), which is (2^(i/32), 2^((i+1)/32)]; "zero" for 0. */
export function oracleBucket(us: bigint): string {
  if (us === 0n) return '-2';
  const power = us ** 32n;
  const bits = power.toString(2).length;
  return String(power === 1n << BigInt(bits - 1) ? bits - 2 : bits - 1);
}

function isRepeat(
  read: readonly { readonly span: PlainSpan; readonly slot: number }[],
  options: OracleOptions,
): boolean {
  const last = read.at(-1)!;
  if (last.span.traceId === 0 || last.span.spanId === 0) return false;
  return read
    .slice(-options.lookbackSpans, -1)
    .some(({ span, slot }) => slot >= last.slot - options.slotMessages && isSame(span, last.span));
}

function isSame(a: PlainSpan, b: PlainSpan): boolean {
  return (
    a.traceId === b.traceId &&
    a.spanId === b.spanId &&
    a.parentId === b.parentId &&
    a.kind === b.kind &&
    a.service === b.service &&
    a.operation === b.operation
  );
}

function add(
  rows: Map<string, OracleRow>,
  slot: number,
  span: PlainSpan,
  recordMs: number,
  admission: Admission,
  options: OracleOptions,
): void {
  const endNs = span.endNs <= span.startNs ? span.startNs + 1n : span.endNs;
  const us = (endNs - span.startNs) / 1000n;
  const endMs = Number(endNs / 1000n) / 1000;
  const isAsRecord = endMs > recordMs + options.aheadMsMax || endMs < recordMs - options.lateMsMax;
  const countedMs = Math.min(isAsRecord ? recordMs : endMs, (2 ** 32 - 1) * 1000);
  const window = Math.floor(countedMs / options.windowMs) * options.windowMs;
  const dimensions: Record<string, string> = {};
  for (const key of [...options.dimensions].sort()) {
    const value = span.attributes[key];
    if (value !== undefined) dimensions[key] = value;
  }
  const labels = admission.admit(span, JSON.stringify(dimensions), window);
  const key = JSON.stringify({
    service: labels.service,
    operation: labels.operation,
    span_kind: SPAN_KINDS[span.kind],
    status: STATUS_CODES[span.status],
    dimensions: labels.dimensions,
    window_start: window,
    slot,
  });
  const row = rows.get(key) ?? { spans: 0n, calls: 0n, duration: 0n, min: us, max: us, buckets: {} };
  const weight = BigInt(span.weight);
  row.spans += 1n;
  row.calls += weight;
  row.duration += us * weight;
  if (us < row.min) row.min = us;
  if (us > row.max) row.max = us;
  const bucket = oracleBucket(us);
  row.buckets[bucket] = (row.buckets[bucket] ?? 0n) + weight;
  rows.set(key, row);
}

interface Labels {
  readonly service: string;
  readonly operation: string;
  readonly dimensions: string;
}

/** The limits, restated: first come, first named; rows already named stay. */
class Admission {
  readonly #options: OracleOptions;
  readonly #services: string[] = [];
  readonly #series: string[] = [];
  readonly #rows: string[] = [];

  constructor(options: OracleOptions) {
    this.#options = options;
  }

  admit(span: PlainSpan, dimensions: string, window: number): Labels {
    const { service, operation, kind, status } = span;
    const everything = { service: '__other__', operation: '__other__', dimensions: '{}' };
    if (!this.#services.includes(service)) {
      if (this.#services.length >= this.#options.servicesPerTenantMax) return everything;
      this.#services.push(service);
    }
    const series = JSON.stringify([service, operation, kind, dimensions]);
    if (!this.#series.includes(series)) {
      const siblings = this.#series.filter((name) => (JSON.parse(name) as string[])[0] === service);
      if (siblings.length >= this.#options.seriesPerServiceMax)
        return { service, operation: '__other__', dimensions: '{}' };
      this.#series.push(series);
    }
    const row = JSON.stringify([series, status, window]);
    if (!this.#rows.includes(row)) {
      if (this.#rows.length >= this.#options.rowsPerTenantMax) return everything;
      this.#rows.push(row);
    }
    return { service, operation, dimensions };
  }
}
