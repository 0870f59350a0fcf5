/**
 * The mergeable histogram: OpenTelemetry's base-2 exponential layout at scale 5, over whole microseconds. Bucket i holds durations in
 * (2^(i/32), 2^((i+1)/32)], so its midpoint is at most 1.1 % off. Merging adds counts, bucket by bucket, and is exact.
 * The index comes from a duration's exponent and mantissa bits and integer comparisons: no logarithm whose last bit could differ
 * between machines. Source: opentelemetry-proto metrics.proto, ExponentialHistogramDataPoint.
 */

export const SCALE = 5;
const BUCKETS_PER_OCTAVE = 2 ** SCALE;

/** Bucket of the duration 0, which no power of two bounds. The smallest other bucket is -1, that of 1 us. */
export const ZERO_BUCKET = -2;

const GUESS_BITS = 8;
const BOUND_HIGH = new Int32Array(BUCKETS_PER_OCTAVE + 1);
const BOUND_LOW = new Float64Array(BUCKETS_PER_OCTAVE + 1);
const GUESS = new Uint8Array(1 << GUESS_BITS);

for (let k = 0; k < BUCKETS_PER_OCTAVE; k++) {
  const bound = fractionOfPower(k);
  BOUND_HIGH[k] = Number(bound >> 32n);
  BOUND_LOW[k] = Number(bound & 0xffff_ffffn);
}
BOUND_HIGH[BUCKETS_PER_OCTAVE] = 0x7fff_ffff;
for (let cell = 0, k = 0; cell < GUESS.length; cell++) {
  while (BOUND_HIGH[k + 1]! >>> (20 - GUESS_BITS) < cell) k++;
  GUESS[cell] = k;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** The bucket of a duration in whole microseconds, 0 <= us <= 2^64: Zipkin's have 64 bits, the others fewer. */
export function bucketOf(us: number): number {
  if (us === 0) return ZERO_BUCKET;
  float[0] = us;
  const high = words[1]!;
  const low = words[0]!;
  const mantissa = high & 0xf_ffff;
  const octave = ((high >>> 20) - 1023) * BUCKETS_PER_OCTAVE;
  if (mantissa === 0 && low === 0) return octave - 1;
  const k = GUESS[mantissa >>> (20 - GUESS_BITS)]!;
  const bound = BOUND_HIGH[k + 1]!;
  if (mantissa === bound && low > BOUND_LOW[k + 1]!) return octave + k + 1;
  // The sign bit instead of a branch that would be mispredicted every other time.
  return octave + k + ((bound - mantissa) >>> 31);
}

/** The middle of a bucket, in microseconds. */
export function midpointUs(bucket: number): number {
  if (bucket === ZERO_BUCKET) return 0;
  return (2 ** (bucket / BUCKETS_PER_OCTAVE) + 2 ** ((bucket + 1) / BUCKETS_PER_OCTAVE)) / 2;
}

/** Upper bounds of the classic histogram Jaeger's Monitor tab was made for, in microseconds. Source: contrib's spanmetrics connector. */
export const CLASSIC_BOUNDS_US: readonly number[] = [
  2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10000, 15000,
].map((ms) => ms * 1000);

/** Classic buckets, the one beyond the last bound included. */
export const CLASSIC_BUCKETS = CLASSIC_BOUNDS_US.length + 1;

/** For each base-2 bucket the classic bucket of its smallest duration: at most one classic bound lies inside a bucket. */
const CLASSIC_FROM = Uint8Array.from({ length: 64 * BUCKETS_PER_OCTAVE + 2 }, (_, at) =>
  at === 0 ? 0 : countBelow(2 ** ((at + ZERO_BUCKET) / BUCKETS_PER_OCTAVE)),
);

/** The classic bucket of a duration whose base-2 bucket is known: the first whose bound is not below it. */
export function classicOf(us: number, bucket: number): number {
  const from = CLASSIC_FROM[bucket - ZERO_BUCKET]!;
  return from < CLASSIC_BOUNDS_US.length && us > CLASSIC_BOUNDS_US[from]! ? from + 1 : from;
}

function countBelow(us: number): number {
  return CLASSIC_BOUNDS_US.filter((bound) => bound <= us).length;
}

/** The fraction bits of 2^(k/32): floor of a 32nd root, taken as five integer square roots. */
function fractionOfPower(k: number): bigint {
  let value = 1n << BigInt(52 * BUCKETS_PER_OCTAVE + k);
  for (let root = 0; root < SCALE; root++) value = squareRoot(value);
  return value - (1n << 52n);
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt((value.toString(2).length >> 1) + 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
