/** Verdicts of several services as one, and the scores that follow from verdicts. Pure. */
import type { CheckInfo } from '../../operators/quality-check.ts';
import type { ServiceVerdicts } from './quality-rows.ts';
import { NO_VERDICTS, type Verdicts, type WeighedVerdicts, scoreOf } from './score.ts';

/** A score of 0 to 100, over one category or, as `overall`, over all. */
export interface Score {
  readonly category: string;
  readonly value: number;
  /** In the period before, of equal length; null where nothing was judged in it. */
  readonly before: number | null;
}

/** One check's verdicts. */
export interface Pooled {
  readonly now: Verdicts;
  readonly before: Verdicts;
}

export const OVERALL = 'overall';
const CATEGORIES = ['completeness', 'correctness', 'hygiene', 'currency'] as const;

/** By check, over all services. */
export function pool(verdicts: readonly ServiceVerdicts[]): ReadonlyMap<string, Pooled> {
  const pooled = new Map<string, Pooled>();
  for (const { check, now, before } of verdicts) {
    const known = pooled.get(check);
    pooled.set(check, {
      now: plus(known?.now ?? NO_VERDICTS, now),
      before: plus(known?.before ?? NO_VERDICTS, before),
    });
  }
  return pooled;
}

/** Overall first, then by category, where anything was judged. */
export function scoresOf(
  verdicts: ReadonlyMap<string, Pooled>,
  checks: readonly CheckInfo[],
): readonly Score[] {
  return [OVERALL, ...CATEGORIES].flatMap((category): Score[] => {
    const its = checks.filter((check) => category === OVERALL || check.category === category);
    const value = scoreOf(weigh(its, verdicts, 'now'));
    if (value === undefined) return [];
    return [{ category, value, before: scoreOf(weigh(its, verdicts, 'before')) ?? null }];
  });
}

/** In the order of the checks; one that judged nothing is there with no verdicts. */
export function weigh(
  checks: readonly CheckInfo[],
  verdicts: ReadonlyMap<string, Pooled>,
  period: 'now' | 'before',
): readonly WeighedVerdicts[] {
  return checks.map(({ name, weight }) => ({ ...(verdicts.get(name)?.[period] ?? NO_VERDICTS), weight }));
}

function plus(a: Verdicts, b: Verdicts): Verdicts {
  return {
    judged: a.judged + b.judged,
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    exempt: a.exempt + b.exempt,
  };
}
