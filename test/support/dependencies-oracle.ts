/**
 * Dependencies from their definitions, by other code than the fold: after every span the whole neighbourhood is looked through again, and every chain that
 * the span completes is a fact. Slow, and meant to be.
 */
import type { DependenciesOptions } from '../../operators/dependencies.ts';
import type { PlainMessage, PlainSpan } from './plain-span.ts';
import { type OracleOptions, oracleBucket } from './red-oracle.ts';

interface Read extends PlainSpan {
  readonly at: number;
  readonly offset: number;
  readonly slot: number;
  readonly window: number;
  readonly isOwner: boolean;
  readonly ownsLinks: boolean;
}

export type EdgeRow = Record<string, number>;

interface Link {
  readonly owner: Read;
  readonly traceId: number;
  readonly spanId: number;
  producer?: Read;
}

interface Edge {
  readonly caller: Read | undefined;
  readonly key: string | undefined;
  readonly values: EdgeRow;
}

/** An edge that is not drawn. */
const NOWHERE = { key: undefined, values: {} } as const;

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

/** Rows by their key text, for the log's prefix `[0, hi)`; one per slot and sign, as the table stores them. */
export function dependenciesOracle(
  log: readonly PlainMessage[],
  options: OracleOptions & DependenciesOptions,
  hi = log.length,
): Map<string, EdgeRow> {
  const rows = new Map<string, EdgeRow>();
  const edges = new Map<Read, Edge>();
  const peers = new Map<Read, { readonly key: string; readonly values: EdgeRow }>();
  const links: Link[] = [];
  const all: Read[] = [];

  const key = (owner: Read, parent: string, child: string, type: string): string =>
    JSON.stringify({ parent, child, type, window: owner.window, slot: owner.slot });
  const add = (sign: string, name: string, values: EdgeRow): void => {
    const row = rows.get(`${sign} ${name}`) ?? {};
    for (const [column, value] of Object.entries(values)) row[column] = (row[column] ?? 0) + value;
    rows.set(`${sign} ${name}`, row);
  };

  for (const [offset, message] of log.slice(0, hi).entries())
    for (const span of message.spans ?? []) {
      const slot = offset - (offset % options.slotMessages);
      const seen = all.slice(Math.max(0, all.length - options.lookbackSpans + 1));
      const held = seen.filter((one) => one.slot >= slot - options.slotMessages);
      const isRepeat = hasIds(span) && held.some((one) => isSame(one, span));
      const newest: Read = {
        ...span,
        at: all.length,
        offset,
        slot,
        window: windowOf(span, span.recordMs ?? message.recordMs, options),
        isOwner: !isRepeat && offset >= (options.origin ?? 0) && span.isCopy !== true,
        ownsLinks: !isRepeat && offset >= (options.origin ?? 0),
      };
      all.push(newest);
      held.push(newest);
      arrive(newest, held);
      for (const child of held) {
        const found = child.kind === INTERNAL ? undefined : callerOf(child, held);
        if (found !== undefined && [child, found.caller, ...found.between].includes(newest))
          connect(child, found.caller, held);
      }
      link(newest, held);
    }
  return rows;

  function arrive(span: Read, held: readonly Read[]): void {
    if (!span.isOwner) return;
    const peer = peerOf(span);
    if (span.kind === CLIENT && peer !== undefined && peer.name !== span.service) {
      const fact = { key: key(span, span.service, peer.name, peer.type), values: valuesOf(span, undefined) };
      peers.set(span, fact);
      add('+', fact.key, fact.values);
    }
    if (
      options.hasUnknownCallers &&
      span.kind === SERVER &&
      span.parentId === 0 &&
      parentOf(span, held) === undefined
    ) {
      const fact = { key: key(span, 'user', span.service, 'external'), values: valuesOf(undefined, span) };
      edges.set(span, { ...fact, caller: undefined });
      add('+', fact.key, fact.values);
    }
  }

  function connect(child: Read, caller: Read, held: readonly Read[]): void {
    answer(caller, child);
    if (!child.isOwner) return;
    const known = edges.get(child);
    if (known?.caller === caller) return;
    if (known?.caller !== undefined && !held.includes(known.caller)) return;
    if (known?.key !== undefined && !isLinked(child, known.caller)) add('-', known.key, known.values);
    edges.set(child, { caller, ...(isLinked(child, caller) ? NOWHERE : draw(child, caller)) });
  }

  function link(newest: Read, held: readonly Read[]): void {
    if (newest.kind === CONSUMER)
      for (const [at, { traceId, spanId }] of (newest.links ?? []).entries()) {
        const isFirst =
          newest.links!.findIndex((one) => one.traceId === traceId && one.spanId === spanId) === at;
        if (!isFirst || traceId === 0 || spanId === 0) continue;
        const read: Link = { owner: newest, traceId, spanId };
        links.push(read);
        lead(read, held);
      }
    if (newest.kind === CLIENT || newest.kind === PRODUCER)
      for (const waiting of remembered())
        if (held.includes(waiting.owner) && producerOf(waiting, held) === newest) lead(waiting, held);
  }

  function lead(one: Link, held: readonly Read[]): void {
    const producer = producerOf(one, held);
    if (producer === undefined) return;
    answer(producer, one.owner);
    if (!one.owner.ownsLinks || one.producer !== undefined) return;
    one.producer = producer;
    if (edges.get(one.owner)?.caller !== producer) draw(one.owner, producer);
  }

  /** One link to four spans, rounded down to a power of two. */
  function remembered(): Link[] {
    let room = 1;
    while (room * 8 <= options.lookbackSpans) room *= 2;
    return links.slice(-room);
  }

  function isLinked(owner: Read, caller: Read | undefined): boolean {
    return remembered().some((one) => one.owner === owner && one.producer === caller && caller !== undefined);
  }

  function answer(client: Read, callee: Read): void {
    const named = peers.get(client);
    if (client.service === callee.service || !client.isOwner || named === undefined) return;
    peers.delete(client);
    add('-', named.key, named.values);
  }

  function draw(owner: Read, caller: Read): Pick<Edge, 'key' | 'values'> {
    if (owner.service === caller.service && !options.hasSelfEdges) return NOWHERE;
    const type = owner.kind === CONSUMER || caller.kind === PRODUCER ? 'messaging' : 'direct';
    const fact = { key: key(owner, caller.service, owner.service, type), values: valuesOf(caller, owner) };
    add('+', fact.key, fact.values);
    return fact;
  }
}

function producerOf({ traceId, spanId }: Link, held: readonly Read[]): Read | undefined {
  return held.find(
    (one) =>
      one.traceId === traceId && one.spanId === spanId && (one.kind === CLIENT || one.kind === PRODUCER),
  );
}

function callerOf(
  child: Read,
  held: readonly Read[],
): { readonly caller: Read; readonly between: Read[] } | undefined {
  const between: Read[] = [];
  for (let one = parentOf(child, held); one !== undefined; one = parentOf(one, held)) {
    if (one === child || between.includes(one)) return undefined;
    if (one.kind !== INTERNAL) return { caller: one, between };
    between.push(one);
  }
  return undefined;
}

function parentOf(child: Read, held: readonly Read[]): Read | undefined {
  const others = held.filter((one) => one !== child && one.traceId === child.traceId && hasIds(one));
  const client = others.find((one) => one.spanId === child.spanId && one.kind === CLIENT);
  if (child.kind === SERVER && hasIds(child) && client !== undefined) return client;
  if (child.traceId === 0 || child.parentId === 0 || child.parentId === child.spanId) return undefined;
  const candidates = others.filter((one) => one.spanId === child.parentId);
  const rank = (one: Read): number => (one.service === child.service ? 2 : 0) + (one.kind === SERVER ? 1 : 0);
  const best = Math.max(...candidates.map(rank));
  return candidates.find((one) => rank(one) === best);
}

function valuesOf(caller: Read | undefined, callee: Read | undefined): EdgeRow {
  const client = caller !== undefined && [CLIENT, PRODUCER].includes(caller.kind) ? caller : undefined;
  const server = callee !== undefined && [SERVER, CONSUMER].includes(callee.kind) ? callee : undefined;
  const values: EdgeRow = { calls: 1 };
  const isClientError = client?.status === 2;
  const isServerError = callee?.status === 2;
  if (isClientError || isServerError) values['errors'] = 1;
  if (isClientError) values['client_errors'] = 1;
  if (isServerError) values['server_errors'] = 1;
  const time = (side: string, us: bigint): void => {
    if (us > 0n) values[`${side}_us_sum`] = Number(us);
    values[`${side} ${oracleBucket(us)}`] = 1;
  };
  if (client !== undefined) time('client', durationUs(client));
  if (server !== undefined) time('server', durationUs(server));
  if (client !== undefined && server !== undefined) {
    const networkUs = server.startNs / 1000n - client.startNs / 1000n;
    if (networkUs >= 0n) time('network', networkUs);
  }
  return values;
}

function peerOf({ attributes }: PlainSpan): { readonly name: string; readonly type: string } | undefined {
  const named = (...keys: string[]): string | undefined =>
    keys.map((key) => attributes[key]).find((value) => value);
  const service = named('peer.service');
  const system = named('db.system.name', 'db.system');
  if (system !== undefined) {
    const database = named('db.namespace', 'db.name') ?? '';
    return { name: service ?? (/\D/.test(database) ? database : system), type: 'database' };
  }
  const name = service ?? named('server.address', 'net.peer.name', 'http.host');
  return name === undefined ? undefined : { name, type: 'external' };
}

function durationUs({ startNs, endNs }: PlainSpan): bigint {
  return endNs <= startNs ? 0n : (endNs - startNs) / 1000n;
}

function windowOf(span: PlainSpan, recordMs: number, options: OracleOptions): number {
  const endNs = span.endNs <= span.startNs ? span.startNs + 1n : span.endNs;
  const endMs = Number(endNs / 1000n) / 1000;
  const isAsRecord = endMs > recordMs + options.aheadMsMax || endMs < recordMs - options.lateMsMax;
  return Math.floor((isAsRecord ? recordMs : endMs) / options.windowMs) * options.windowMs;
}

function hasIds({ traceId, spanId }: PlainSpan): boolean {
  return traceId !== 0 && spanId !== 0;
}

function isSame(a: PlainSpan, b: PlainSpan): boolean {
  return (
    a.traceId === b.traceId &&
    a.spanId === b.spanId &&
    a.parentId === b.parentId &&
    a.kind === b.kind &&
    a.service === b.service &&
    a.operation === b.operation
  );
}
