/** No span ends after it was recorded. */
import { type Check, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'not_in_future',
  title: 'No times in the future',
  category: 'correctness',
  weight: 2,
  judges: 'A span whose record has a timestamp, as Kafka’s have; those of files have none.',
  passes: 'It ends no later than its record was written, within `quality.clockToleranceMs`.',
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'Times in the future put spans into windows that are not over, where dashboards and alerts do not look for them.',
  fix: 'Synchronise the host’s clock, and check that times are sent in nanoseconds UTC.',
  attributes: [],
  open: ({ facts, clockToleranceUs }) => {
    const isAhead = facts.endsAhead(clockToleranceUs);
    return {
      alone: (span) => {
        if (!span.hasRecordTime) return NOT_JUDGED;
        return span.is(isAhead) ? FAILED : PASSED;
      },
    };
  },
};
export default check;
