/**
 * The contract of an operator: batches in, rows out, nothing else. An operator's fold is a pure function of the spans it was
 * given, in their order; it reads no clock, random number or unordered set, and where batches are cut does not show.
 */
import { type OperatorFunction, filter, map } from 'rxjs';
import type { SpanBatch } from '../src/spans/span-batch.ts';
import type { Rows } from './rows.ts';

/**
 * What flows to an operator: spans; the order to give out what changed (`flush`); or word that the spans so far were given out by an
 * earlier process, so that counters start from here (`baseline`).
 */
export type Signal =
  | { readonly kind: 'spans'; readonly batch: SpanBatch }
  | { readonly kind: 'flush' }
  | { readonly kind: 'baseline' };

/** The state of one operator over one partition. */
export interface Fold {
  /** Folds the batch's spans from `batch.firstOwner` on. All lie in `batch.slot`; slots never go backwards. */
  add(batch: SpanBatch): void;
  /** The rows changed since the last call, with absolute values per slot, and the counters' increments since then. */
  take(): readonly Rows[];
  /** Forgets the counters' increments since the last call, not the rows. */
  forgetIncrements(): void;
  /** Rows held, for the memory budget. */
  readonly rowsHeld: number;
}

/** What every fold is told about the generation it works for. */
export interface FoldContext {
  /** Length of a window in milliseconds, a whole number of seconds. */
  readonly windowMs: number;
  /** Spans ending later than this after their record's timestamp are skewed: counted in the record's own window. */
  readonly aheadMsMax: number;
  /** Spans ending earlier than this before their record's timestamp are late: counted in the record's own window. */
  readonly lateMsMax: number;
  /** Attribute keys by column, as in SpanBatch.spanAttributes. */
  readonly keys: readonly string[];
}

export interface Operator {
  readonly name: string;
  /** Attribute keys the fold reads. */
  readonly attributes: readonly string[];
  open(context: FoldContext): Fold;
}

/** A fold as an RxJS operator: spans go in, and at each flush the changed rows come out. */
export function folded(fold: Fold): OperatorFunction<Signal, readonly Rows[]> {
  return (signals) =>
    signals.pipe(
      map((signal) => fed(fold, signal)),
      filter((rows) => rows.length > 0),
    );
}

function fed(fold: Fold, signal: Signal): readonly Rows[] {
  if (signal.kind === 'flush') return fold.take();
  if (signal.kind === 'spans') fold.add(signal.batch);
  else fold.forgetIncrements();
  return [];
}
