/**
 * Weir's own rules. A span that is not INTERNAL has a caller, its first ancestor that is not INTERNAL, and a CONSUMER span every producer it
 * links to as well: an edge each, where that is another service. Owner: the child. A CLIENT span that names a peer is an edge to it until the
 * peer answers with a span of its own; owner: the CLIENT span.
 */
import { CLIENT, CONSUMER, PRODUCER, SERVER, type SpanBatch } from '../../src/spans/span-batch.ts';
import { CallReader } from '../call.ts';
import { Callers } from '../callers.ts';
import type { EdgeLedger, Entry, Name } from '../edge-ledger.ts';
import type { Link } from '../link-ring.ts';
import { DIRECT, EXTERNAL, MESSAGING } from '../edge-labels.ts';
import { LinkedProducers } from '../linked-producers.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { PEER_ATTRIBUTES, PeerReader } from '../peers.ts';
import { NONE, type Place, type SpanRing } from '../span-ring.ts';
import { type Profile, type ProfileContext, type ProfileOptions, UNKNOWN_CALLER } from './profile.ts';

export const weir: Profile = {
  attributes: PEER_ATTRIBUTES,
  open(options, context) {
    const rules = new WeirRules(options, context);
    return (newest, batch, row) => rules.settle(newest, batch, row);
  },
};

const NO_CALLER = -(2 ** 31);

/** Of a place: where the span's edge is counted, 0 where it has none; how much older than the span its caller is, or NO_CALLER. */
const ENTRY = 0;
const CALLER_AGE = 1;
/** Where the peer the span names is counted, 0 where it names none or the peer has answered. */
const PEER_ENTRY = 2;
const NOTES = 3;

class WeirRules {
  readonly #options: ProfileOptions;
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #ledger: EdgeLedger;
  readonly #peers: PeerReader;
  readonly #callers: Callers;
  readonly #unknownCaller: Name;
  readonly #links: LinkedProducers;
  readonly #calls: CallReader;
  /** NOTES numbers a place, side by side: whoever needs one needs the others. */
  readonly #notes: Int32Array;

  constructor(options: ProfileOptions, { neighbourhood, keys, ledger }: ProfileContext) {
    this.#options = options;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#ledger = ledger;
    this.#peers = new PeerReader(keys);
    this.#callers = new Callers(neighbourhood);
    this.#unknownCaller = ledger.name(UNKNOWN_CALLER);
    this.#links = new LinkedProducers(neighbourhood);
    this.#calls = new CallReader(neighbourhood.spans);
    this.#notes = new Int32Array(neighbourhood.spans.capacity * NOTES);
  }

  settle(newest: Place, batch: SpanBatch, row: number): void {
    this.#notes[newest * NOTES + ENTRY] = 0;
    this.#notes[newest * NOTES + CALLER_AGE] = NO_CALLER;
    this.#notes[newest * NOTES + PEER_ENTRY] = 0;
    if (this.#spans.isOwner(newest)) this.#arrive(newest, batch, row);
    this.#callers.complete(newest, this);
    this.#links.settle(newest, batch, row, this);
  }

  /** Facts that need no other span. */
  #arrive(span: Place, batch: SpanBatch, row: number): void {
    const kind = this.#spans.kind(span);
    if (kind === CLIENT) this.#namePeer(span, batch, row);
    if (this.#options.hasBrokers && (kind === PRODUCER || kind === CONSUMER))
      this.#nameBroker(span, batch, row);
    if (this.#options.hasUnknownCallers && kind === SERVER && this.#neighbourhood.relatives.isRoot(span)) {
      const edge = { parent: this.#unknownCaller, child: this.#spans.service(span), type: EXTERNAL };
      this.#notes[span * NOTES + ENTRY] = this.#ledger.count(span, edge, this.#calls.read(NONE, span));
    }
  }

  #namePeer(client: Place, batch: SpanBatch, row: number): void {
    const parent = this.#spans.service(client);
    const child = this.#peers.peerOf(batch, row);
    if (child === 0 || child === parent) return;
    const edge = { parent, child, type: this.#peers.type };
    this.#notes[client * NOTES + PEER_ENTRY] = this.#ledger.count(
      client,
      edge,
      this.#calls.read(client, NONE),
    );
  }

  #nameBroker(span: Place, batch: SpanBatch, row: number): void {
    const service = this.#spans.service(span);
    const broker = this.#peers.brokerOf(batch, row);
    if (broker === 0) return;
    const type = MESSAGING;
    if (this.#spans.kind(span) === PRODUCER)
      this.#ledger.count(span, { parent: service, child: broker, type }, this.#calls.read(span, NONE));
    else this.#ledger.count(span, { parent: broker, child: service, type }, this.#calls.read(NONE, span));
  }

  /** A call from `caller` to `owner` is known now: counts it, and takes back what was said of the owner before. */
  connect(owner: Place, caller: Place): void {
    const spans = this.#spans;
    this.#answer(caller, owner);
    if (!spans.isOwner(owner)) return;
    const callerAge = spans.age(caller) - spans.age(owner);
    const knownAge = this.#notes[owner * NOTES + CALLER_AGE]!;
    if (knownAge === callerAge) return;
    const known = knownAge === NO_CALLER ? NONE : this.#placeOf(owner, knownAge);
    // A caller that has left can no longer be taken back: what it said stands.
    if (known === NONE && knownAge !== NO_CALLER) return;
    if (!this.#isLinked(owner, knownAge)) this.#takeBack(owner, known);
    this.#notes[owner * NOTES + CALLER_AGE] = callerAge;
    this.#notes[owner * NOTES + ENTRY] = this.#isLinked(owner, callerAge) ? 0 : this.#count(owner, caller);
  }

  /** A CONSUMER span has a link: see LinkVisitor. */
  read(link: Link): void {
    const { ring } = this.#links;
    ring.callerAges[ring.indexOf(link)] = NO_CALLER;
    const owner = ring.ownerOf(link);
    if (this.#spans.isOwner(owner)) this.#ledger.observe(owner, 'link');
  }

  /** It leads to a producer: one more caller, unless the owner's parent led there too. */
  found(link: Link, owner: Place, producer: Place): void {
    const spans = this.#spans;
    const { ring } = this.#links;
    const at = ring.indexOf(link);
    this.#answer(producer, owner);
    if (!spans.ownsLinks(owner) || ring.callerAges[at] !== NO_CALLER) return;
    const callerAge = spans.age(producer) - spans.age(owner);
    ring.callerAges[at] = callerAge;
    this.#ledger.observe(owner, 'joined_link');
    if (this.#notes[owner * NOTES + CALLER_AGE] !== callerAge) this.#count(owner, producer);
  }

  /** Whether a link of the owner leads to the span so much older. */
  #isLinked(owner: Place, callerAge: number): boolean {
    if (callerAge === NO_CALLER || this.#spans.kind(owner) !== CONSUMER || this.#links.ring.isEmpty)
      return false;
    const { ring } = this.#links;
    return ring.of(owner).some((link) => ring.callerAges[ring.indexOf(link)] === callerAge);
  }

  /** A span of another service was called: the edge to the name of a peer is no longer needed. */
  #answer(client: Place, callee: Place): void {
    const spans = this.#spans;
    const entry = this.#notes[client * NOTES + PEER_ENTRY]!;
    if (entry === 0 || spans.service(client) === spans.service(callee)) return;
    this.#notes[client * NOTES + PEER_ENTRY] = 0;
    this.#ledger.takeBack(client, entry, this.#calls.read(client, NONE));
  }

  #count(owner: Place, caller: Place): Entry {
    const spans = this.#spans;
    if (!this.#options.hasSelfEdges && spans.service(owner) === spans.service(caller)) return 0;
    const isMessaging = spans.kind(owner) === CONSUMER || spans.kind(caller) === PRODUCER;
    const edge = {
      parent: spans.service(caller),
      child: spans.service(owner),
      type: isMessaging ? MESSAGING : DIRECT,
    };
    return this.#ledger.count(owner, edge, this.#calls.read(caller, owner));
  }

  #takeBack(owner: Place, caller: Place): void {
    const entry = this.#notes[owner * NOTES + ENTRY]!;
    this.#notes[owner * NOTES + ENTRY] = 0;
    if (entry !== 0) this.#ledger.takeBack(owner, entry, this.#calls.read(caller, owner));
  }

  /** The span so much older than its callee, or NONE where it has left. */
  #placeOf(callee: Place, callerAge: number): Place {
    const age = this.#spans.age(callee) + callerAge;
    return age < 0 || age >= this.#neighbourhood.held ? NONE : this.#spans.placeAt(age);
  }
}
