/** A row of edges as its slot gives it out: what it holds, and what it rose by. */
import type { EdgeLabels } from './edge-labels.ts';
import type { SparseHistogram } from './histograms.ts';
import type { Tally } from './tally.ts';

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
  /** What the row rose by since it was last taken. */
  readonly rise: Tally;
}
