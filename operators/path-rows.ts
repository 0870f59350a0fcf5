/** What paths give out: rows of table `paths_v1`, absolute per slot. */
import { CALLS, ERRORS, PARENTS, type PathSlot, SPANS } from './path-slot.ts';
import type { PathTrie } from './path-trie.ts';
import type { Rows } from './rows.ts';

export const PATHS_TABLE = 'paths_v1';

/** The rows changed since the last call. */
export function pathRows(slots: readonly PathSlot[], trie: PathTrie, windowMs: number): Rows {
  const length = slots.reduce((rows, slot) => rows + slot.dirtyRows, 0);
  const numbers = (): Float64Array => new Float64Array(length);
  const texts = (): string[] => new Array<string>(length);
  const lists = (): (readonly string[])[] => new Array<readonly string[]>(length);
  const slotOf = numbers();
  const columns = {
    tenant: texts(),
    window_start: numbers(),
    services: lists(),
    operations: lists(),
    sign: texts(),
    spans: numbers(),
    parents: numbers(),
    calls: numbers(),
    errors: numbers(),
    examples: lists(),
  };
  let at = 0;
  for (const slot of slots)
    for (const row of slot.take()) {
      const node = slot.nodeOf(row);
      const { services, operations } = trie.text(node);
      slotOf[at] = slot.slot;
      columns.tenant[at] = trie.tenant(node);
      columns.window_start[at] = slot.windowOf(row) * windowMs;
      columns.services[at] = services;
      columns.operations[at] = operations;
      columns.sign[at] = slot.signOf(row);
      columns.spans[at] = slot.count(row, SPANS);
      columns.parents[at] = slot.count(row, PARENTS);
      columns.calls[at] = slot.count(row, CALLS);
      columns.errors[at] = slot.count(row, ERRORS);
      columns.examples[at] = slot.examplesOf(row);
      at++;
    }
  return { name: PATHS_TABLE, length, slot: slotOf, columns };
}
