/** A span id is one span's. */
import { CLIENT, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'unique_span_id',
  title: 'Span ids are unique',
  category: 'correctness',
  weight: 3,
  judges: 'Every span. One that repeats another in full, such as an exporter’s retry, is no span of its own.',
  passes:
    'It has ids, and no other span of its trace in the neighbourhood has the same one. A CLIENT and a SERVER span may share an id, as Zipkin’s do.',
  exempts: 'None.',
  credits: 'The service of each span that bears the id.',
  why: 'Where two spans have one id, their children are attached to either by chance, and tools show one of the two.',
  fix: 'Let the SDK make ids; look for copied contexts, spans reused after their end, and random generators seeded alike after a fork.',
  attributes: [],
  open: () => ({
    alone: (span) => (span.hasIds ? PASSED : FAILED),
    clashes: ({ kind, otherKind }) =>
      !((kind === CLIENT && otherKind === SERVER) || (kind === SERVER && otherKind === CLIENT)),
  }),
};
export default check;
