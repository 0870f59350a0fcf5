/** A span's name says what is done, not to whom. */
import { EMPTY_SPAN_NAME, INVALID_SPAN_NAME } from '../../src/spans/sanitize.ts';
import { type Check, FAILED, PASSED } from '../quality-check.ts';

const LENGTH_MAX = 200;
const URL_OR_QUERY = /:\/\/|\?[^\s=]*=|\/\S*\?\S/;
const EMAIL = /[^\s@/]+@[^\s@/]+\.[^\s@/]+/;
const UUID = /[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/i;
/** A number that is a whole segment of a path, or one of four digits and more anywhere. */
const NUMBER = /\/\d+(?=\/|$|[\s.;?#,:])|(?<![0-9A-Za-z])\d{4,}(?![0-9A-Za-z])/;
/** Hexadecimal of 16 digits and more, with a digit and a letter among them. */
const HEX = /(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{16,}(?![0-9A-Za-z])/i;

function isTemplate(name: string): boolean {
  if (name === EMPTY_SPAN_NAME || name === INVALID_SPAN_NAME || name.length > LENGTH_MAX) return false;
  return ![URL_OR_QUERY, EMAIL, UUID, NUMBER, HEX].some((pattern) => pattern.test(name));
}

const check: Check = {
  name: 'low_cardinality_name',
  title: 'Span names have no ids in them',
  category: 'hygiene',
  weight: 4,
  judges: 'Every span.',
  passes:
    'Its name is not empty, has at most 200 characters, and holds no URL, query string, e-mail address, UUID, long hexadecimal or decimal number, and no path segment that is a number.',
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'Each name is a series of metrics of its own: names with ids in them cost the most, say the least, and push other names over the limits.',
  fix: 'Name the span after the route or the method (`GET /products/{id}`), and put the id into an attribute.',
  attributes: [],
  open: ({ facts }) => {
    const isUnfit = facts.operationIs((name) => !isTemplate(name));
    return { alone: (span) => (span.is(isUnfit) ? FAILED : PASSED) };
  },
};
export default check;
