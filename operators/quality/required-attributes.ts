/** A span has the attributes that its kind is useless without. */
import { CLIENT, CONSUMER, PRODUCER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, EXEMPT, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const HTTP = ['http.request.method', 'http.method'];
const HTTP_STATUS = ['http.response.status_code', 'http.status_code'];
const ROUTE = ['http.route'];
const RPC = ['rpc.system', 'rpc.system.name'];
const RPC_METHOD = ['rpc.method'];
const CALLEE = [
  'peer.service',
  'server.address',
  'net.peer.name',
  'http.host',
  'network.peer.address',
  'net.sock.peer.addr',
  'db.system.name',
  'db.system',
  'messaging.destination.name',
  'messaging.destination',
];
const DESTINATION = ['messaging.destination.name', 'messaging.destination'];
/** No route was found, so there is none to name. */
const UNROUTED: ReadonlySet<string> = new Set(['404', '405']);

const check: Check = {
  name: 'required_attributes',
  title: 'Spans say what they are about',
  category: 'hygiene',
  weight: 3,
  judges:
    'A CLIENT, PRODUCER or CONSUMER span, and a SERVER span of HTTP or RPC (one with `http.request.method` or `rpc.system`, by their old names too).',
  passes:
    'SERVER: `http.route`, or `rpc.method`. CLIENT: whom it calls, as `server.address`, `peer.service`, `db.system.name`, `network.peer.address`, or by an old name. PRODUCER and CONSUMER: `messaging.destination.name`.',
  exempts: 'A SERVER span answered with 404 or 405: there was no route.',
  credits: 'The service of the span.',
  why: 'These attributes join a span to an endpoint, a peer or a queue; without them it is a number without a name.',
  fix: 'Use the instrumentation library of the framework rather than spans by hand, or set the attributes named here.',
  attributes: [
    ...new Set([...HTTP, ...HTTP_STATUS, ...ROUTE, ...RPC, ...RPC_METHOD, ...CALLEE, ...DESTINATION]),
  ],
  open: ({ facts }) => {
    const isHttp = facts.has(HTTP);
    const isRpc = facts.has(RPC);
    const hasRoute = facts.has(ROUTE);
    const hasMethod = facts.has(RPC_METHOD);
    const hasCallee = facts.has(CALLEE);
    const hasDestination = facts.has(DESTINATION);
    const isUnrouted = facts.says(HTTP_STATUS, (status) => UNROUTED.has(status));
    return {
      alone: (span) => {
        const { kind } = span;
        if (kind === CLIENT) return span.is(hasCallee) ? PASSED : FAILED;
        if (kind === PRODUCER || kind === CONSUMER) return span.is(hasDestination) ? PASSED : FAILED;
        if (kind !== SERVER) return NOT_JUDGED;
        if (span.is(isRpc)) return span.is(hasMethod) || span.is(hasRoute) ? PASSED : FAILED;
        if (!span.is(isHttp)) return NOT_JUDGED;
        if (span.is(hasRoute)) return PASSED;
        return span.is(isUnrouted) ? EXEMPT : FAILED;
      },
    };
  },
};
export default check;
