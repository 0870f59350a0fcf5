/**
 * Who calls whom, by the rules of a profile. A fact is a call; its owner is the span of the callee, or the caller's where the callee has none.
 * Every fact is settled when the span that completes it is read, from that span's neighbourhood alone.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { EdgeLedger } from './edge-ledger.ts';
import type { Settle } from './neighbourhood.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { jaeger } from './profiles/jaeger.ts';
import { otel } from './profiles/otel.ts';
import type { Profile, ProfileOptions } from './profiles/profile.ts';
import { weir } from './profiles/weir.ts';
import type { Rows } from './rows.ts';
import type { Place } from './span-ring.ts';

const PROFILES = { weir, otel, jaeger } as const satisfies Readonly<Record<string, Profile>>;

export interface DependenciesOptions extends ProfileOptions {
  /** Whose rules count. */
  readonly profile: keyof typeof PROFILES;
  readonly limits: {
    /** Rows (edge x window) a tenant may have in a slot; excess is counted as the edge `__other__` to `__other__`. */
    readonly rowsPerTenantMax: number;
  };
}

export function dependencies(options: DependenciesOptions): Operator {
  return {
    name: 'dependencies',
    attributes: PROFILES[options.profile].attributes,
    isJoined: true,
    hasLinks: true,
    open: (context) => new DependenciesFold(options, context),
  };
}

class DependenciesFold implements Fold {
  readonly #ledger: EdgeLedger;
  readonly #settle: Settle;

  constructor(options: DependenciesOptions, { neighbourhood, keys, windowMs }: FoldContext) {
    const { rowsPerTenantMax } = options.limits;
    this.#ledger = new EdgeLedger(neighbourhood, { windowMs, rowsPerTenantMax });
    this.#settle = PROFILES[options.profile].open(options, { neighbourhood, keys, ledger: this.#ledger });
  }

  get rowsHeld(): number {
    return this.#ledger.rowsHeld;
  }

  add(): void {
    // Everything was settled span by span.
  }

  settle(newest: Place, batch: SpanBatch, row: number): void {
    this.#ledger.enter(batch);
    this.#settle(newest, batch, row);
  }

  take(): readonly Rows[] {
    return this.#ledger.take();
  }

  forgetIncrements(): void {
    this.#ledger.forgetIncrements();
  }
}
