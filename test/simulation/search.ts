/** Looks for a schedule that fails. */
import * as fc from 'fast-check';
import { type Schedule, schedules } from './schedule.ts';
import { simulate } from './simulate.ts';

export interface Search {
  /** Schedules tried, the failing one included. */
  readonly tried: number;
  /** What went wrong first, as it was drawn; undefined where nothing did. */
  readonly failure: string | undefined;
}

/** Tries `known` schedules, then up to `schedulesMax` drawn ones. */
export async function search(
  seed: number,
  schedulesMax: number,
  known: readonly Schedule[] = [],
): Promise<Search> {
  for (const [at, schedule] of known.entries())
    try {
      await simulate(schedule);
    } catch (error) {
      return { tried: at + 1, failure: String(error) };
    }
  const property = fc.asyncProperty(schedules, simulate);
  const { failed, numRuns, errorInstance } = await fc.check(property, {
    seed,
    numRuns: schedulesMax,
    endOnFailure: true,
  });
  return { tried: known.length + numRuns, failure: failed ? String(errorInstance) : undefined };
}
