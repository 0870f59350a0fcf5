/**
 * Trace quality: what checks say of every span, counted per service, operation and window. Fact: a check's verdict on a span, settled when
 * the span is read, or when a relative is that changes it. Owner: the span judged, in its window, whichever service it is credited to.
 */
import { CLIENT, ID_WORDS, SERVER, type SpanBatch } from '../src/spans/span-batch.ts';
import { Chains } from './chains.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { type Check, EXEMPT, FAILED, NOT_JUDGED, type Pair } from './quality-check.ts';
import { CLIENT_ATTRIBUTES } from './quality-client.ts';
import { Clients } from './quality-clients.ts';
import { exampleHash } from './quality-examples.ts';
import { Ledger } from './quality-ledger.ts';
import { Panel, type Question } from './quality-panel.ts';
import type { QualityLimits } from './quality-slot.ts';
import { SpanView } from './quality-span.ts';
import type { Rows } from './rows.ts';
import { PARENT, SPAN, TRACE } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

export interface QualityOptions {
  readonly clockToleranceUs: number;
  readonly durationUsMax: number;
  /** Least versions that are current, by `language/sdk`. */
  readonly minimumVersions: Readonly<Record<string, string>>;
  readonly limits: QualityLimits;
}

/** Makes the operator of these checks. `seed` places hash keys and changes no result. */
export function quality(checks: readonly Check[], options: QualityOptions, seed: number): Operator {
  return {
    name: 'quality',
    attributes: [...new Set([...checks.flatMap(({ attributes }) => attributes), ...CLIENT_ATTRIBUTES])],
    isJoined: true,
    hasLinks: true,
    open: (context) => new QualityFold(checks, options, context, seed),
  };
}

/** Roots of one trace, repeats included, beyond which none is looked at again. */
const ROOTS_MAX = 16;

class QualityFold implements Fold {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #panel: Panel;
  readonly #ledger: Ledger;
  readonly #clients: Clients;
  readonly #windowMs: number;
  readonly #view = new SpanView();
  readonly #pair: { -readonly [field in keyof Pair]: Pair[field] };
  /** A row, and the settled checks' words. */
  readonly #key: Int32Array;
  /** Spans without a parent id, by their trace. */
  readonly #roots: Chains;
  readonly #ids = new Int32Array(SPAN + 2);
  #batch: SpanBatch | undefined;

  constructor(checks: readonly Check[], options: QualityOptions, context: FoldContext, seed: number) {
    const { neighbourhood, keys, windowMs } = context;
    const { spans } = neighbourhood;
    const column = (key: string): number => keys.indexOf(key);
    this.#neighbourhood = neighbourhood;
    this.#spans = spans;
    this.#panel = new Panel(checks, { ...options, column });
    this.#ledger = new Ledger(this.#panel, context, options.limits, seed);
    this.#clients = new Clients(spans, options.limits.rowsPerTenantMax, column, seed);
    this.#windowMs = windowMs;
    this.#pair = { spans, span: NONE, other: NONE };
    this.#key = new Int32Array(1 + this.#panel.words);
    this.#roots = new Chains(spans.capacity, spans.capacity / 8);
  }

  get rowsHeld(): number {
    return this.#ledger.rowsHeld + this.#clients.rowsHeld;
  }

  add(): void {
    // Everything was settled span by span.
  }

  take(): readonly Rows[] {
    const rows = [...this.#ledger.take(), this.#clients.take(this.#windowMs)];
    return rows.filter(({ length }) => length > 0);
  }

  forgetIncrements(): void {
    this.#ledger.forgetIncrements();
  }

  settle(newest: Place, batch: SpanBatch, row: number): void {
    const spans = this.#spans;
    this.#batch = batch;
    if (row === 0) this.#ledger.enter(batch.slot, batch.dictionary);
    this.#ledger.begin(newest, 0);
    const mayHaveRoots = this.#addRoot(newest);
    // Of two equal spans the older one is a relative: a repeat settles nothing.
    if (!spans.isRepeat(newest)) {
      if (spans.isOwner(newest)) this.#arrive(newest, batch, row);
      this.#meetTwins(newest, batch, row);
      const parent = this.#neighbourhood.relatives.parentOf(newest);
      if (parent !== NONE) this.#meetParent(newest, parent);
      for (const child of this.#neighbourhood.relatives.childrenOf(newest)) this.#meetParent(child, newest);
      if (namesNoParent(spans, newest))
        this.#meetRoots(newest, mayHaveRoots ? this.#rootsBeside(newest) : [newest]);
    }
    // The next span comes in place of the oldest one, and takes its ids away.
    const next = newest + 1 === spans.capacity ? 0 : newest + 1;
    this.#ledger.leave(next);
  }

  /** What the span tells alone. */
  #arrive(place: Place, batch: SpanBatch, row: number): void {
    const ledger = this.#ledger;
    const view = this.#view;
    view.move(batch, row);
    const key = this.#key;
    const own = ledger.rowOf(place, view.service, view.operation, batch.dictionary);
    ledger.begin(place, own);
    this.#panel.settle(view, key, 1);
    key[0] = own;
    const hash = exampleHash(this.#spans, place);
    ledger.count(place, key, hash);
    this.#clients.count(view, place, hash);
    for (const question of this.#panel.atFirst) ledger.say(place, question, question.judge.alone(view));
    for (const question of this.#panel.namedPeer) {
      const peer = question.judge.namedPeer(view);
      if (peer === 0) continue;
      const excused = view.isLate || view.isSampled;
      const credited = ledger.rowOf(place, peer, view.operation, batch.dictionary);
      ledger.say(place, question, excused ? EXEMPT : FAILED, credited);
    }
  }

  #meetParent(child: Place, parent: Place): void {
    const spans = this.#spans;
    const ledger = this.#ledger;
    const isForeign = spans.service(child) !== spans.service(parent);
    if (spans.isOwner(child)) {
      const pair = this.#pair;
      pair.span = child;
      pair.other = parent;
      for (const question of this.#panel.withParent) {
        if (ledger.verdict(child, question) === EXEMPT) continue;
        const verdict = question.judge.withParent(pair);
        const isCredited = question.credits === 'parent' && verdict !== NOT_JUDGED;
        ledger.say(child, question, verdict, isCredited ? this.#rowOfOther(child, parent) : undefined);
      }
      if (isForeign && spans.kind(child) === SERVER) this.#answer(child);
    }
    if (isForeign && spans.kind(parent) === CLIENT && spans.isOwner(parent)) this.#answer(parent);
    // One that shares its id with its caller was a root as long as the caller was unknown.
    if (!spans.hasId(child, PARENT)) this.#meetRoots(child, this.#rootsBeside(child));
  }

  /** The row of another span's service and operation, for verdicts on a span. */
  #rowOfOther(place: Place, other: Place): number {
    const spans = this.#spans;
    return this.#ledger.rowOf(place, spans.service(other), spans.operation(other), this.#batch!.dictionary);
  }

  /** A span of another service turned up where this one named a service. */
  #answer(place: Place): void {
    for (const question of this.#panel.namedPeer)
      if (this.#ledger.verdict(place, question) === FAILED) this.#ledger.say(place, question, EXEMPT);
  }

  /** The newest span meets those of its id. */
  #meetTwins(newest: Place, batch: SpanBatch, row: number): void {
    const spans = this.#spans;
    const pair = this.#pair;
    if (!spans.hasTraceId(newest) || !spans.hasId(newest, SPAN)) return;
    const twins = this.#neighbourhood.relatives.find(SPAN, batch.ids, row * ID_WORDS, spans.tenant(newest));
    if (twins.length === 1) return;
    pair.span = newest;
    for (const question of this.#panel.clashes) {
      // So many that none is found at all.
      if (twins.length === 0) this.#fail(newest, question);
      for (const twin of twins) {
        pair.other = twin;
        if (twin === newest || !question.judge.clashes(pair)) continue;
        this.#fail(newest, question);
        this.#fail(twin, question);
      }
    }
  }

  #fail(place: Place, question: Question): void {
    if (this.#spans.isOwner(place)) this.#ledger.say(place, question, FAILED);
  }

  /** Counts the roots of a trace again, among those it may have: the span turned out to be one, or to be none. */
  #meetRoots(place: Place, found: readonly Place[]): void {
    const spans = this.#spans;
    const roots = found.filter((one) => this.#neighbourhood.relatives.isRoot(one));
    // Repeats of a root are that root, whether or not it has left.
    const others = roots.filter((one, at) => !roots.slice(0, at).some((root) => spans.isSameSpan(root, one)));
    for (const one of found.length > ROOTS_MAX ? [place] : found) {
      if (!spans.isOwner(one)) continue;
      const isRoot = roots.includes(one);
      for (const question of this.#panel.amongRoots)
        this.#ledger.say(one, question, isRoot ? question.judge.amongRoots(others.length - 1) : NOT_JUDGED);
    }
  }

  /** Spans of its trace without a parent id, newest first: no more of them than are looked at. */
  #rootsBeside(place: Place): readonly Place[] {
    const spans = this.#spans;
    const { held } = this.#neighbourhood;
    const found: Place[] = [];
    for (
      let one = this.#roots.first(this.#traceHash(place));
      one >= 0 && spans.age(one) < held && found.length <= ROOTS_MAX;
      one = this.#roots.next()
    )
      if (spans.isSameId(one, TRACE, place, TRACE)) found.push(one);
    return found.length > ROOTS_MAX && !found.includes(place) ? [place, ...found] : found;
  }

  /** Indexes a span without a parent. Returns whether its trace may have others. */
  #addRoot(newest: Place): boolean {
    this.#roots.advance(newest);
    return namesNoParent(this.#spans, newest) && this.#roots.add(this.#traceHash(newest), newest);
  }

  #traceHash(place: Place): number {
    const ids = this.#ids;
    this.#spans.copyIds(place, SPAN, ids);
    ids[SPAN] = ids[SPAN + 1] = 0;
    return this.#neighbourhood.hashOf(ids, 0);
  }
}

/** Whether a span of a trace names no parent. */
function namesNoParent(spans: SpanRing, place: Place): boolean {
  return !spans.hasId(place, PARENT) && spans.hasTraceId(place);
}
