/** The resource says which release is running. */
import type { Check } from '../quality-check.ts';
import { NAMED_BY, NO_RESOURCE, RESOURCE_ATTRIBUTES, judgeResource } from '../quality-resource.ts';

const check: Check = {
  name: 'names_version',
  title: 'Resources name the version',
  category: 'hygiene',
  weight: 2,
  judges: 'Every span.',
  passes: `Its resource has ${NAMED_BY.version.map((key) => `\`${key}\``).join(' or ')}.`,
  exempts: NO_RESOURCE,
  credits: 'The service of the span.',
  why: 'Whether a release made things worse can be asked only where spans say which release they are of.',
  fix: 'Set `service.version` in `OTEL_RESOURCE_ATTRIBUTES` when the release is built.',
  attributes: RESOURCE_ATTRIBUTES,
  open: ({ facts }) => judgeResource(NAMED_BY.version, facts),
};
export default check;
