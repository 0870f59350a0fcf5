/** Clocks of two hosts agree on what came first. */
import { CLIENT, CONSUMER, SERVER } from '../../src/spans/span-batch.ts';
import { type Check, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'no_clock_skew',
  title: 'Clocks agree',
  category: 'correctness',
  weight: 2,
  judges: 'A span whose parent may be on another host: in another service, or called as SERVER or CONSUMER.',
  passes:
    'It starts no earlier than its parent; and where a CLIENT span waits for a SERVER span, no later than that ends. Both within `quality.clockToleranceMs`.',
  exempts: 'None.',
  credits: 'The service of the child, though the clock of its parent may be the one that is off.',
  why: 'Skewed clocks put effects before causes: waterfalls are wrong, network times negative, and critical paths made up.',
  fix: 'Synchronise the host’s clock (chrony, NTP); if many callees of one service fail, look at that service’s host.',
  attributes: [],
  open: ({ pairs, clockToleranceUs }) => {
    const startsBefore = pairs.startsBefore(clockToleranceUs);
    const startsAfterEnd = pairs.startsAfterEnd(clockToleranceUs);
    return {
      withParent: (pair) => {
        const isRemote = pair.kind === SERVER || pair.kind === CONSUMER || pair.isForeign;
        if (!isRemote) return NOT_JUDGED;
        if (pair.is(startsBefore)) return FAILED;
        const isAwaited = pair.kind === SERVER && pair.otherKind === CLIENT;
        return isAwaited && pair.is(startsAfterEnd) ? FAILED : PASSED;
      },
    };
  },
};
export default check;
