/**
 * Quantiles of a stored histogram, as ClickHouse SQL: the middle of the bucket at rank ceil(q * calls), clamped to the smallest and
 * largest duration seen where these are known. The same rule, bucket for bucket, as `midpointUs` in operators/histogram.ts.
 */

/** Fractions of a call that stored weights are counted in. */
export const UNITS_PER_CALL = 2 ** 20;
/** Quantiles are taken to six decimals, so that ranks are whole-number arithmetic and never off by one. */
const QUANTILE_STEPS = 1_000_000;
/** The layout of operators/histogram.ts, restated: what is stored keeps it. */
export const BUCKETS_PER_OCTAVE = 32;
export const ZERO_BUCKET = -2;

/** SQL expressions for the parts of one merged histogram, whose buckets ascend: `sumMap(bucket_index, bucket_units)` is one. */
export interface HistogramSql {
  /** Default UNITS_PER_CALL. */
  readonly unitsPerCall?: number;
  /** Array(Float64), see `midpointsUsSql`. */
  readonly midpointsUs: string;
  /** Units up to and including each bucket: `arrayCumSum` of the buckets' units. */
  readonly reachedUnits: string;
  /** The smallest and largest duration; absent where they are not known. */
  readonly minUs?: string;
  readonly maxUs?: string;
}

/** The middles of an array of buckets, in microseconds. */
export function midpointsUsSql(buckets: string): string {
  const bound = (bucket: string): string => `exp2(${bucket} / ${BUCKETS_PER_OCTAVE})`;
  return `arrayMap(bucket -> if(bucket = ${ZERO_BUCKET}, 0., (${bound('bucket')} + ${bound('(bucket + 1)')}) / 2), ${buckets})`;
}

/** The quantile in microseconds, Float64. `q` is a number or an SQL expression, 0 <= q <= 1. Of an empty histogram it means nothing. */
export function quantileUsSql(q: number | string, histogram: HistogramSql): string {
  const { unitsPerCall = UNITS_PER_CALL, midpointsUs, reachedUnits, minUs, maxUs } = histogram;
  const steps =
    typeof q === 'number' ? `${Math.round(q * QUANTILE_STEPS)}` : `toUInt32(round(${q} * ${QUANTILE_STEPS}))`;
  const wholeCall = QUANTILE_STEPS * unitsPerCall;
  const rank = `intDiv(toUInt128(${reachedUnits}[-1]) * ${steps} + ${wholeCall - 1}, ${wholeCall})`;
  // Rank 0 is the first call's; a fraction of a call at the end is in the last bucket.
  const units = `least(greatest(${rank}, 1) * ${unitsPerCall}, toUInt128(${reachedUnits}[-1]))`;
  const midpointUs = `arrayFirst((midpoint, reached) -> reached >= ${units}, ${midpointsUs}, ${reachedUnits})`;
  const raisedUs = minUs === undefined ? midpointUs : `greatest(${midpointUs}, toFloat64(${minUs}))`;
  return maxUs === undefined ? raisedUs : `least(${raisedUs}, toFloat64(${maxUs}))`;
}
