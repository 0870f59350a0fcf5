/**
 * The contract of an operator: batches in, rows out, nothing else. An operator's fold is a pure function of the spans it was
 * given, in their order; it reads no clock, random number or unordered set, and where batches are cut does not show.
 */
import { type MonoTypeOperatorFunction, type OperatorFunction, filter, map, tap } from 'rxjs';
import type { SpanBatch } from '../src/spans/span-batch.ts';
import type { Neighbourhood, Settle } from './neighbourhood.ts';
import type { Rows } from './rows.ts';
import type { WindowRules } from './window.ts';

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
  /**
   * Settles what a span completes, right after it joined the neighbourhood and before the next one does. `add` follows with the whole
   * batch.
   */
  settle?: Settle;
  /** The rows changed since the last call, with absolute values per slot, and the counters' increments since then. */
  take(): readonly Rows[];
  /** Forgets the counters' increments since the last call, not the rows. */
  forgetIncrements(): void;
  /** Rows held, for the memory budget. */
  readonly rowsHeld: number;
}

/** What every fold of a generation goes by. */
export interface FoldRules extends WindowRules {
  /** Attribute keys by column, as in SpanBatch.spanAttributes. */
  readonly keys: readonly string[];
}

/** What a fold is opened with. */
export interface FoldContext extends FoldRules {
  /** The partition's neighbourhood, shared by all folds. */
  readonly neighbourhood: Neighbourhood;
}

export interface Operator {
  readonly name: string;
  /** Attribute keys the fold reads. */
  readonly attributes: readonly string[];
  /** Whether the fold asks the neighbourhood for parents and children. */
  readonly isJoined?: boolean;
  /** Whether the fold reads the links of spans. */
  readonly hasLinks?: boolean;
  open(context: FoldContext): Fold;
}

/** Walks each batch through the neighbourhood, span by span, letting the folds settle what each span completes. */
export function walked(
  neighbourhood: Neighbourhood,
  folds: readonly Fold[],
): MonoTypeOperatorFunction<Signal> {
  const settlers = folds.filter((fold) => fold.settle !== undefined);
  const settle: Settle | undefined =
    settlers.length === 0
      ? undefined
      : (newest, batch, row) => {
          for (const fold of settlers) fold.settle!(newest, batch, row);
        };
  return tap((signal) => {
    if (signal.kind === 'spans') neighbourhood.walk(signal.batch, settle);
  });
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
