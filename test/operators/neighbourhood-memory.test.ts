/** What the neighbourhood costs. A file of its own: nothing else here leaves garbage that could be collected in between. */
import { expect, test } from 'vitest';
import { dependencies } from '../../operators/dependencies.ts';
import { Neighbourhood } from '../../operators/neighbourhood.ts';
import { PEER_ATTRIBUTES } from '../../operators/peers.ts';
import { INDEXERS } from '../support/indexers.ts';

/** What was measured: collected while another is, it would make that one seem smaller. */
const kept: unknown[] = [];
const RULES = { windowMs: 60_000, aheadMsMax: 1e9, lateMsMax: 1e12 };

test.each(INDEXERS)('a held span takes at most 100 bytes, with what dependencies keep: $name', (way) => {
  const held = 500_000;
  const rules = { ...RULES, keys: PEER_ATTRIBUTES };
  const operator = dependencies({
    profile: 'weir',
    hasSelfEdges: false,
    hasBrokers: false,
    hasUnknownCallers: false,
    limits: { rowsPerTenantMax: 1 },
  });
  const before = process.memoryUsage().external;
  const neighbourhood = new Neighbourhood({ spansMax: held, slotMessages: 10, ...RULES, ...way }, true, 7);
  const fold = operator.open({ ...rules, neighbourhood });
  const bytes = process.memoryUsage().external - before;
  kept.push(neighbourhood, fold);
  expect(fold.rowsHeld).toBe(0);
  // The ring alone takes 64.
  expect(bytes / held).toBeGreaterThan(64);
  expect(bytes / held).toBeLessThanOrEqual(100);
});
