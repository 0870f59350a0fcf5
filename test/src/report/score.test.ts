/** The score's promises, for any checks and counts: bounds, order, stability, additivity. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadChecks } from '../../../src/engine/load-jobs.ts';
import {
  NO_VERDICTS,
  POINTS,
  PRIOR_SPANS,
  type WeighedVerdicts,
  lostPart,
  pointsLost,
  scoreOf,
} from '../../../src/report/score.ts';

const counts = fc.nat({ max: 1_000_000 });
const check = fc
  .record({ passed: counts, failed: counts, exempt: counts, weight: fc.integer({ min: 1, max: 10 }) })
  .map((one): WeighedVerdicts => ({
    ...one,
    judged: one.passed + one.failed + one.exempt,
  }));
/** Checks of which the first judged something. */
const checks = fc
  .tuple(
    check.filter(({ passed, failed }) => passed + failed > 0),
    fc.array(check, { maxLength: 20 }),
  )
  .map(([first, others]) => [first, ...others] as const);

function verdicts(passed: number, failed: number, weight = 1): WeighedVerdicts {
  return { judged: passed + failed, passed, failed, exempt: 0, weight };
}

function score(...of: readonly WeighedVerdicts[]): number {
  return scoreOf(of)!;
}

describe('a score', () => {
  it('lies between 0 and 100, and is 100 exactly where nothing failed', () => {
    fc.assert(
      fc.property(checks, (all) => {
        const value = score(...all);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(POINTS);
        expect(value === POINTS).toBe(all.every(({ failed }) => failed === 0));
      }),
    );
  });

  it('rises with each pass wherever something failed, and falls with each failure', () => {
    fc.assert(
      fc.property(checks, ([first, ...others]) => {
        const before = score(first, ...others);
        const passed = score({ ...first, passed: first.passed + 1 }, ...others);
        if (first.failed === 0) expect(passed).toBe(before);
        else expect(passed).toBeGreaterThanOrEqual(before);
        expect(score({ ...first, failed: first.failed + 1 }, ...others)).toBeLessThanOrEqual(before);
      }),
    );
    expect(score(verdicts(51, 50))).toBeGreaterThan(score(verdicts(50, 50)));
    expect(score(verdicts(50, 51))).toBeLessThan(score(verdicts(50, 50)));
  });

  it("moves by at most a 21st of a check's worth for one span, judged before or not", () => {
    fc.assert(
      fc.property(checks, check, fc.boolean(), (all, other, isNew) => {
        const known: WeighedVerdicts = isNew ? { ...NO_VERDICTS, weight: other.weight } : other;
        const weights = all.reduce((sum, { weight }) => sum + weight, known.weight);
        const most = (POINTS * known.weight) / weights / (PRIOR_SPANS + 1);
        for (const key of ['passed', 'failed'] as const) {
          const after = { ...known, [key]: known[key] + 1 };
          expect(Math.abs(score(...all, after) - score(...all, known))).toBeLessThanOrEqual(most + 1e-9);
        }
      }),
    );
  });

  it('does not depend on exempt spans', () => {
    fc.assert(
      fc.property(checks, counts, ([first, ...others], exempt) => {
        const exempted = { ...first, exempt, judged: first.passed + first.failed + exempt };
        expect(score(exempted, ...others)).toBe(score(first, ...others));
      }),
    );
  });

  it('is what is left of 100 points when each check took its own', () => {
    fc.assert(
      fc.property(checks, (all) => {
        const lost = all.reduce((sum, one) => sum + pointsLost(one, all), 0);
        expect(score(...all)).toBeCloseTo(POINTS - lost, 6);
      }),
    );
  });

  it('gains what a fix is said to be worth', () => {
    fc.assert(
      fc.property(checks, ([first, ...others]) => {
        const fixed = { ...first, passed: first.passed + first.failed, failed: 0 };
        const gain = score(fixed, ...others) - score(first, ...others);
        expect(gain).toBeCloseTo(pointsLost(first, [first, ...others]), 6);
      }),
    );
  });
});

describe('examples', () => {
  it('of docs/QUALITY.md hold', async () => {
    const page = readFileSync('docs/QUALITY.md', 'utf8').replace(/\s+/g, ' ');
    const checks = await loadChecks();
    const weights = checks.reduce((sum, { weight }) => sum + weight, 0);
    const failed = new Map([
      ['has_server_span', 100],
      ['low_cardinality_name', 20],
    ]);
    const all = checks.map(({ name, weight }) => {
      const failures = failed.get(name) ?? 0;
      return verdicts(180 - failures, failures, weight);
    });
    expect(page).toContain(`The checks weigh ${weights} together.`);
    expect(page).toContain(
      `= ${(POINTS - score(...all)).toFixed(1)}\` points and scores ${score(...all).toFixed(1)}.`,
    );
  });

  it.each([
    [verdicts(0, 1), 95.24],
    [verdicts(0, 20), 50],
    [verdicts(0, 1980), 1],
    [verdicts(980, 1000), 50],
    [verdicts(1, 0), 100],
  ])('%j alone scores %f', (one, expected) => {
    expect(score(one)).toBeCloseTo(expected, 2);
  });

  it('weighs checks', () => {
    expect(score(verdicts(0, 1980, 3), verdicts(1980, 0, 1))).toBeCloseTo(25.75, 6);
    expect(pointsLost(verdicts(0, 1980, 3), [verdicts(0, 1980, 3), verdicts(1980, 0, 1)])).toBeCloseTo(
      74.25,
      6,
    );
  });

  it('are none where nothing was judged, or all was exempt', () => {
    expect(scoreOf([])).toBeUndefined();
    expect(scoreOf([{ judged: 9, passed: 0, failed: 0, exempt: 9, weight: 1 }])).toBeUndefined();
    expect(lostPart(NO_VERDICTS)).toBe(0);
  });
});
