/**
 * What spark-dependencies derives from whole traces, span by span in the order given, every span once: for the comparison with profile
 * `jaeger`. Links are references there, and a link to the parent is the parent's.
 */
import type { PlainSpan } from './plain-span.ts';

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

/** Edges as `parent > child calls`, sorted. */
export function sparkEdges(spans: readonly PlainSpan[]): string[] {
  const calls = new Map<string, number>();
  const call = (parent: PlainSpan, child: string): void => {
    const name = `${parent.service} > ${child}`;
    calls.set(name, (calls.get(name) ?? 0) + 1);
  };
  for (const traceId of new Set(spans.map((span) => span.traceId)))
    derive(
      spans.filter((span) => span.traceId === traceId),
      call,
    );
  return [...calls].map(([name, count]) => `${name} ${count}`).sort();
}

function derive(trace: readonly PlainSpan[], call: (parent: PlainSpan, child: string) => void): void {
  const withId = (spanId: number): PlainSpan[] => trace.filter((span) => span.spanId === spanId);
  const referred = new Set(trace.flatMap(referencesOf));
  for (const spanId of new Set(trace.map((span) => span.spanId))) {
    let client: PlainSpan | undefined;
    let server: PlainSpan | undefined;
    for (const span of withId(spanId)) {
      if (client !== undefined && server !== undefined) break;
      if (span.kind === CLIENT || span.kind === PRODUCER) client = span;
      if (span.kind === SERVER || span.kind === CONSUMER) server = span;
    }
    if (client !== undefined && server !== undefined) call(client, server.service);
  }
  for (const span of trace) {
    const references = referencesOf(span);
    if (references.length === 0 || (withId(span.spanId).length > 1 && span.kind !== CLIENT)) continue;
    for (const reference of references) {
      const parents = withId(reference);
      const parent = parents.length > 1 ? parents.find(({ kind }) => kind === SERVER) : parents[0];
      if (parent !== undefined) call(parent, span.service);
    }
    const peer = span.attributes['peer.service'];
    if (!referred.has(span.spanId) && peer !== undefined && peer !== '') call(span, peer);
  }
}

function referencesOf({ traceId, parentId, links = [] }: PlainSpan): number[] {
  const others = links
    .filter((link) => link.traceId !== 0 && link.spanId !== 0)
    .filter((link) => link.traceId !== traceId || link.spanId !== parentId);
  return [...(parentId === 0 ? [] : [parentId]), ...others.map(({ spanId }) => spanId)];
}
