/** A row of edges as its slot gives it out: what it holds, and what it rose by. */
import type { EdgeLabels } from './edge-labels.ts';
import { CLASSIC_BUCKETS } from './histogram.ts';
import type { SparseHistogram } from './histograms.ts';

export interface TakenEdge {
  /** First offset of the slot. */
  readonly slot: number;
  readonly labels: EdgeLabels;
  readonly calls: number;
  readonly errors: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly clientUs: bigint;
  readonly serverUs: bigint;
  readonly networkUs: bigint;
  readonly client: SparseHistogram;
  readonly server: SparseHistogram;
  readonly network: SparseHistogram;
  readonly examples: readonly string[];
  /** What the row rose by since it was last taken, as a tally. */
  readonly rise: readonly bigint[];
}

/** Places in a tally: calls, errors, the sums of both sides, and their calls per classic bucket, each bucket apart. */
export const TALLY_CALLS = 0;
export const TALLY_ERRORS = 1;
export const TALLY_CLIENT_US = 2;
export const TALLY_SERVER_US = 3;
export const TALLY_CLIENT_BUCKETS = 4;
export const TALLY_SERVER_BUCKETS = TALLY_CLIENT_BUCKETS + CLASSIC_BUCKETS;
export const TALLY_LENGTH = TALLY_SERVER_BUCKETS + CLASSIC_BUCKETS;
