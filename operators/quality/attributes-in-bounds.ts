/** A span carries no more than it should. */
import { SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTES_MAX } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'attributes_in_bounds',
  title: 'Attributes are within bounds',
  category: 'hygiene',
  weight: 2,
  judges: 'Every span.',
  passes: `It has at most ${SPAN_ATTRIBUTES_MAX} attributes, the default limit of OpenTelemetry SDKs, and no value of more than ${SPAN_ATTRIBUTE_BYTES_MAX} bytes.`,
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'Few such spans take most of the network and the storage that traces cost; SDKs and backends drop or cut what is beyond their limits, and pages that show the trace are slow.',
  fix: 'Put payloads, statements and stack traces into logs or a blob store, and their ids into attributes; let the SDK hold the bounds: `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.',
  attributes: [],
  open: () => ({ alone: (span) => (span.isOversized ? FAILED : PASSED) }),
};
export default check;
