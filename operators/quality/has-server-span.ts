/** Every call into a service has a SERVER span there. */
import { CLIENT, CONSUMER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, NOT_JUDGED, PASSED, PEER } from '../quality-check.ts';

/** What a CLIENT span of these systems calls sends no spans. */
const SYSTEMS = ['db.system.name', 'db.system', 'messaging.system'];

const check: Check = {
  name: 'has_server_span',
  title: 'Emits server spans',
  category: 'completeness',
  weight: 5,
  judges:
    'A span, other than a CONSUMER, whose parent is a CLIENT span of another service; and, as long as no such span has come, a CLIENT span that names the service it calls in `peer.service`, unless that is a database or a broker.',
  passes: 'The span is a SERVER span.',
  exempts:
    'A CLIENT span that names its callee, once another service has answered: the answer is judged instead. One that is late or sampled: the answer may have been dropped.',
  credits: 'The service called: that of the span, or the one named in `peer.service`.',
  why: 'Without SERVER spans nobody sees what a service does with a request, how long it takes there, or how often it fails: its callers show waiting, and nothing below.',
  fix: 'Install the server instrumentation of the web or RPC framework, and start it before the framework is loaded.',
  attributes: [PEER, ...SYSTEMS],
  open: ({ facts }) => {
    const hasSystem = facts.has(SYSTEMS);
    return {
      withParent: ({ kind, otherKind, isForeign }) => {
        if (otherKind !== CLIENT || !isForeign) return NOT_JUDGED;
        // A message sent by a CLIENT span is consumed, not served.
        if (kind === CONSUMER) return NOT_JUDGED;
        return kind === SERVER ? PASSED : FAILED;
      },
      namedPeer: (span) => span.kind === CLIENT && !span.is(hasSystem),
    };
  },
};
export default check;
