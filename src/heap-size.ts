/**
 * How large V8's heap becomes. V8's own choice is to let it grow up to 300 percent between two full collections, the more the slower it collects: what a
 * flush leaves behind, and the buffers of what was read, stay until then. Of two processes side by side, reading 2 M spans in benchmarks/memory.ts, the one
 * with 60 percent came to 524 MiB instead of 588 and took 4 % more CPU time.
 *
 * And V8 begins by emptying those pages only of which 70 percent are free: of 245 MiB, 120 were used after a collection. Where it is to optimize for size,
 * 20 percent are enough. That is no gift: where flushes have some 100,000 rows it takes a quarter of the processor's time. Asked for at the start of the
 * process, it would keep the young generation small as well. (Source: V8 11.3, MarkCompactCollector::ComputeEvacuationHeuristics, flag-definitions.h.)
 */
import { setFlagsFromString } from 'node:v8';

/** Options of V8, which ignores those it does not know. */
export const HEAP_OPTIONS = ['--heap-growing-percent=60', '--optimize-for-size'] as const;

/** To be called at the start. */
export function limitHeap(): void {
  for (const option of HEAP_OPTIONS) setFlagsFromString(option);
}
