/** A span has the attributes that its kind is useless without. */
import { CLIENT, CONSUMER, PRODUCER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, EXEMPT, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';
import { type SpanView, TextMemo } from '../quality-span.ts';

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
  open: ({ column }) => {
    const has = (keys: readonly string[]): ((span: SpanView) => boolean) => {
      const columns = keys.map(column);
      return (span) => {
        for (const at of columns) if (span.has(at)) return true;
        return false;
      };
    };
    const isHttp = has(HTTP);
    const isRpc = has(RPC);
    const hasRoute = has(ROUTE);
    const hasMethod = has(RPC_METHOD);
    const hasCallee = has(CALLEE);
    const hasDestination = has(DESTINATION);
    const statuses = HTTP_STATUS.map(column);
    const isUnrouted = new TextMemo((status) => (UNROUTED.has(status) ? 1 : 0));
    return {
      alone: (span) => {
        const { kind } = span;
        if (kind === CLIENT) return hasCallee(span) ? PASSED : FAILED;
        if (kind === PRODUCER || kind === CONSUMER) return hasDestination(span) ? PASSED : FAILED;
        if (kind !== SERVER) return NOT_JUDGED;
        if (isRpc(span)) return hasMethod(span) ? PASSED : FAILED;
        if (!isHttp(span)) return NOT_JUDGED;
        if (hasRoute(span)) return PASSED;
        return statuses.some((at) => isUnrouted.of(span.attribute(at), span) === 1) ? EXEMPT : FAILED;
      },
    };
  },
};
export default check;
