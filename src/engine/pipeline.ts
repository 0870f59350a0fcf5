/** The operators of all jobs over one partition: batches in, and at each flush the rows that changed. Everything happens within the call. */
import { Subject, merge, share } from 'rxjs';
import { Neighbourhood, type NeighbourhoodOptions } from '../../operators/neighbourhood.ts';
import { type FoldRules, type Signal, folded, walked } from '../../operators/operator.ts';
import type { Rows } from '../../operators/rows.ts';
import { openNeighbourhoodKernel } from '../kernel/neighbourhood.ts';
import type { SpanBatch } from '../spans/span-batch.ts';
import { inlineMore } from './inlining.ts';
import type { Job } from './job.ts';

export interface Pipeline {
  add(batch: SpanBatch): void;
  /** Rows changed since the last call, and counters' increments since then. */
  take(): readonly Rows[];
  /** Counters start from here: an earlier process gave out what came before. */
  forgetIncrements(): void;
  readonly rowsHeld: number;
  /** Marks the dictionary ids still needed, and renames them once the rest is forgotten. */
  markTexts(used: Uint8Array): void;
  renameTexts(renamed: Int32Array): void;
  /** Seconds of log the neighbourhood spans. */
  readonly neighbourhoodSeconds: number;
}

export interface PipelineOptions extends Pick<NeighbourhoodOptions, 'spansMax' | 'slotMessages'> {
  readonly rules: FoldRules;
  /** Places hash keys; changes no result. */
  readonly seed: number;
}

export function openPipeline(jobs: readonly Job[], options: PipelineOptions): Pipeline {
  inlineMore();
  const operators = jobs.flatMap((job) => job.operators);
  const isJoined = operators.some((operator) => operator.isJoined);
  const openKernel = openNeighbourhoodKernel;
  const neighbourhood = new Neighbourhood(
    { ...options, ...options.rules, openKernel },
    isJoined,
    options.seed,
  );
  const folds = operators.map((operator) => operator.open({ ...options.rules, neighbourhood }));
  const signals = new Subject<Signal>();
  const seen = signals.pipe(walked(neighbourhood, folds), share());
  let taken: Rows[] = [];
  let bug: unknown;
  merge(...folds.map((fold) => seen.pipe(folded(fold)))).subscribe({
    next: (rows) => taken.push(...rows),
    error: (error: unknown) => (bug = error),
  });

  const send = (signal: Signal): void => {
    signals.next(signal);
    if (bug !== undefined)
      throw new Error('BUG: an operator threw; its state cannot be trusted', { cause: bug });
  };
  return {
    add: (batch) => send({ kind: 'spans', batch }),
    take: () => {
      send({ kind: 'flush' });
      const rows = taken;
      // Whoever took them may forget them: they are as large as the neighbourhood.
      taken = [];
      return rows;
    },
    forgetIncrements: () => send({ kind: 'baseline' }),
    markTexts: (used) => neighbourhood.markTexts(used),
    renameTexts: (renamed) => neighbourhood.renameTexts(renamed),
    get rowsHeld() {
      return folds.reduce((rows, fold) => rows + fold.rowsHeld, 0);
    },
    get neighbourhoodSeconds() {
      return neighbourhood.seconds;
    },
  };
}
