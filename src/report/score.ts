/**
 * Trace quality as a number. A subject starts with 100 points; each check is worth a part of them by its weight, and takes the part of its
 * worth that its failures are among what it judged. Pure; the API, the report and the Prometheus gauge all count with this file.
 *
 *     lost(check) = failed / (passed + failed + PRIOR_SPANS)
 *     score       = 100 * (1 - sum of weight * lost / sum of weight)
 *
 * Exempt spans count on neither side. A check that judged nothing takes nothing, so that no span changes the scale for the others.
 */

/** Passes that every check is credited with beforehand: one span moves it by at most a 21st of its worth. */
export const PRIOR_SPANS = 20;

export const POINTS = 100;

export interface Verdicts {
  readonly judged: number;
  readonly passed: number;
  readonly failed: number;
  readonly exempt: number;
}

export interface WeighedVerdicts extends Verdicts {
  /** Above 0. */
  readonly weight: number;
}

export const NO_VERDICTS: Verdicts = { judged: 0, passed: 0, failed: 0, exempt: 0 };

/** The part of a check's worth that its failures take, 0 to 1. */
export function lostPart({ passed, failed }: Pick<Verdicts, 'passed' | 'failed'>): number {
  return failed / (passed + failed + PRIOR_SPANS);
}

/** 0 to 100, over all checks that could be failed, those that judged nothing among them. Undefined where none passed or failed anything. */
export function scoreOf(checks: readonly WeighedVerdicts[]): number | undefined {
  if (!checks.some(({ passed, failed }) => passed + failed > 0)) return undefined;
  const weights = sum(checks.map(({ weight }) => weight));
  return POINTS * (1 - sum(checks.map((check) => check.weight * lostPart(check))) / weights);
}

/** What the score over `checks` gains once `check`, which is one of them, fails no more. */
export function pointsLost(check: WeighedVerdicts, checks: readonly WeighedVerdicts[]): number {
  return (POINTS * check.weight * lostPart(check)) / sum(checks.map(({ weight }) => weight));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
