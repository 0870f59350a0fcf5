/** Attributes have the names that the semantic conventions give them today. */
import { type Check, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

/** What attributes were called, and are called now. Source: OpenTelemetry semantic conventions 1.37. Those with few distinct values alone. */
const RENAMED: readonly (readonly [old: string, current: string])[] = [
  ['http.method', 'http.request.method'],
  ['http.status_code', 'http.response.status_code'],
  ['db.system', 'db.system.name'],
  ['db.name', 'db.namespace'],
  ['messaging.destination', 'messaging.destination.name'],
  ['net.peer.name', 'server.address'],
  ['deployment.environment', 'deployment.environment.name'],
];

const check: Check = {
  name: 'current_conventions',
  title: 'Attributes have their current names',
  category: 'hygiene',
  weight: 2,
  judges: `A span or resource with one of these attributes, by its old name or the current one: ${RENAMED.map(
    ([old, current]) => `\`${old}\` (now \`${current}\`)`,
  ).join(', ')}.`,
  passes: 'Beside each old name there is the current one.',
  exempts: 'None.',
  credits: 'The service of the span.',
  why: 'Dashboards, samplers and tools look for the current names: what has the old ones is missing from them, a service at a time.',
  fix: 'Upgrade the instrumentation libraries; where they still ask, set `OTEL_SEMCONV_STABILITY_OPT_IN` to `http,database,messaging`.',
  attributes: RENAMED.flat(),
  open: ({ facts }) => {
    const names = RENAMED.map(([old, current]) => ({
      hasOld: facts.eitherHas([old]),
      hasCurrent: facts.eitherHas([current]),
    }));
    return {
      alone: (span) => {
        if (names.some(({ hasOld, hasCurrent }) => span.is(hasOld) && !span.is(hasCurrent))) return FAILED;
        return names.some(({ hasCurrent }) => span.is(hasCurrent)) ? PASSED : NOT_JUDGED;
      },
    };
  },
};
export default check;
