/** Trace quality. */
import type { Check } from './quality-check.ts';
import type { Fold, Operator } from './operator.ts';

export interface QualityOptions {
  readonly clockToleranceUs: number;
  readonly durationUsMax: number;
  /** Least versions that are current, by `language/sdk`. */
  readonly minimumVersions: Readonly<Record<string, string>>;
  readonly limits: {
    /** Distinct services a tenant may have in a slot. */
    readonly servicesPerTenantMax: number;
    /** Distinct operations a service may have in a slot. */
    readonly operationsPerServiceMax: number;
    /** Rows (service, operation, window) a tenant may have in a slot, overflow rows not counted. */
    readonly rowsPerTenantMax: number;
  };
}

/** Makes the operator of these checks. `seed` places hash keys and changes no result. */
export function quality(checks: readonly Check[], _options: QualityOptions, _seed: number): Operator {
  return {
    name: 'quality',
    attributes: [...new Set(checks.flatMap(({ attributes }) => attributes))],
    isJoined: true,
    open: () => STUB,
  };
}

const STUB: Fold = { add: () => {}, take: () => [], forgetIncrements: () => {}, rowsHeld: 0 };
