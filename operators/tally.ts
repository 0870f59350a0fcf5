/** What counters of an edge hold: whole numbers without a limit, since counters add them up for as long as a process lives. */
import { CLASSIC_BUCKETS } from './histogram.ts';

/** Places in a tally: calls, errors, the sums of both sides, and their calls per classic bucket, each bucket apart. */
export const TALLY_CALLS = 0;
export const TALLY_ERRORS = 1;
export const TALLY_CLIENT_US = 2;
export const TALLY_SERVER_US = 3;
export const TALLY_CLIENT_BUCKETS = 4;
export const TALLY_SERVER_BUCKETS = TALLY_CLIENT_BUCKETS + CLASSIC_BUCKETS;
const TALLY_LENGTH = TALLY_SERVER_BUCKETS + CLASSIC_BUCKETS;

export type Tally = readonly bigint[];

export const NO_CALLS: Tally = Array<bigint>(TALLY_LENGTH).fill(0n);

/** What counts are in a tally. Most are zero: one number for them all. */
export function wholeOf(count: number): bigint {
  return count === 0 ? 0n : BigInt(count);
}

export function plus(one: Tally, other: Tally): Tally {
  return one.map((units, place) => (other[place] === 0n ? units : units + other[place]!));
}

export function minus(one: Tally, other: Tally): Tally {
  return one.map((units, place) => (other[place] === 0n ? units : units - other[place]!));
}
