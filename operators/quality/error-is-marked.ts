/** A request that failed says so in its status. */
import { CLIENT, SERVER, STATUS_CODES, STATUS_ERROR } from '../../src/spans/span-batch.ts';
import { type Check, EXEMPT, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const HTTP = ['http.response.status_code', 'http.status_code'];
const GRPC = 'rpc.grpc.status_code';
const STATUS_OK = STATUS_CODES.indexOf('ok');
/** gRPC's codes that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

function httpStatus(code: string): number {
  return /^[1-5]\d\d$/.test(code) ? Number(code) : 0;
}

function grpcStatus(code: string): number {
  return /^\d{1,2}$/.test(code) ? Number(code) : 0;
}

const check: Check = {
  name: 'error_is_marked',
  title: 'Failures have an error status',
  category: 'correctness',
  weight: 3,
  judges:
    'A CLIENT span whose HTTP status is 400 or more or whose gRPC status is not 0, and a SERVER span whose HTTP status is 500 or more or whose gRPC status is the server’s fault (2, 4, 12 to 15).',
  passes: 'Its status is error.',
  exempts: 'A span with status ok: only an application sets that, and its word is final.',
  credits: 'The service of the span.',
  why: 'Error rates, alerts and tail sampling go by the status: a failure without it is a success to all of them.',
  fix: 'Set the span’s status to error where the response code says so, as instrumentation libraries do; upgrade those that do not.',
  attributes: [...HTTP, GRPC],
  open: ({ facts }) => {
    const toClient = [
      facts.says(HTTP, (code) => httpStatus(code) >= 400),
      facts.says([GRPC], (code) => grpcStatus(code) > 0),
    ];
    const toServer = [
      facts.says(HTTP, (code) => httpStatus(code) >= 500),
      facts.says([GRPC], (code) => SERVER_FAULTS.has(grpcStatus(code))),
    ];
    return {
      alone: (span) => {
        const failures = span.kind === CLIENT ? toClient : span.kind === SERVER ? toServer : [];
        if (!failures.some((failure) => span.is(failure))) return NOT_JUDGED;
        if (span.status === STATUS_ERROR) return PASSED;
        return span.status === STATUS_OK ? EXEMPT : FAILED;
      },
    };
  },
};
export default check;
