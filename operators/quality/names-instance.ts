/** The resource says which instance this is. */
import type { Check } from '../quality-check.ts';
import { NAMED_BY, NO_RESOURCE, RESOURCE_ATTRIBUTES, judgeResource } from '../quality-resource.ts';

const check: Check = {
  name: 'names_instance',
  title: 'Resources name the instance',
  category: 'hygiene',
  weight: 1,
  judges: 'Every span.',
  passes: `Its resource has ${NAMED_BY.instance.map((key) => `\`${key}\``).join(' or ')}.`,
  exempts: NO_RESOURCE,
  credits: 'The service of the span.',
  why: 'One bad host among twenty is found only where spans say which host they are of.',
  fix: 'Turn on the SDK’s resource detectors (host, container, k8s), or set `service.instance.id`.',
  attributes: RESOURCE_ATTRIBUTES,
  open: ({ facts }) => judgeResource(NAMED_BY.instance, facts),
};
export default check;
