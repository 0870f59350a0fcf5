/**
 * Which children a span may have beside another span of its id. It says of the rules in Neighbourhood.parentOf what they mean for all children
 * at once: a hostile id may have thousands, and each would ask every span of that id again.
 */
import { CLIENT, SERVER } from '../src/spans/span-batch.ts';
import { PARENT, SPAN } from './span-hash.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** Children of the span's own service; children of other services; SERVER spans that share its id. */
export const OF_OWN_SERVICE = 1;
const OF_OTHERS = 2;
export const SHARED = 4;
export const ALL = OF_OWN_SERVICE | OF_OTHERS | SHARED;

/** What `rival`, of the same id, leaves to a span: the kinds of children that do not prefer the rival whatever else they are. */
export function claimBeside(spans: SpanRing, rival: Place, span: Place): number {
  const isOlder = spans.age(rival) > spans.age(span);
  const left = isOlder && spans.kind(rival) === CLIENT ? ALL & ~SHARED : ALL;
  const rank = serverRank(spans, rival) - serverRank(spans, span);
  if (rank < 0 || (rank === 0 && !isOlder)) return left;
  return left & (spans.service(rival) === spans.service(span) ? SHARED : ~OF_OTHERS);
}

/** Whether a span names another's id as its parent's and may be its child under such a claim. One that names its own id has no parent by that. */
export function isClaimed(spans: SpanRing, claim: number, child: Place, span: Place): boolean {
  if (!spans.isSameId(child, PARENT, span, SPAN) || spans.isSameId(child, SPAN, span, SPAN)) return false;
  return (claim & OF_OTHERS) !== 0 || spans.service(child) === spans.service(span);
}

function serverRank(spans: SpanRing, span: Place): number {
  return spans.kind(span) === SERVER ? 1 : 0;
}
