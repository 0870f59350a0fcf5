/** The service has a name of its own. */
import {
  EMPTY_SERVICE_NAME,
  INVALID_SERVICE_NAME,
  MISSING_SERVICE_NAME,
  SERVICE_NAME_WRONG_TYPE,
} from '../../src/spans/sanitize.ts';
import { type Check, FAILED, PASSED } from '../quality-check.ts';

/** Names that stand for none. SDKs call a service that was given no name `unknown_service:` and the process. */
const NO_NAMES: ReadonlySet<string> = new Set([
  EMPTY_SERVICE_NAME,
  INVALID_SERVICE_NAME,
  MISSING_SERVICE_NAME,
  SERVICE_NAME_WRONG_TYPE,
  'OTLPResourceNoServiceName',
]);

const check: Check = {
  name: 'service_is_named',
  title: 'Services have names',
  category: 'completeness',
  weight: 5,
  judges: 'Every span.',
  passes: 'Its service has a name, and not the SDK’s `unknown_service`.',
  exempts: 'None.',
  credits: 'The service of the span, by the name that stands for none, such as `missing-service-name`.',
  why: 'All services without a name are one service: their metrics, dependencies and traces can not be told apart.',
  fix: 'Set `OTEL_SERVICE_NAME`, or `service.name` in the resource.',
  attributes: [],
  open: ({ facts }) => {
    const isNameless = facts.serviceIs((name) => NO_NAMES.has(name) || name.startsWith('unknown_service'));
    return { alone: (span) => (span.is(isNameless) ? FAILED : PASSED) };
  },
};
export default check;
