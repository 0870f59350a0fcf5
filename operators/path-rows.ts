/** What paths give out: rows of table `paths_v1`, absolute per slot. */
import type { PathSlot, TakenPath } from './path-slot.ts';
import type { Rows } from './rows.ts';

export const PATHS_TABLE = 'paths_v1';

/** The rows changed since the last call. */
export function pathRows(slots: readonly PathSlot[], windowMs: number): Rows {
  const taken = slots.flatMap((slot) => slot.take().map((path) => ({ ...path, slot: slot.slot })));
  const entries = taken.map(({ labels }) => labels.path.entries);
  const numbers = (value: (path: TakenPath) => number): Float64Array => Float64Array.from(taken, value);
  return {
    name: PATHS_TABLE,
    length: taken.length,
    slot: Float64Array.from(taken, ({ slot }) => slot),
    columns: {
      tenant: taken.map(({ labels }) => labels.tenant),
      window_start: numbers(({ labels }) => labels.window * windowMs),
      services: entries.map((path) => path.map(({ service }) => service)),
      operations: entries.map((path) => path.map(({ operation }) => operation)),
      sign: taken.map(({ labels }) => labels.sign),
      spans: numbers(({ spans }) => spans),
      parents: numbers(({ parents }) => parents),
      calls: numbers(({ calls }) => calls),
      errors: numbers(({ errors }) => errors),
      examples: taken.map(({ examples }) => examples),
    },
  };
}
