/** What an edge's row rises by with one call. */
import type { Call } from '../../operators/call.ts';
import { EdgeSlot } from '../../operators/edge-slot.ts';

export function riseOf(call: Call): readonly bigint[] {
  const slot = new EdgeSlot(0, 1);
  slot.add(
    slot.rowOf({ tenant: 't', parent: 'web', child: 'cart', type: 'direct', sign: '+', windowMs: 0 }),
    call,
  );
  return slot.take()[0]!.rise;
}
