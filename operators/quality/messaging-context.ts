/** Who consumes a message knows who sent it. */
import { CONSUMER } from '../../src/spans/span-batch.ts';
import { type Check, EXEMPT, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const OPERATIONS = ['messaging.operation.type', 'messaging.operation'];

const check: Check = {
  name: 'messaging_context',
  title: 'Context crosses messaging',
  category: 'completeness',
  weight: 3,
  judges: 'A CONSUMER span.',
  passes: 'It has a parent or a link.',
  exempts: 'A `receive` without either: it may have waited and got nothing.',
  credits: 'The service of the span.',
  why: 'Without the producer’s context a trace ends at the queue: what a request sets off behind it can not be found from the request, nor the other way round.',
  fix: 'Let the producer put its context into the message’s headers, and the consumer take it from there as parent or link; the messaging library’s instrumentation does both.',
  attributes: OPERATIONS,
  open: ({ facts }) => {
    const isReceive = facts.says(OPERATIONS, (operation) => operation === 'receive');
    return {
      alone: (span) => {
        if (span.kind !== CONSUMER) return NOT_JUDGED;
        if (span.hasParentId || span.hasLinks) return PASSED;
        return span.is(isReceive) ? EXEMPT : FAILED;
      },
    };
  },
};
export default check;
