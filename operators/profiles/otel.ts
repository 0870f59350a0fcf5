/**
 * The counting rules of OpenTelemetry's service graph connector, on every trace that is whole within the neighbourhood. A CLIENT or PRODUCER span
 * and a SERVER or CONSUMER span that gives its id for its parent's meet in one open edge per id: the second kind to come completes it, another
 * of the first takes its place. What stays open is what the connector would let expire: a client without an answer calls the peer
 * it names, a server without a parent is called by UNKNOWN_CALLER; both are taken back where the edge does not stay open.
 *
 * Source: opentelemetry-collector-contrib, connector/servicegraphconnector, as of commit ea186db84c69, which does not yet join consumers by
 * links; with its default attributes.
 */
import {
  CLIENT,
  CONSUMER,
  PRODUCER,
  SERVER,
  STATUS_ERROR,
  type SpanBatch,
} from '../../src/spans/span-batch.ts';
import type { Dictionary } from '../../src/spans/dictionary.ts';
import { LINK_WORDS } from '../../src/spans/span-links.ts';
import { MISSING_SERVICE_NAME } from '../../src/spans/sanitize.ts';
import { type Call, callOf } from '../call.ts';
import type { Edge, EdgeLedger, Entry, Name } from '../edge-ledger.ts';
import { DATABASE, DIRECT, EXTERNAL, MESSAGING } from '../edge-labels.ts';
import { LinkRing } from '../link-ring.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { OCCURRENCES_MAX } from '../common-ids.ts';
import { PARENT, SPAN } from '../span-hash.ts';
import { NONE, type Place, type SpanRing } from '../span-ring.ts';
import { type Profile, type ProfileContext, UNKNOWN_CALLER } from './profile.ts';

const DATABASE_NAME = 'db.name';
const PEERS = ['peer.service', DATABASE_NAME, 'db.system'];
const UNKNOWN_PEER = 'unknown';

export const otel: Profile = {
  attributes: PEERS,
  open(_options, context) {
    const rules = new OtelRules(context);
    return (newest, batch, row) => rules.settle(newest, batch, row);
  },
};

/** The client names a database; the edge had failed before this side came. */
const HAS_DATABASE = 1;
const HAD_FAILED = 2;

/** An edge that waits for its other side. */
interface Open {
  readonly side: Place;
  /** Whether this side, or one whose place it took, has failed. */
  readonly isFailed: boolean;
}

class OtelRules {
  readonly #neighbourhood: Neighbourhood;
  readonly #spans: SpanRing;
  readonly #ledger: EdgeLedger;
  readonly #unknownCaller: Name;
  readonly #unknownPeer: Name;
  readonly #columns: ReadonlyMap<string, number>;
  /** Per place: where the edge of a side that stays open is counted, and its flags. */
  readonly #entries: Int32Array;
  readonly #flags: Uint8Array;
  /** The servers without a parent, by trace: their edges have one id, which is zero. */
  readonly #roots: LinkRing;
  readonly #ids = new Int32Array(LINK_WORDS);

  constructor({ neighbourhood, keys, ledger }: ProfileContext) {
    const { capacity } = neighbourhood.spans;
    this.#neighbourhood = neighbourhood;
    this.#spans = neighbourhood.spans;
    this.#ledger = ledger;
    this.#unknownCaller = ledger.name(UNKNOWN_CALLER);
    this.#unknownPeer = ledger.name(UNKNOWN_PEER);
    this.#columns = new Map(PEERS.map((key) => [key, keys.indexOf(key)]));
    this.#entries = new Int32Array(capacity);
    this.#flags = new Uint8Array(capacity);
    this.#roots = new LinkRing(neighbourhood);
  }

  settle(newest: Place, batch: SpanBatch, row: number): void {
    this.#entries[newest] = 0;
    this.#flags[newest] = 0;
    if (this.#isServer(newest) && !this.#spans.hasId(newest, PARENT)) this.#root(newest);
    else if (this.#spans.isRepeat(newest)) return;
    else if (this.#isClient(newest)) this.#client(newest, batch, row);
    else if (this.#isServer(newest)) this.#server(newest);
  }

  #client(newest: Place, batch: SpanBatch, row: number): void {
    const parent = this.#spans.service(newest);
    const database =
      this.#named(batch.dictionary, batch.resourceAttributes, row, DATABASE_NAME) ||
      this.#named(batch.dictionary, batch.spanAttributes, row, DATABASE_NAME);
    if (database !== 0) this.#flags[newest] = HAS_DATABASE;
    this.#spans.copyIds(newest, SPAN, this.#ids);
    const open = this.#openBefore(newest);
    const isFailed = open?.isFailed === true;
    if (open !== undefined && this.#isClient(open.side)) this.#takeBack(open.side);
    if (database !== 0) {
      const call = failed(callOf(this.#spans, newest, NONE), isFailed);
      this.#count(newest, { parent, child: database, type: DATABASE }, call);
    } else if (open !== undefined && this.#isServer(open.side)) {
      this.#pair(newest, open.side, newest, isFailed);
    } else {
      const peers = PEERS.map((key) => this.#named(batch.dictionary, batch.spanAttributes, row, key));
      const child = peers.find((name) => name !== 0) ?? this.#unknownPeer;
      this.#leaveOpen(newest, { parent, child, type: EXTERNAL }, isFailed);
    }
  }

  #server(newest: Place): void {
    this.#spans.copyIds(newest, PARENT, this.#ids);
    const open = this.#openBefore(newest);
    if (open === undefined || !this.#isClient(open.side)) return;
    this.#takeBack(open.side);
    this.#pair(open.side, newest, newest, open.isFailed);
  }

  #root(newest: Place): void {
    this.#spans.copyIds(newest, PARENT, this.#ids);
    const before = this.#roots
      .naming(this.#ids, this.#spans.tenant(newest), OCCURRENCES_MAX)
      .map((root) => this.#roots.ownerOf(root));
    // All are remembered, repeats too: which ones are may not depend on what was read before the neighbourhood.
    this.#roots.add(this.#ids, 0);
    if (this.#spans.isRepeat(newest)) return;
    for (const root of before) this.#takeBack(root);
    const edge = { parent: this.#unknownCaller, child: this.#spans.service(newest), type: EXTERNAL };
    this.#leaveOpen(
      newest,
      edge,
      before.some((one) => this.#spans.status(one) === STATUS_ERROR),
    );
  }

  /** The edge with the id in `#ids` as the newest span finds it: what the spans read before made of it. */
  #openBefore(newest: Place): Open | undefined {
    const spans = this.#spans;
    const tenant = spans.tenant(newest);
    const clients = this.#neighbourhood.relatives.find(SPAN, this.#ids, 0, tenant);
    // So many clients that none is found at all, not even itself.
    if (this.#isClient(newest) && clients.length === 0) return undefined;
    // Of servers that follow each other the newest decides: the oldest of very many do not matter.
    const servers = this.#neighbourhood.relatives.find(PARENT, this.#ids, 0, tenant, OCCURRENCES_MAX);
    const sides = [
      ...clients.filter((one) => this.#isClient(one)),
      ...servers.filter((one) => this.#isServer(one)),
    ]
      .filter((one) => one !== newest)
      .sort((a, b) => spans.age(b) - spans.age(a));
    let open: Open | undefined;
    for (const [at, side] of sides.entries()) {
      if (sides.slice(0, at).some((earlier) => spans.isSameSpan(earlier, side))) continue;
      const isCompleted =
        (this.#flags[side]! & HAS_DATABASE) !== 0 ||
        (open !== undefined && this.#isClient(open.side) !== this.#isClient(side));
      const isFailed = spans.status(side) === STATUS_ERROR || open?.isFailed === true;
      open = isCompleted ? undefined : { side, isFailed };
    }
    return open;
  }

  /** Counts a completed edge. The side that came last says which kind it is. */
  #pair(client: Place, server: Place, last: Place, isFailed: boolean): void {
    const kind = this.#spans.kind(last);
    const edge = {
      parent: this.#spans.service(client),
      child: this.#spans.service(server),
      type: kind === PRODUCER || kind === CONSUMER ? MESSAGING : DIRECT,
    };
    this.#count(server, edge, failed(callOf(this.#spans, client, server), isFailed));
  }

  #count(owner: Place, edge: Edge, call: Call): Entry {
    return this.#spans.isOwner(owner) ? this.#ledger.count(owner, edge, call) : 0;
  }

  /** Counts an edge of which one side is known, for as long as it stays open. */
  #leaveOpen(side: Place, edge: Edge, hadFailed: boolean): void {
    if (hadFailed) this.#flags[side] = HAD_FAILED;
    this.#entries[side] = this.#count(side, edge, this.#openCall(side));
  }

  #takeBack(side: Place): void {
    const entry = this.#entries[side]!;
    this.#entries[side] = 0;
    if (entry !== 0) this.#ledger.takeBack(side, entry, this.#openCall(side));
  }

  #openCall(side: Place): Call {
    const isClient = this.#isClient(side);
    const call = callOf(this.#spans, isClient ? side : NONE, isClient ? NONE : side);
    return failed(call, (this.#flags[side]! & HAD_FAILED) !== 0);
  }

  #isClient(span: Place): boolean {
    const kind = this.#spans.kind(span);
    return (
      (kind === CLIENT || kind === PRODUCER) &&
      this.#ledger.text(this.#spans.service(span)) !== MISSING_SERVICE_NAME
    );
  }

  #isServer(span: Place): boolean {
    const kind = this.#spans.kind(span);
    return (
      (kind === SERVER || kind === CONSUMER) &&
      this.#ledger.text(this.#spans.service(span)) !== MISSING_SERVICE_NAME
    );
  }

  /** Whom an attribute names, or 0. An empty value names nobody. */
  #named(dictionary: Dictionary, columns: readonly Int32Array[], row: number, key: string): Name {
    const id = columns[this.#columns.get(key)!]![row]!;
    return id === 0 || dictionary.text(id) === '' ? 0 : id;
  }
}

/** A call that failed on neither side of its own, where the edge had failed before, is the server's error. */
function failed(call: Call, isFailed: boolean): Call {
  return isFailed && !call.isClientError ? { ...call, isServerError: true } : call;
}
