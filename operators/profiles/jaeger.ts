/**
 * The counting rules of Jaeger's nightly job, on every trace that is whole within the neighbourhood. Each reference of a span (its parent, and
 * every link, whose trace id does not matter) is a call from the span that has the id in the span's own trace. Where several have it, from a
 * SERVER span among them; of such spans only CLIENT spans have callers. Spans of both sides that share an id are one more call. A span
 * that refers to others, and none to it, calls the peer it names.
 *
 * Source: jaegertracing/spark-dependencies v0.7.2 as of commit cd35e51, SpansToDependencyLinks. There any tag of value `client` makes a
 * span one of the client's, here its kind alone.
 */
import { CLIENT, CONSUMER, PRODUCER, SERVER, type SpanBatch } from '../../src/spans/span-batch.ts';
import { LINK_WORDS } from '../../src/spans/span-links.ts';
import { callOf } from '../call.ts';
import { firstReached } from '../columns.ts';
import type { EdgeLedger, Entry } from '../edge-ledger.ts';
import { DIRECT, EXTERNAL, MESSAGING } from '../edge-labels.ts';
import { LinkRing } from '../link-ring.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { PARENT, SPAN } from '../span-hash.ts';
import { NONE, type Place, type SpanRing } from '../span-ring.ts';
import type { Profile, ProfileContext } from './profile.ts';

const PEER = 'peer.service';

export const jaeger: Profile = {
  attributes: [PEER],
  open(_options, context) {
    const rules = new JaegerRules(context);
    return (newest, batch, row) => rules.settle(newest, batch, row);
  },
};

const NO_CALLER = -(2 ** 31);

/** Per reference: where its call is counted, 0 where it is not; and how much older than the span its caller is, or NO_CALLER. */
interface Calls {
  readonly entries: Int32Array;
  readonly callerAges: Int32Array;
}

class JaegerRules {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #ledger: EdgeLedger;
  readonly #peerColumn: number;
  /** Of the references to parents, by place. Those of links are in the ring. */
  readonly #calls: Calls;
  /** Per place: where the peer it names is counted. */
  readonly #peerEntries: Int32Array;
  readonly #links: LinkRing;
  readonly #ids = new Int32Array(LINK_WORDS);

  constructor({ neighbourhood, keys, ledger }: ProfileContext) {
    const { capacity } = neighbourhood.spans;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#ledger = ledger;
    this.#peerColumn = keys.indexOf(PEER);
    this.#calls = { entries: new Int32Array(capacity), callerAges: new Int32Array(capacity) };
    this.#peerEntries = new Int32Array(capacity);
    this.#links = new LinkRing(neighbourhood);
  }

  settle(newest: Place, batch: SpanBatch, row: number): void {
    const spans = this.#spans;
    this.#calls.entries[newest] = 0;
    this.#calls.callerAges[newest] = NO_CALLER;
    this.#peerEntries[newest] = 0;
    // Those of repeats too: which links are remembered may not depend on what was read before the neighbourhood.
    this.#readLinks(newest, batch, row);
    const sharing = this.#withId(newest, SPAN);
    if (spans.isRepeat(newest) || sharing.length === 0) return;
    const referring = this.#referringTo(newest);
    this.#share(newest, sharing);
    for (const span of new Set([...sharing, ...referring])) this.#update(span);
    for (const ids of this.#references(newest))
      for (const parent of this.#named(ids, spans.tenant(newest))) this.#takeBackPeer(parent);
    if (referring.length === 0) this.#namePeer(newest, batch, row);
  }

  /** Links as references: within the span's own trace, and none to its parent. */
  #readLinks(newest: Place, { links }: SpanBatch, row: number): void {
    const ids = this.#ids;
    const first = firstReached(0, links.length, (link) => links.from[link]! >= row);
    for (let link = first; link < links.length && links.from[link] === row; link++) {
      const at = link * LINK_WORDS;
      if (this.#spans.hasIds(newest, PARENT, links.ids, at)) continue;
      this.#spans.copyIds(newest, SPAN, ids);
      ids[SPAN] = links.ids[at + SPAN]!;
      ids[SPAN + 1] = links.ids[at + SPAN + 1]!;
      const index = this.#links.indexOf(this.#links.add(ids, 0));
      this.#links.entries[index] = 0;
      this.#links.callerAges[index] = NO_CALLER;
    }
  }

  /** Spans of both sides with one id are a call, as soon as both are there. */
  #share(newest: Place, sharing: readonly Place[]): void {
    let client = NONE;
    let server = NONE;
    for (const span of sharing) {
      const kind = this.#spans.kind(span);
      if (kind === CLIENT || kind === PRODUCER) client = span;
      else if (kind === SERVER || kind === CONSUMER) server = span;
      if (client === NONE || server === NONE) continue;
      if (span === newest && this.#spans.isOwner(server)) this.#count(server, client);
      return;
    }
  }

  /** Brings the calls of a span's references up to date. */
  #update(span: Place): void {
    if (!this.#spans.isOwner(span)) return;
    const isSkipped = this.#isSkipped(span);
    if (isSkipped) this.#takeBackPeer(span);
    if (this.#spans.hasId(span, PARENT)) {
      this.#spans.copyIds(span, PARENT, this.#ids);
      this.#move(this.#calls, span, span, isSkipped ? NONE : this.#callerOf(span));
    }
    for (const link of this.#links.of(span)) {
      this.#links.copyIds(link, this.#ids);
      this.#move(this.#links, this.#links.indexOf(link), span, isSkipped ? NONE : this.#callerOf(span));
    }
  }

  /** Notes that the reference at `at` leads to another caller, or to none. */
  #move({ entries, callerAges }: Calls, at: number, owner: Place, caller: Place): void {
    const spans = this.#spans;
    const callerAge = caller === NONE ? NO_CALLER : spans.age(caller) - spans.age(owner);
    const knownAge = callerAges[at]!;
    if (knownAge === callerAge) return;
    if (knownAge !== NO_CALLER) {
      const age = spans.age(owner) + knownAge;
      // A caller that has left can no longer be taken back: what it said stands.
      if (age < 0 || age >= this.#neighbourhood.held) return;
      this.#ledger.takeBack(owner, entries[at]!, callOf(spans, spans.placeAt(age), owner));
    }
    callerAges[at] = callerAge;
    entries[at] = caller === NONE ? 0 : this.#count(owner, caller);
  }

  /** Whom a reference of a span to `#ids` leads to. */
  #callerOf(span: Place): Place {
    const named = this.#named(this.#ids, this.#spans.tenant(span));
    if (named.length < 2) return named[0] ?? NONE;
    return named.find((one) => this.#spans.kind(one) === SERVER) ?? NONE;
  }

  #count(owner: Place, caller: Place): Entry {
    const spans = this.#spans;
    const isMessaging = spans.kind(owner) === CONSUMER || spans.kind(caller) === PRODUCER;
    const edge = {
      parent: spans.service(caller),
      child: spans.service(owner),
      type: isMessaging ? MESSAGING : DIRECT,
    };
    return this.#ledger.count(owner, edge, callOf(spans, caller, owner));
  }

  #namePeer(newest: Place, { spanAttributes, dictionary }: SpanBatch, row: number): void {
    const id = spanAttributes[this.#peerColumn]![row]!;
    const isReferring = this.#references(newest).length > 0;
    if (id === 0 || !isReferring || !this.#spans.isOwner(newest) || this.#isSkipped(newest)) return;
    const edge = { parent: this.#spans.service(newest), child: id, type: EXTERNAL };
    if (dictionary.text(id) === '') return;
    this.#peerEntries[newest] = this.#ledger.count(newest, edge, callOf(this.#spans, newest, NONE));
  }

  #takeBackPeer(span: Place): void {
    const entry = this.#peerEntries[span]!;
    this.#peerEntries[span] = 0;
    if (entry !== 0) this.#ledger.takeBack(span, entry, callOf(this.#spans, span, NONE));
  }

  /** The link to a shared span's parent is its client half's. */
  #isSkipped(span: Place): boolean {
    return this.#spans.kind(span) !== CLIENT && this.#withId(span, SPAN).length > 1;
  }

  /** The spans that refer to one, itself if it does. */
  #referringTo(span: Place): readonly Place[] {
    const tenant = this.#spans.tenant(span);
    this.#spans.copyIds(span, SPAN, this.#ids);
    return [
      ...this.#neighbourhood.relatives.find(PARENT, this.#ids, 0, tenant),
      ...this.#links.naming(this.#ids, tenant).map((link) => this.#links.ownerOf(link)),
    ];
  }

  /** What a span refers to: six words each. */
  #references(span: Place): readonly Int32Array[] {
    const links = this.#links.of(span).map((link) => {
      const ids = new Int32Array(LINK_WORDS);
      this.#links.copyIds(link, ids);
      return ids;
    });
    if (!this.#spans.hasId(span, PARENT)) return links;
    const parent = new Int32Array(LINK_WORDS);
    this.#spans.copyIds(span, PARENT, parent);
    return [parent, ...links];
  }

  /** The spans whose id is the one in `field` of a span: see `#named`. */
  #withId(span: Place, field: number): readonly Place[] {
    const ids = new Int32Array(LINK_WORDS);
    this.#spans.copyIds(span, field, ids);
    return this.#named(ids, this.#spans.tenant(span));
  }

  /** The spans with a trace id and span id, each once, in the order they were read; none where they are too many. */
  #named(ids: Int32Array, tenant: number): readonly Place[] {
    const read = this.#neighbourhood.relatives.find(SPAN, ids, 0, tenant).toReversed();
    return read.filter((one, at) => !read.slice(0, at).some((other) => this.#spans.isSameSpan(one, other)));
  }
}
