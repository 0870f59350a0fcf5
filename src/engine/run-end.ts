/** How far messages of a batch can be decoded as one run: what they share is said once. */
import type { LogBatch } from '../sources/log-source.ts';

/**
 * The index after the last of the run from `at` on, at most `end`: offsets ascend, all of one tenant header, and none crosses one of the
 * borders that the first lies before.
 */
export function runEnd(
  { offsets, tenants }: LogBatch,
  at: number,
  end: number,
  borders: readonly number[],
): number {
  const first = offsets[at]!;
  const border = Math.min(...borders.filter((offset) => offset > first));
  const tenant = tenants?.[at];
  let last = first;
  let next = at + 1;
  for (; next < end; next++) {
    const offset = offsets[next]!;
    if (offset <= last || offset >= border || tenants?.[next] !== tenant) break;
    last = offset;
  }
  return next;
}
