/**
 * What the service graph connector counts of a trace, without time-outs and limits of its store: a map of open edges, all of which expire
 * in the end. Written from the connector's own description of itself, for the comparison with profile `otel`.
 */
import type { PlainSpan } from './plain-span.ts';

interface OpenEdge {
  readonly isRoot: boolean;
  readonly peer: string;
  client?: string;
  server?: string;
  type: string;
  isFailed: boolean;
}

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

/** Edges as `parent > child type calls errors=n`, sorted. */
export function connectorEdges(spans: readonly PlainSpan[]): string[] {
  const open = new Map<string, OpenEdge>();
  const counts = new Map<string, { calls: number; errors: number }>();
  const count = ({ client, server, type, isFailed }: OpenEdge): void => {
    const name = `${client} > ${server} ${type}`;
    const sum = counts.get(name) ?? { calls: 0, errors: 0 };
    counts.set(name, { calls: sum.calls + 1, errors: sum.errors + (isFailed ? 1 : 0) });
  };
  const upsert = (traceId: number, spanId: number, span: PlainSpan, update: Partial<OpenEdge>): void => {
    const key = `${traceId} ${spanId}`;
    const before = open.get(key) ?? {
      isRoot: spanId === 0,
      peer: 'unknown',
      type: 'direct',
      isFailed: false,
    };
    const after = { ...before, ...update, isFailed: before.isFailed || span.status === 2 };
    open.delete(key);
    if (after.client !== undefined && after.server !== undefined) count(after);
    else open.set(key, after);
  };
  for (const span of spans) {
    const type = span.kind === PRODUCER || span.kind === CONSUMER ? 'messaging' : 'direct';
    const { 'db.name': database, 'peer.service': service, 'db.system': system } = span.attributes;
    if (span.kind === CLIENT || span.kind === PRODUCER)
      upsert(span.traceId, span.spanId, span, {
        client: span.service,
        type: database ? 'database' : type,
        ...(database ? { server: database } : {}),
        peer: [service, database, system, 'unknown'].find((name) => name)!,
      });
    if (span.kind === SERVER || span.kind === CONSUMER)
      upsert(span.traceId, span.parentId, span, { server: span.service, type });
  }
  for (const edge of open.values())
    if (edge.client !== undefined) count({ ...edge, server: edge.peer, type: 'external' });
    else if (edge.isRoot) count({ ...edge, client: 'user', type: 'external' });
  return [...counts].map(([name, { calls, errors }]) => `${name} ${calls} errors=${errors}`).sort();
}
