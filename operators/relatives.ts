/**
 * Who is whose parent, among the spans of a neighbourhood. Parents and children of the newest span are looked for once, whatever number of
 * operators ask.
 */
import { CLIENT, SERVER } from '../src/spans/span-batch.ts';
import type { Chains } from './chains.ts';
import { COMMON_FROM, type CommonIds, OCCURRENCES_MAX, rankOf } from './common-ids.ts';
import { ALL, OF_OWN_SERVICE, SHARED, claimBeside, isClaimed } from './claim.ts';
import { UNKNOWN } from './indexer.ts';
import { PARENT, SPAN, idHash } from './span-hash.ts';
import { NONE, type Place, type SpanRing } from './span-ring.ts';

export interface RelativesContext {
  readonly spans: SpanRing;
  readonly common: CommonIds;
  /** Spans by their own id and by their parent's, hashed under `keys`. */
  readonly byId: Chains;
  readonly byParent: Chains;
  readonly keys: Int32Array;
}

const NOBODY: readonly Place[] = [];

export class Relatives {
  readonly #spans: SpanRing;
  readonly #common: CommonIds;
  readonly #byId: Chains;
  readonly #byParent: Chains;
  readonly #keys: Int32Array;
  /** Spans in the neighbourhood of the newest one. */
  #held = 0;
  /** Of the newest span: hashes of its id and its parent's, and what was found for it. */
  #hash = 0;
  #parentHash = 0;
  #newestParent = UNKNOWN;
  /** Children while they are being found, newest first. */
  readonly #found: Place[] = [];
  #newestChildren: readonly Place[] | undefined;

  constructor({ spans, common, byId, byParent, keys }: RelativesContext) {
    this.#spans = spans;
    this.#common = common;
    this.#byId = byId;
    this.#byParent = byParent;
    this.#keys = keys;
  }

  /** A span was read: so many are held with it. `parent` and `mayHaveChildren` say what is known of it: see Indexer. */
  meet(held: number, hash: number, parentHash: number, parent: Place, mayHaveChildren: boolean): void {
    this.#held = held;
    this.#hash = hash;
    this.#parentHash = parentHash;
    this.#newestParent = parent;
    this.#newestChildren = mayHaveChildren ? undefined : NOBODY;
  }

  /**
   * The parent of a span, as far as the newest span's neighbourhood shows: for a SERVER span whose id a CLIENT span shares, that client
   * span; else, among the spans with its parent's id, one of its own service first, then a SERVER span, then the one read first. NONE
   * where there is none, where a span names itself, and where an id occurs more than OCCURRENCES_MAX times.
   */
  parentOf(child: Place): Place {
    if (child !== this.#spans.newest) return this.#findParent(child);
    if (this.#newestParent === UNKNOWN) this.#newestParent = this.#findParent(child);
    return this.#newestParent;
  }

  /** Whether a span names no parent and shares its id with no CLIENT span that called it. */
  isRoot(place: Place): boolean {
    return !this.#spans.hasId(place, PARENT) && this.parentOf(place) === NONE;
  }

  /** The spans whose parent this one is, in the order they were read. */
  childrenOf(parent: Place): readonly Place[] {
    if (parent !== this.#spans.newest)
      return this.#findChildren(parent, this.#spans.idHash(parent, SPAN, this.#keys));
    return (this.#newestChildren ??= this.#findChildren(parent, this.#hash));
  }

  /**
   * The spans of a tenant whose trace id and id in `field` (SPAN or PARENT) are the six words of `ids` from `at`, newest first, at most `max`.
   * A span id that occurs more than OCCURRENCES_MAX times finds none.
   */
  find(field: number, ids: Int32Array, at: number, tenant: number, max = this.#held): readonly Place[] {
    const found: Place[] = [];
    const chains = field === SPAN ? this.#byId : this.#byParent;
    const hash = idHash(ids, at, at + SPAN, this.#keys);
    for (let one = chains.first(hash); this.#isHeld(one) && found.length < max; one = chains.next()) {
      if (this.#spans.hasIds(one, field, ids, at) && this.#spans.tenant(one) === tenant) found.push(one);
      if (field === SPAN && found.length > OCCURRENCES_MAX) return [];
    }
    return found;
  }

  #findParent(child: Place): Place {
    const spans = this.#spans;
    if (spans.isShared(child)) {
      const client = spans.kind(child) === SERVER ? this.#clientOf(child) : NONE;
      if (client !== NONE) return client;
      if (spans.isSameId(child, PARENT, child, SPAN)) return NONE;
    }
    if (!spans.hasId(child, PARENT)) return NONE;
    const isNewest = child === spans.newest;
    return this.#best(child, PARENT, isNewest ? this.#parentHash : spans.idHash(child, PARENT, this.#keys));
  }

  /** The CLIENT span that shares the id of a SERVER span, or NONE. */
  #clientOf(server: Place): Place {
    return this.#best(server, SPAN, this.#spans.idHash(server, SPAN, this.#keys));
  }

  #findChildren(parent: Place, hash: number): readonly Place[] {
    const spans = this.#spans;
    if (spans.isShared(parent)) return this.#findChildrenBeside(parent, hash);
    const found = this.#found;
    let length = 0;
    for (let named = this.#byParent.first(hash); this.#isHeld(named); named = this.#byParent.next()) {
      if (named === parent || !spans.isSameId(named, PARENT, parent, SPAN) || this.#isAnswer(named)) continue;
      found[length++] = named;
    }
    // Most spans have none when they are read; and an array that grows takes three times what it needs.
    return length === 0 ? NOBODY : found.slice(0, length).reverse();
  }

  /** The children of a span that others have the id of. */
  #findChildrenBeside(parent: Place, hash: number): readonly Place[] {
    // Of an id that very many have, nearly nobody is named: no need to ask them all.
    if (this.#spans.kind(parent) !== CLIENT && !this.#isHeld(this.#byParent.first(hash))) return NOBODY;
    const children: Place[] = [];
    const claim = this.#claimOf(parent, hash, children);
    if ((claim & OF_OWN_SERVICE) !== 0)
      for (let named = this.#byParent.first(hash); this.#isHeld(named); named = this.#byParent.next())
        if (isClaimed(this.#spans, claim, named, parent) && this.parentOf(named) === parent)
          children.push(named);
    return children.sort((a, b) => this.#spans.age(b) - this.#spans.age(a));
  }

  /** Whether a span shares its id with a CLIENT span that called it, whatever parent it names. */
  #isAnswer(span: Place): boolean {
    const spans = this.#spans;
    return spans.isShared(span) && spans.kind(span) === SERVER && this.#clientOf(span) !== NONE;
  }

  /** Of the spans with the id in `field` of `child`, the one of the highest rank above 0, read first among equals. */
  #best(child: Place, field: typeof SPAN | typeof PARENT, hash: number): Place {
    const spans = this.#spans;
    let best = NONE;
    let bestRank = 1;
    let occurrences = 0;
    const common = this.#common.find(child, field, hash, this.#held);
    if (common !== NONE) return this.#common.best(common, child, field, this.#held);
    for (let one = this.#byId.first(hash); this.#isHeld(one); one = this.#byId.next()) {
      if (!spans.isSameId(one, SPAN, child, field)) continue;
      // No other has its id.
      if (!spans.isShared(one)) return one === child ? NONE : one;
      if (++occurrences === COMMON_FROM)
        return this.#common.best(this.#common.open(child, field, hash, this.#held), child, field, this.#held);
      const its =
        one === child ? 0 : rankOf(field, spans.kind(one), spans.service(one) === spans.service(child));
      if (its < bestRank) continue;
      best = one;
      bestRank = its;
    }
    return best;
  }

  /** What the spans of its id leave to a span: see `claimBeside`. Children that share its id go into `shared`. */
  #claimOf(span: Place, hash: number, shared: Place[]): number {
    const spans = this.#spans;
    const occurrences = this.#occurrencesOf(span, hash);
    let claim = occurrences.length === 0 ? 0 : spans.kind(span) === CLIENT ? ALL : ALL & ~SHARED;
    for (const one of occurrences) {
      if (one !== span) claim &= claimBeside(spans, one, span);
      if (spans.kind(one) === SERVER) shared.push(one);
    }
    if ((claim & SHARED) === 0) shared.length = 0;
    return claim;
  }

  /** The spans with the id of one, itself included; none where they are more than join anything. */
  #occurrencesOf(span: Place, hash: number): readonly Place[] {
    const held = this.#held;
    const found: Place[] = [];
    let common = this.#common.find(span, SPAN, hash, held);
    for (
      let one = common === NONE ? this.#byId.first(hash) : NONE;
      this.#isHeld(one);
      one = this.#byId.next()
    ) {
      if (!this.#spans.isSameId(one, SPAN, span, SPAN)) continue;
      if (found.push(one) < COMMON_FROM) continue;
      common = this.#common.open(span, SPAN, hash, held);
      break;
    }
    if (common === NONE) return found;
    return this.#common.isCrowded(common, held) ? NOBODY : this.#common.places(common, held);
  }

  #isHeld(place: Place): boolean {
    return place >= 0 && this.#spans.age(place) < this.#held;
  }
}
