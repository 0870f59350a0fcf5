/**
 * The deterministic simulation: the real engine and the real jobs over a log, a store and a clock that a schedule holds in its hands. Whatever
 * happens in whichever order, no row is ever wrong for its version, progress claims nothing that is not durable, and at rest every table is the
 * batch oracle's (judge.ts says what is asked when).
 *
 * WEIR_SEED=123 npx vitest run test/simulation/simulation.test.ts     the schedules of a seed again: each run prints its own
 * WEIR_SCHEDULES=100000 npx vitest run test/simulation/simulation.test.ts      more of them
 *
 * A schedule that failed is printed as JSON, shrunk. Once its cause is mended it goes into found.json, with a sentence on what was wrong.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import found from './found.json' with { type: 'json' };
import { type Schedule, schedules } from './schedule.ts';
import { simulate } from './simulate.ts';

const seed = Number(process.env['WEIR_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const schedulesMax = Number(process.env['WEIR_SCHEDULES'] ?? 2_000);

test.each(found)('is exact where it was not: $found', async ({ schedule }) => {
  await expect(simulate(schedule as Schedule)).resolves.toBeUndefined();
});

test(`is exact under ${schedulesMax} schedules`, { timeout: 3_600_000 }, async () => {
  console.log(`WEIR_SEED=${seed}`);
  await fc.assert(fc.asyncProperty(schedules, simulate), {
    seed,
    numRuns: schedulesMax,
    reporter: (run) => {
      if (!run.failed) return;
      const schedule = run.counterexample === null ? '' : JSON.stringify(run.counterexample[0]);
      throw new Error(
        `WEIR_SEED=${seed}, schedule ${run.numRuns}: ${String(run.errorInstance)}\n${schedule}`,
      );
    },
  });
});
