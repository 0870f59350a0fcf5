/** The client library is not too old. */
import { type Check, EXEMPT, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';
import { CLIENT_ATTRIBUTES, type Client } from '../quality-client.ts';

/** Whether a version is at least another, number by number; what is behind the numbers (`-SNAPSHOT`, `+build`) does not count. */
function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string): number[] =>
    (/^v?(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '').split('.').map(Number);
  const wanted = numbers(least);
  const found = numbers(version);
  for (let at = 0; at < wanted.length; at++) {
    const difference = (found[at] ?? 0) - wanted[at]!;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

const check: Check = {
  name: 'current_sdk',
  title: 'Client libraries are current',
  category: 'currency',
  weight: 3,
  judges:
    'A span that names its client library and version, in `telemetry.sdk.version` or Jaeger’s `jaeger.version`.',
  passes: 'The version is at least that of `quality.minimumVersions` for its language and library.',
  exempts: 'A language and library that are not in that table: nobody said what is current.',
  credits: 'The service of the span.',
  why: 'Old libraries lack fixes for lost context and memory leaks, speak old conventions, and some can not be upgraded in one step for long.',
  fix: 'Upgrade the SDK, its instrumentation libraries with it.',
  attributes: CLIENT_ATTRIBUTES,
  open: ({ facts, minimumVersions }) => {
    const minimums = new Map(Object.entries(minimumVersions));
    const leastOf = ({ language, sdk }: Client): string | undefined => minimums.get(`${language}/${sdk}`);
    const isTold = facts.clientIs((client) => client !== undefined);
    const isListed = facts.clientIs((client) => client !== undefined && leastOf(client) !== undefined);
    const isCurrent = facts.clientIs(
      (client) => client !== undefined && isAtLeast(client.version, leastOf(client) ?? ''),
    );
    return {
      alone: (span) => {
        if (!span.is(isTold)) return NOT_JUDGED;
        if (!span.is(isListed)) return EXEMPT;
        return span.is(isCurrent) ? PASSED : FAILED;
      },
    };
  },
};
export default check;
