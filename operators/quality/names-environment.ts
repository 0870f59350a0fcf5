/** The resource says which environment this is. */
import type { Check } from '../quality-check.ts';
import { NAMED_BY, NO_RESOURCE, RESOURCE_ATTRIBUTES, judgeResource } from '../quality-resource.ts';

const check: Check = {
  name: 'names_environment',
  title: 'Resources name the environment',
  category: 'hygiene',
  weight: 2,
  judges: 'Every span.',
  passes: `Its resource has ${NAMED_BY.environment.map((key) => `\`${key}\``).join(' or ')}.`,
  exempts: NO_RESOURCE,
  credits: 'The service of the span.',
  why: 'Spans of staging and production in one store can be told apart by nothing else.',
  fix: 'Set `deployment.environment.name` in `OTEL_RESOURCE_ATTRIBUTES` where the service is deployed.',
  attributes: RESOURCE_ATTRIBUTES,
  open: ({ facts }) => judgeResource(NAMED_BY.environment, facts),
};
export default check;
