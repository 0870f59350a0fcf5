/** What checks of resources have in common: whether a resource names something, by any of several attributes. */
import { EXEMPT, FAILED, type Judge, PASSED } from './quality-check.ts';
import type { Facts } from './quality-facts.ts';

const VERSION = ['service.version'];
const ENVIRONMENT = ['deployment.environment.name', 'deployment.environment'];
/** The last two are those of Jaeger's clients. */
const INSTANCE = [
  'service.instance.id',
  'host.name',
  'host.id',
  'k8s.pod.name',
  'k8s.pod.uid',
  'container.id',
  'hostname',
  'ip',
];
const SDK = ['telemetry.sdk.name', 'telemetry.sdk.language'];

export const NAMED_BY = { version: VERSION, environment: ENVIRONMENT, instance: INSTANCE } as const;

/** What shows that a resource was sent at all. */
export const RESOURCE_ATTRIBUTES: readonly string[] = [...VERSION, ...ENVIRONMENT, ...INSTANCE, ...SDK];

export const NO_RESOURCE =
  'A span whose resource has none of the attributes that Weir knows beside the service’s name: formats such as Zipkin’s have no place for them.';

/** Passes where the resource has one of the attributes; excuses one that has nothing at all. */
export function judgeResource(keys: readonly string[], facts: Facts): Judge {
  const isNamed = facts.resourceHas(keys);
  const hasAny = facts.resourceHas(RESOURCE_ATTRIBUTES);
  return {
    alone: (span) => {
      if (span.is(isNamed)) return PASSED;
      return span.is(hasAny) ? FAILED : EXEMPT;
    },
  };
}
