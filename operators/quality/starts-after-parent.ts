/** Within a service nothing starts before what started it. */
import { CONSUMER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

/** Some SDKs know milliseconds alone. */
const TOLERANCE_US = 1000;

const check: Check = {
  name: 'starts_after_parent',
  title: 'Children start after their parents',
  category: 'correctness',
  weight: 2,
  judges: 'A span whose parent is in the same service and process: neither SERVER nor CONSUMER.',
  passes: 'It starts no more than a millisecond before its parent.',
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'One clock, and still the wrong order: start times are set by hand, or a span was given the wrong parent.',
  fix: 'Do not set start times by hand, and start a span before the work it stands for, in the context that is active then.',
  attributes: [],
  open: ({ pairs }) => {
    const startsBefore = pairs.startsBefore(TOLERANCE_US);
    return {
      withParent: (pair) => {
        if (pair.kind === SERVER || pair.kind === CONSUMER || pair.isForeign) return NOT_JUDGED;
        return pair.is(startsBefore) ? FAILED : PASSED;
      },
    };
  },
};
export default check;
