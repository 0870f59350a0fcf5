/** A span takes a time that can be. */
import { type Check, FAILED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'sane_duration',
  title: 'Durations make sense',
  category: 'correctness',
  weight: 2,
  judges: 'Every span.',
  passes: 'It does not end before it starts, and lasts no longer than `quality.durationMsMax`.',
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'Such a span makes latency percentiles and averages wrong for its whole operation; one that ends before it starts counts as taking no time.',
  fix: 'Take both times from one clock and in one unit, and end every span, also where an error leaves the function.',
  attributes: [],
  open: ({ facts, durationUsMax }) => {
    const isLong = facts.lastsOver(durationUsMax);
    return { alone: (span) => (span.isReversed || span.is(isLong) ? FAILED : PASSED) };
  },
};
export default check;
