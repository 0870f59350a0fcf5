/** A span's kind goes with its parent's. */
import { CLIENT, CONSUMER, PRODUCER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'kind_fits',
  title: 'Span kinds fit together',
  category: 'correctness',
  weight: 2,
  judges:
    'A SERVER span with a parent in its own service, or one that is CLIENT, PRODUCER or CONSUMER; and a span whose parent is a PRODUCER span of another service.',
  passes:
    'A SERVER span is below a CLIENT span; what another service’s PRODUCER span set off is a CONSUMER span.',
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'Tools count requests by SERVER spans and messages by CONSUMER spans: a wrong kind counts what did not happen, or twice.',
  fix: 'Use SERVER for the entry of a request alone, INTERNAL below it, CONSUMER for messages; do not instrument one request with two frameworks.',
  attributes: [],
  open: () => ({
    withParent: ({ kind, otherKind, isForeign }) => {
      if (otherKind === PRODUCER && isForeign) return kind === CONSUMER ? PASSED : FAILED;
      if (kind !== SERVER) return NOT_JUDGED;
      if (otherKind === CLIENT) return PASSED;
      // Below another service's INTERNAL or SERVER span, what is missing is that service's CLIENT span.
      return !isForeign || otherKind === CONSUMER ? FAILED : NOT_JUDGED;
    },
  }),
};
export default check;
