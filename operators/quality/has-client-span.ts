/** Every call out of a service has a CLIENT or PRODUCER span there. */
import { CLIENT, CONSUMER, PRODUCER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, NOT_JUDGED, PASSED, PEER } from '../quality-check.ts';

const check: Check = {
  name: 'has_client_span',
  title: 'Emits client spans',
  category: 'completeness',
  weight: 4,
  judges:
    'A SERVER or CONSUMER span whose parent is in another service; and, as long as it has no parent, a SERVER span without a parent that names its caller in `peer.service`.',
  passes: 'The parent is a CLIENT or PRODUCER span.',
  exempts:
    'A SERVER span that names its caller, once the caller’s span has come: the pair is judged instead. One that is late or sampled: the caller’s span may have been dropped.',
  credits: 'The calling service: that of the parent, or the one named in `peer.service`.',
  why: 'Without CLIENT spans the time a request spends in the network, in queues and in retries is nobody’s, and calls that never arrive are not seen at all.',
  fix: 'Install the instrumentation of the HTTP, RPC or messaging client library in use.',
  attributes: [PEER],
  creditsParent: true,
  open: () => ({
    withParent: ({ kind, otherKind, isForeign }) => {
      if ((kind !== SERVER && kind !== CONSUMER) || !isForeign) return NOT_JUDGED;
      return otherKind === CLIENT || otherKind === PRODUCER ? PASSED : FAILED;
    },
    namedPeer: ({ kind, hasParentId }) => kind === SERVER && !hasParentId,
  }),
};
export default check;
