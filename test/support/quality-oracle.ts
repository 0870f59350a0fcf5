/**
 * Trace quality from its definitions, by other code than the fold: after every span it asks anew who is whose parent, twin and fellow root in
 * the neighbourhood, and counts each verdict that is another now. Slow, and meant to be. It knows the checks that look at other spans, and a
 * few that do not.
 */
import type { PlainMessage, PlainSpan } from './plain-span.ts';
import type { OracleOptions } from './red-oracle.ts';

/** Counters of a row: judged, passed, exempt, and of each what was taken back. */
export type QualityCounters = number[];

type Verdict = 'failed' | 'passed' | 'exempt' | undefined;

interface Said {
  readonly row: string;
  readonly verdict: Verdict;
}

interface Read extends PlainSpan {
  readonly slot: number;
  readonly window: number;
  readonly recordMs: number;
  readonly isLate: boolean;
  readonly isRepeat: boolean;
  readonly isOwner: boolean;
  readonly said: Map<string, Said>;
}

const [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4, 5];
const ROOTS_MAX = 16;
export const TOLERANCE_US = 500_000;
export const DURATION_US_MAX = 5_000_000;
export const MINIMUM_VERSIONS = { 'go/opentelemetry': '1.28.0' };

export const ORACLE_CHECKS = [
  'has_server_span',
  'has_client_span',
  'parent_is_present',
  'single_root',
  'unique_span_id',
  'no_clock_skew',
  'starts_after_parent',
  'kind_fits',
  'sane_duration',
  'attributes_in_bounds',
  'not_in_future',
];

/** Rows by their key text, for the log's prefix `[0, hi)`. Limits are not its business. */
export function qualityOracle(
  log: readonly PlainMessage[],
  options: OracleOptions,
  hi = log.length,
): Map<string, QualityCounters> {
  const rows = new Map<string, QualityCounters>();
  const all: Read[] = [];
  for (const [offset, { recordMs, spans }] of log.slice(0, hi).entries())
    for (const span of spans ?? []) {
      const slot = offset - (offset % options.slotMessages);
      const before = all
        .slice(Math.max(0, all.length - options.lookbackSpans + 1))
        .filter((one) => one.slot >= slot - options.slotMessages);
      const isRepeat = span.traceId !== 0 && span.spanId !== 0 && before.some((one) => isSame(one, span));
      const isOwner = !isRepeat && offset >= (options.origin ?? 0);
      const when = timesOf(span, recordMs, options);
      const newest: Read = { ...span, ...when, slot, recordMs, isRepeat, isOwner, said: new Map() };
      all.push(newest);
      if (!isRepeat) settle(newest, [...before, newest]);
    }
  return rows;

  function settle(newest: Read, held: readonly Read[]): void {
    if (newest.isOwner) arrive(newest);
    for (const twin of held)
      if (twin !== newest && isTwin(newest, twin))
        for (const one of [newest, twin]) say(one, 'unique_span_id', 'failed');
    for (const child of held) {
      const parent = parentOf(child, held);
      if (parent === undefined || ![child, parent].includes(newest)) continue;
      meet(child, parent);
      if (child.parentId === 0 && child !== newest) countRoots(child, held);
    }
    if (newest.parentId === 0 && newest.traceId !== 0) countRoots(newest, held);
  }

  function arrive(span: Read): void {
    const { kind, isLate, weight, parentId, service } = span;
    const isExcused = isLate || weight !== 2 ** 20;
    const durationUs = (span.endNs - span.startNs) / 1000n;
    const isAbsurd = span.endNs < span.startNs || durationUs > DURATION_US_MAX;
    say(span, 'sane_duration', isAbsurd ? 'failed' : 'passed');
    say(span, 'attributes_in_bounds', passIf(span.isOversized !== true));
    const endUs = Number(endOf(span) / 1000n);
    say(span, 'not_in_future', endUs > span.recordMs * 1000 + TOLERANCE_US ? 'failed' : 'passed');
    say(span, 'unique_span_id', span.traceId !== 0 && span.spanId !== 0 ? 'passed' : 'failed');
    if (parentId !== 0) say(span, 'parent_is_present', isExcused ? 'exempt' : 'failed');
    const peer = span.attributes['peer.service'] ?? '';
    const calls = kind === CLIENT ? 'has_server_span' : 'has_client_span';
    if (peer === '' || peer === service) return;
    if (kind === CLIENT || (kind === SERVER && parentId === 0))
      say(span, calls, isExcused ? 'exempt' : 'failed', { service: peer, about: 'peer' });
  }

  function meet(child: Read, parent: Read): void {
    const isForeign = child.service !== parent.service;
    if (child.isOwner) {
      if (child.said.get('parent_is_present')?.verdict !== 'exempt')
        say(child, 'parent_is_present', 'passed');
      say(child, 'no_clock_skew', skewOf(child, parent, isForeign));
      say(child, 'starts_after_parent', orderOf(child, parent, isForeign));
      say(child, 'kind_fits', fitOf(child, parent, isForeign));
      const isEntry = isForeign && parent.kind === CLIENT && child.kind !== CONSUMER;
      say(child, 'has_server_span', isEntry ? passIf(child.kind === SERVER) : undefined);
      const isExit = isForeign && [SERVER, CONSUMER].includes(child.kind);
      const { service, operation } = parent;
      const isClient = [CLIENT, PRODUCER].includes(parent.kind);
      say(child, 'has_client_span', isExit ? passIf(isClient) : undefined, { service, operation });
    }
    if (isForeign && child.kind === SERVER) answer(child, 'has_client_span');
    if (isForeign && parent.kind === CLIENT) answer(parent, 'has_server_span');
  }

  function answer(span: Read, check: string): void {
    const named = span.said.get(`${check} peer`);
    if (named?.verdict === 'failed') change(span, `${check} peer`, named.row, 'exempt');
  }

  function countRoots(span: Read, held: readonly Read[]): void {
    const fellows = held.filter(
      (one) => one.traceId === span.traceId && one.traceId !== 0 && one.parentId === 0,
    );
    const isCrowded = fellows.length > ROOTS_MAX;
    const seen = isCrowded ? [...new Set([...fellows.slice(-ROOTS_MAX - 1), span])] : fellows;
    const roots = seen.filter((one) => parentOf(one, held) === undefined);
    const others = roots.filter((one, at) => !roots.slice(0, at).some((root) => isSame(root, one)));
    for (const one of isCrowded ? [span] : fellows)
      say(one, 'single_root', roots.includes(one) ? passIf(others.length === 1) : undefined);
  }

  function say(
    span: Read,
    check: string,
    verdict: Verdict,
    credited: { readonly service?: string; readonly operation?: string; readonly about?: string } = {},
  ): void {
    if (!span.isOwner) return;
    const { service = span.service, operation = span.operation, about } = credited;
    const row = JSON.stringify({ service, operation, check, window: span.window, slot: span.slot });
    change(span, about === undefined ? check : `${check} ${about}`, row, verdict);
  }

  function change(span: Read, question: string, row: string, verdict: Verdict): void {
    const said = span.said.get(question) ?? { row, verdict: undefined };
    if (said.verdict === verdict && (verdict === undefined || said.row === row)) return;
    const isSameRow = said.row === row || verdict === undefined;
    if (said.verdict !== undefined && (!isSameRow || verdict === undefined)) count(said.row, 3);
    if (said.verdict === 'passed') count(said.row, 4);
    if (said.verdict === 'exempt') count(said.row, 5);
    if (verdict !== undefined && (said.verdict === undefined || !isSameRow)) count(row, 0);
    if (verdict === 'passed') count(row, 1);
    if (verdict === 'exempt') count(row, 2);
    span.said.set(question, { row: verdict === undefined ? said.row : row, verdict });
  }

  function count(row: string, counter: number): void {
    if (!rows.has(row)) rows.set(row, [0, 0, 0, 0, 0, 0]);
    rows.get(row)![counter]! += 1;
  }
}

function passIf(isPass: boolean): Verdict {
  return isPass ? 'passed' : 'failed';
}

function startUs({ startNs }: PlainSpan): number {
  return Number(startNs / 1000n);
}

function skewOf(child: Read, parent: Read, isForeign: boolean): Verdict {
  if (!isForeign && ![SERVER, CONSUMER].includes(child.kind)) return undefined;
  const tooEarly = startUs(child) < startUs(parent) - TOLERANCE_US;
  const durationUs = Number((endOf(parent) - parent.startNs) / 1000n);
  const awaited = child.kind === SERVER && parent.kind === CLIENT;
  return passIf(!tooEarly && !(awaited && startUs(child) - startUs(parent) > durationUs + TOLERANCE_US));
}

function orderOf(child: Read, parent: Read, isForeign: boolean): Verdict {
  if (isForeign || [SERVER, CONSUMER].includes(child.kind)) return undefined;
  return passIf(startUs(child) >= startUs(parent) - 1000);
}

function fitOf(child: Read, parent: Read, isForeign: boolean): Verdict {
  if (isForeign && parent.kind === PRODUCER) return passIf(child.kind === CONSUMER);
  if (child.kind !== SERVER) return undefined;
  if (parent.kind === CLIENT) return 'passed';
  return isForeign && [0, INTERNAL, SERVER].includes(parent.kind) ? undefined : 'failed';
}

function isTwin(a: Read, b: Read): boolean {
  if (a.traceId !== b.traceId || a.traceId === 0 || a.spanId !== b.spanId || a.spanId === 0) return false;
  return ![a.kind, b.kind].includes(CLIENT) || ![a.kind, b.kind].includes(SERVER);
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

/** An end that is not after the start is a nanosecond after it. */
function endOf({ startNs, endNs }: PlainSpan): bigint {
  return endNs <= startNs ? startNs + 1n : endNs;
}

function timesOf(span: PlainSpan, recordMs: number, options: OracleOptions): Pick<Read, 'window' | 'isLate'> {
  const endMs = Number(endOf(span) / 1000n) / 1000;
  const isLate = endMs < recordMs - options.lateMsMax;
  const isSkewed = endMs > recordMs + options.aheadMsMax;
  const ms = isLate || isSkewed ? recordMs : endMs;
  return { window: Math.floor(ms / options.windowMs) * options.windowMs, isLate };
}

function isSame(a: PlainSpan, b: PlainSpan): boolean {
  const content = ({ traceId, spanId, parentId, kind, service, operation }: PlainSpan): string =>
    JSON.stringify([traceId, spanId, parentId, kind, service, operation]);
  return content(a) === content(b);
}
