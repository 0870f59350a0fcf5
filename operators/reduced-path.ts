/**
 * A reduced path: the way from a trace's root down to a span, as the Jaeger UI shortens it. Kept are the first span, every span of another
 * service than the last one kept, and every SERVER span. Paths share their upper parts; equal paths have equal names.
 */
import { OVERFLOW } from './limiter.ts';

export interface ReducedPath {
  readonly above: ReducedPath | undefined;
  readonly service: string;
  readonly operation: string;
  /** Entries, this one included. */
  readonly length: number;
  /** Tells paths apart. */
  readonly name: string;
}

/** The path, and one more entry below it. Length prefixes keep any two paths apart, whatever bytes their names hold. */
export function extendedPath(
  above: ReducedPath | undefined,
  service: string,
  operation: string,
): ReducedPath {
  const name = `${above?.name ?? ''}${service.length} ${operation.length} ${service}${operation}`;
  return { above, service, operation, length: (above?.length ?? 0) + 1, name };
}

/** What a path is counted under that is too long, or one too many. */
export const OVERFLOW_PATH = extendedPath(undefined, OVERFLOW, OVERFLOW);

/** The entries from the root down. */
export function entriesOf(path: ReducedPath): readonly ReducedPath[] {
  const entries: ReducedPath[] = [];
  for (let entry: ReducedPath | undefined = path; entry !== undefined; entry = entry.above)
    entries.push(entry);
  return entries.reverse();
}
