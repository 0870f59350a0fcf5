/**
 * Trace quality: what checks say of every span, counted per service, operation and window. Fact: a check's verdict on a span, settled when
 * the span is read, or when a relative is that changes it. Owner: the span judged, in its window, whichever service it is credited to.
 */
import { CLIENT, ID_WORDS, SERVER, type SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Fold, FoldContext, Operator } from './operator.ts';
import { type Check, FAILED, NOT_JUDGED, PEER } from './quality-check.ts';
import { CLIENT_ATTRIBUTES } from './quality-client.ts';
import { ClientReader } from './quality-client-reader.ts';
import { Clients } from './quality-clients.ts';
import { exampleHash } from './quality-examples.ts';
import { FactColumns } from './quality-fact-columns.ts';
import { Facts } from './quality-facts.ts';
import { Ledger, NO_ROW } from './quality-ledger.ts';
import { Openings, UNKNOWN } from './quality-openings.ts';
import { Pairs } from './quality-pairs.ts';
import { IS_EXAMPLE, Panel, type Question } from './quality-panel.ts';
import { ROOTS_MAX, Roots } from './quality-roots.ts';
import type { QualityLimits } from './quality-slot.ts';
import type { Rows } from './rows.ts';
import { PARENT, SPAN } from './span-hash.ts';
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

class QualityFold implements Fold {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #pairs = new Pairs();
  readonly #panel: Panel;
  readonly #ledger: Ledger;
  readonly #reader: ClientReader;
  readonly #clients: Clients;
  readonly #facts: FactColumns;
  readonly #openings: Openings;
  readonly #windowMs: number;
  /** The column of PEER; -1 where nobody asked for it. */
  readonly #peer: number;
  readonly #roots: Roots;
  /** Per row of the batch: see exampleHash. */
  #hashes = new Uint32Array(1024);

  constructor(checks: readonly Check[], options: QualityOptions, context: FoldContext, seed: number) {
    const { neighbourhood, keys, windowMs } = context;
    const { spans } = neighbourhood;
    const { limits } = options;
    const column = (key: string): number => keys.indexOf(key);
    const facts = new Facts(column);
    const judges = checks.map((check) => check.open({ ...options, facts, pairs: this.#pairs }));
    this.#neighbourhood = neighbourhood;
    this.#spans = spans;
    this.#panel = new Panel(checks, judges, this.#pairs);
    this.#ledger = new Ledger(this.#panel, context, limits, seed);
    this.#reader = new ClientReader(column, facts, seed);
    this.#clients = new Clients(spans, limits.rowsPerTenantMax, this.#reader, seed);
    this.#peer = column(PEER);
    this.#facts = new FactColumns(facts, this.#reader, this.#peer);
    this.#openings = new Openings(this.#panel, this.#facts, this.#peer, seed);
    this.#windowMs = windowMs;
    this.#roots = new Roots(neighbourhood);
  }

  get rowsHeld(): number {
    return this.#ledger.rowsHeld + this.#clients.rowsHeld;
  }

  add(batch: SpanBatch): void {
    // Verdicts were settled span by span: what the spans tell alone is counted in one go.
    this.#openings.count(batch);
    this.#clients.add(batch, this.#hashes);
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
    if (row === 0) this.#enter(batch);
    if (spans.isOwner(newest)) this.#arrive(newest, batch, row);
    else this.#ledger.begin(newest);
    const mayHaveRoots = this.#roots.add(newest);
    // Of two equal spans the older one is a relative: a repeat settles nothing.
    if (!spans.isRepeat(newest)) {
      this.#meetTwins(newest, batch, row);
      const parent = this.#neighbourhood.relatives.parentOf(newest);
      if (parent !== NONE) this.#meetParent(newest, parent, batch);
      for (const child of this.#neighbourhood.relatives.childrenOf(newest))
        this.#meetParent(child, newest, batch);
      if (mayHaveRoots) this.#meetRoots(newest, this.#roots.beside(newest));
      else if (this.#roots.isOne(newest)) this.#meetOnlyRoot(newest);
    }
    // The next span comes in place of the oldest one, and takes its ids away.
    const next = newest + 1 === spans.capacity ? 0 : newest + 1;
    this.#ledger.leave(next);
  }

  /** What all spans of the batch tell alone is found before the first of them is settled. */
  #enter(batch: SpanBatch): void {
    const slot = this.#ledger.enter(batch.slot);
    this.#hashes = grown(this.#hashes, batch.length);
    for (let row = batch.firstOwner; row < batch.length; row++)
      this.#hashes[row] = exampleHash(batch.ids, row * ID_WORDS);
    this.#reader.read(batch);
    this.#facts.read(batch);
    this.#openings.enter(batch, slot, this.#hashes);
  }

  /** What the span tells alone. */
  #arrive(place: Place, batch: SpanBatch, row: number): void {
    const openings = this.#openings;
    if (openings.peers[row] === UNKNOWN) openings.open(batch, row, this.#hashes[row]!);
    let word = openings.words[row]!;
    if ((word & IS_EXAMPLE) !== 0 && !openings.offer(row, place, this.#hashes[row]!)) word &= ~IS_EXAMPLE;
    this.#ledger.open(place, word, openings.rows[row]!, openings.peers[row]!);
  }

  #meetParent(child: Place, parent: Place, batch: SpanBatch): void {
    const spans = this.#spans;
    const ledger = this.#ledger;
    const isForeign = spans.service(child) !== spans.service(parent);
    if (spans.isOwner(child)) {
      const word = this.#panel.withParentSaid(ledger.word(child), this.#pairs.lineOf(spans, child, parent));
      const isCredited = (word & this.#panel.bits.parent) !== 0;
      ledger.sayWord(child, word, isCredited ? this.#rowOfOther(child, parent, batch) : undefined);
      if (isForeign && spans.kind(child) === SERVER) this.#answer(child);
    }
    if (isForeign && spans.kind(parent) === CLIENT && spans.isOwner(parent)) this.#answer(parent);
    // One that shares its id with its caller was a root as long as the caller was unknown.
    if (!spans.hasId(child, PARENT)) this.#meetRoots(child, this.#roots.beside(child));
  }

  /** The row of another span's service and operation, for verdicts on a span. */
  #rowOfOther(place: Place, other: Place, batch: SpanBatch): number {
    const spans = this.#spans;
    const ledger = this.#ledger;
    const window = spans.window(place);
    const own = ledger.ownRow(other);
    // Mostly the other's own.
    if (own !== NO_ROW && spans.window(other) === window && ledger.isSameSlot(place, other)) return own;
    const [service, operation] = [spans.service(other), spans.operation(other)];
    return this.#openings.rowOf(batch, spans.tenant(place), service, operation, window, ledger.slotOf(place));
  }

  /** A span of another service turned up where this one named a service. */
  #answer(place: Place): void {
    const word = this.#ledger.word(place);
    const answered = this.#panel.answered(word);
    if (answered !== word) this.#ledger.sayWord(place, answered);
  }

  /** The newest span meets those of its id. */
  #meetTwins(newest: Place, batch: SpanBatch, row: number): void {
    const spans = this.#spans;
    // Nearly all have none.
    if (!spans.isShared(newest)) return;
    const twins = this.#neighbourhood.relatives.find(SPAN, batch.ids, row * ID_WORDS, spans.tenant(newest));
    for (const question of this.#panel.clashes) {
      // So many that none is found at all.
      if (twins.length === 0) this.#fail(newest, question);
      for (const twin of twins) {
        if (twin === newest || !this.#panel.clash(question, this.#pairs.lineOf(spans, newest, twin)))
          continue;
        this.#fail(newest, question);
        this.#fail(twin, question);
      }
    }
  }

  #fail(place: Place, question: Question): void {
    if (this.#spans.isOwner(place)) this.#ledger.say(place, question, FAILED);
  }

  /** The newest span is the only one of its trace that may be a root. */
  #meetOnlyRoot(newest: Place): void {
    if (!this.#spans.isOwner(newest)) return;
    const isRoot = this.#neighbourhood.relatives.isRoot(newest);
    for (const question of this.#panel.amongRoots)
      this.#ledger.say(newest, question, isRoot ? question.judge.amongRoots(0) : NOT_JUDGED);
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
}
