/**
 * Paths from their definitions, by other code than the fold: after every span each span of the neighbourhood climbs to its root again, and every
 * climb that passes the newest span is a fact. Slow, and meant to be.
 */
import type { PathsLimits } from '../../operators/paths.ts';
import type { PlainMessage, PlainSpan } from './plain-span.ts';
import type { OracleOptions } from './red-oracle.ts';

export interface PathRow {
  readonly spans: number;
  readonly parents: number;
  readonly calls: number;
  readonly errors: number;
  readonly traces: readonly number[];
}

interface Read extends PlainSpan {
  readonly slot: number;
  readonly window: number;
  readonly isOwner: boolean;
  /** What was said of it last, and whether a child was ever seen. */
  said: Fact | undefined;
  hasChild: boolean;
}

interface Fact {
  readonly row: string;
  readonly isCall: boolean;
}

type Counts = { -readonly [name in keyof Omit<PathRow, 'traces'>]: number } & { traces: Set<number> };

const SERVER = 2;
const CLIENT = 3;
const OTHER = JSON.stringify([['__other__', '__other__']]);

/** Rows by their key text, for the log's prefix `[0, hi)`; one per slot and sign, as the table stores them. */
export function pathsOracle(
  log: readonly PlainMessage[],
  options: OracleOptions & { readonly limits: PathsLimits },
  hi = log.length,
): Map<string, PathRow> {
  const rows = new Map<string, Counts>();
  const all: Read[] = [];
  for (const [offset, message] of log.slice(0, hi).entries())
    for (const span of message.spans ?? []) {
      const slot = offset - (offset % options.slotMessages);
      const before = all
        .slice(Math.max(0, all.length - options.lookbackSpans + 1))
        .filter((one) => one.slot >= slot - options.slotMessages);
      const isRepeat = span.traceId !== 0 && span.spanId !== 0 && before.some((one) => isSame(one, span));
      const isOwner = !isRepeat && offset >= (options.origin ?? 0);
      const window = windowOf(span, span.recordMs ?? message.recordMs, options);
      const newest: Read = { ...span, slot, window, isOwner, said: undefined, hasChild: false };
      all.push(newest);
      settle(newest, [...before, newest]);
    }
  return new Map([...rows].map(([key, row]) => [key, { ...row, traces: [...row.traces].sort() }]));

  function settle(newest: Read, held: readonly Read[]): void {
    for (const child of held) {
      const parent = parentOf(child, held);
      if (parent === undefined || parent.hasChild || ![parent, child].includes(newest)) continue;
      parent.hasChild = true;
      if (parent.said !== undefined) count('+', parent.said.row, { parents: 1 });
    }
    const climbs = held.map((owner) => climb(owner, held)).filter((chain) => chain?.includes(newest));
    const nearest = climbs
      .map((chain) => ({ chain: chain!, way: chain!.slice(0, chain!.indexOf(newest)).reverse() }))
      .sort((a, b) => a.way.length - b.way.length || inOrder(a.way, b.way, held))
      .slice(0, options.limits.completedMax);
    for (const owner of held)
      for (const { chain } of nearest) if (chain[0] === owner && owner.isOwner) say(owner, chain);
  }

  /** The owner and its ancestors up to a root; undefined where none is reached. */
  function climb(owner: Read, held: readonly Read[]): readonly Read[] | undefined {
    const chain = [owner];
    for (;;) {
      const parent = parentOf(chain.at(-1)!, held);
      if (parent === undefined) return chain.at(-1)!.parentId === 0 ? chain : undefined;
      chain.push(parent);
      if (chain.length > options.limits.depthMax) return undefined;
    }
  }

  function say(owner: Read, chain: readonly Read[]): void {
    const kept: Read[] = [];
    for (const span of chain.toReversed())
      if (kept.length === 0 || kept.at(-1)!.service !== span.service || span.kind === SERVER) kept.push(span);
    const path = JSON.stringify(kept.map(({ service, operation }) => [service, operation]));
    const isCall = kept.at(-1) === owner;
    const key = (text: string): string =>
      JSON.stringify({ path: text, window: owner.window, slot: owner.slot });
    const slotRows = [...rows.keys()].filter(
      (name) => name.startsWith('+') && name.endsWith(`"slot":${owner.slot}}`) && !name.includes('__other__'),
    );
    const isKnown = rows.has(`+ ${key(path)}`);
    const isTooMany = !isKnown && slotRows.length >= options.limits.rowsPerTenantMax;
    const row = key(kept.length > options.limits.entriesMax || isTooMany ? OTHER : path);
    if (owner.said?.row === row && owner.said.isCall === isCall) return;
    const said = (fact: Fact): Partial<PathRow> => ({
      spans: 1,
      parents: owner.hasChild ? 1 : 0,
      calls: fact.isCall ? 1 : 0,
      errors: fact.isCall && owner.status === 2 ? 1 : 0,
    });
    if (owner.said !== undefined)
      count('-', owner.said.row, { ...said(owner.said), traces: [owner.traceId] });
    owner.said = { row, isCall };
    count('+', row, { ...said(owner.said), traces: [owner.traceId] });
  }

  function count(sign: string, key: string, by: Partial<PathRow>): void {
    const name = `${sign} ${key}`;
    const row = rows.get(name) ?? { spans: 0, parents: 0, calls: 0, errors: 0, traces: new Set() };
    for (const column of ['spans', 'parents', 'calls', 'errors'] as const) row[column] += by[column] ?? 0;
    for (const trace of by.traces ?? []) row.traces.add(trace);
    rows.set(name, row);
  }
}

/** Breadth first: of two ways down of one length, the one that parts to the span read first. */
function inOrder(a: readonly Read[], b: readonly Read[], held: readonly Read[]): number {
  const at = a.findIndex((span, step) => span !== b[step]);
  return at < 0 ? 0 : held.indexOf(a[at]!) - held.indexOf(b[at]!);
}

function parentOf(child: Read, held: readonly Read[]): Read | undefined {
  const kin = held.filter((one) => one !== child && one.traceId === child.traceId && one.spanId !== 0);
  if (child.traceId === 0) return undefined;
  if (child.kind === SERVER && child.spanId !== 0) {
    const client = kin.find((one) => one.kind === CLIENT && one.spanId === child.spanId);
    if (client !== undefined) return client;
  }
  if (child.parentId === 0 || child.parentId === child.spanId) return undefined;
  const named = kin.filter((one) => one.spanId === child.parentId);
  const own = named.filter((one) => one.service === child.service);
  const preferred = own.length > 0 ? own : named;
  return preferred.find((one) => one.kind === SERVER) ?? preferred[0];
}

function windowOf(span: PlainSpan, recordMs: number, options: OracleOptions): number {
  const endNs = span.endNs <= span.startNs ? span.startNs + 1n : span.endNs;
  const endMs = Number(endNs / 1000n) / 1000;
  const isAsRecord = endMs > recordMs + options.aheadMsMax || endMs < recordMs - options.lateMsMax;
  return Math.floor((isAsRecord ? recordMs : endMs) / options.windowMs) * options.windowMs;
}

function isSame(a: PlainSpan, b: PlainSpan): boolean {
  const content = ({ traceId, spanId, parentId, kind, service, operation }: PlainSpan): string =>
    JSON.stringify([traceId, spanId, parentId, kind, service, operation]);
  return content(a) === content(b);
}
