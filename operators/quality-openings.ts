/**
 * What is said of a batch's spans when they are read. Spans of one name, window and facts are counted under one number of their slot, so a
 * span costs one look-up; checks are asked once for each combination of facts.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import type { FactColumns } from './quality-fact-columns.ts';
import { NO_ROW } from './quality-ledger.ts';
import { IS_EXAMPLE, type Opening, type Panel } from './quality-panel.ts';
import type { QualitySlot } from './quality-slot.ts';
import type { Place } from './span-ring.ts';

/** Words of a row's key: tenant, service, operation, window, and whether its slot is the current one. */
const ROW_WORDS = 5;
/** Words of a group's key: tenant, service, window. Spans of one group mostly stand together. */
const GROUP_WORDS = 3;
/** Words of an opening's key: group, operation, and what is said. */
const OPENING_WORDS = 3;
/** Cached keys; beyond them a cache starts again, and every span still finds its number by name. */
const CACHED_KEYS_MAX = 1 << 18;
const CACHED_FACTS_MAX = 1 << 16;

/** Of a peer's row, while it or the span's opening was not known when the batch began. */
export const UNKNOWN = -2;

export class Openings {
  /** Per row of the batch the number of its opening, the row that counts it, and its word, with IS_EXAMPLE where it may be an example. */
  numbers = new Int32Array(1024);
  rows = new Int32Array(1024);
  words = new Int32Array(1024);
  /** Per row of the batch the row of the service that the span names, where that is credited with anything; else NO_ROW. */
  peers = new Int32Array(1024);
  readonly #panel: Panel;
  readonly #facts: FactColumns;
  readonly #peer: number;
  /** From interned ids to rows, groups and openings: caches, for the ids of one dictionary epoch and the slots as they are. */
  readonly #rowOf: KeyTable;
  readonly #groupOf: KeyTable;
  readonly #openingOf: KeyTable;
  /** What is said of spans with the same facts. */
  readonly #saidOf: KeyTable;
  #said: Opening[] = [];
  readonly #saidByName = new Map<string, number>();
  /** Per row of the batch its group, and what is said of it. */
  #groups = new Int32Array(1024);
  #saids = new Int32Array(1024);
  #epoch = -1;
  #slot: QualitySlot | undefined;

  /** `peer`: the column of the attribute that names a service at the other end. */
  constructor(panel: Panel, facts: FactColumns, peer: number, seed: number) {
    this.#panel = panel;
    this.#facts = facts;
    this.#peer = peer;
    this.#rowOf = new KeyTable(ROW_WORDS, seed);
    this.#groupOf = new KeyTable(GROUP_WORDS, seed, 64);
    this.#openingOf = new KeyTable(OPENING_WORDS, seed);
    this.#saidOf = new KeyTable(facts.words, seed, 64);
  }

  /**
   * To be called before the first span of a batch is settled. Looks openings up side by side, which takes less than half the time. `hashes`:
   * those of examples.
   */
  enter(batch: SpanBatch, slot: QualitySlot, hashes: Uint32Array): void {
    const { firstOwner, length } = batch;
    this.#forget(batch, slot);
    for (const column of ['numbers', 'rows', 'words', 'peers'] as const)
      this[column] = grown(this[column], length);
    this.#groups = grown(this.#groups, length);
    this.#saids = grown(this.#saids, length);
    this.#readGroups(batch);
    this.#readSaids(batch);
    const { numbers } = this;
    for (let row = firstOwner; row < length; row++) {
      this.#setKey(batch, row);
      numbers[row] = this.#openingOf.find();
    }
    for (let row = firstOwner; row < length; row++)
      if (numbers[row]! >= 0) this.#read(slot, row, hashes[row]!);
    this.#readPeers(batch);
  }

  /** Opens what is UNKNOWN of a span: in the order in which spans settle, as limits count. */
  open(batch: SpanBatch, row: number, hash: number): void {
    const slot = this.#slot!;
    const { tenant, service, operation, window, spanAttributes } = batch;
    if (this.numbers[row]! < 0) {
      this.#setKey(batch, row);
      let number = this.#openingOf.find();
      if (number < 0) {
        const own = this.rowOf(batch, tenant[row]!, service[row]!, operation[row]!, window[row]!, slot);
        number = slot.openingOf(own, this.#said[this.#saids[row]!]!);
        this.#openingOf.add(number);
      }
      this.numbers[row] = number;
      this.#read(slot, row, hash);
    }
    this.peers[row] = NO_ROW;
    if ((this.words[row]! & this.#panel.bits.peer) === 0) return;
    const named = spanAttributes[this.#peer]![row]!;
    this.peers[row] = this.rowOf(batch, tenant[row]!, named, operation[row]!, window[row]!, slot);
  }

  /** Offers a span as an example of its opening. Returns whether it is one now. */
  offer(row: number, place: Place, hash: number): boolean {
    return this.#slot!.offer(this.numbers[row]!, place, hash);
  }

  /** Counts the batch's spans, once all are settled. */
  count(batch: SpanBatch): void {
    this.#slot?.count(this.numbers, batch);
  }

  /** The row of a service and an operation, by dictionary ids, in a slot. */
  rowOf(
    { dictionary }: SpanBatch,
    tenant: number,
    service: number,
    operation: number,
    window: number,
    slot: QualitySlot,
  ): number {
    const known = this.#findRow(tenant, service, operation, window, slot === this.#slot);
    if (known >= 0) return known;
    const row = slot.rowOf({
      tenant: dictionary.text(tenant),
      service: dictionary.text(service),
      operation: dictionary.text(operation),
      window,
    });
    this.#rowOf.add(row);
    return row;
  }

  #findRow(tenant: number, service: number, operation: number, window: number, isCurrent: boolean): number {
    const { key } = this.#rowOf;
    key[0] = tenant;
    key[1] = service;
    key[2] = operation;
    key[3] = window;
    key[4] = isCurrent ? 1 : 0;
    return this.#rowOf.find();
  }

  /** Reads what the slot has of a span's opening. */
  #read(slot: QualitySlot, row: number, hash: number): void {
    const number = this.numbers[row]!;
    const word = slot.wordOfOpening(number);
    this.rows[row] = slot.rowOfOpening(number);
    this.words[row] = slot.mayBeExample(number, hash) ? word | IS_EXAMPLE : word;
  }

  #readPeers({ tenant, operation, window, spanAttributes, firstOwner, length }: SpanBatch): void {
    const { numbers, words, peers } = this;
    const named = spanAttributes[this.#peer];
    const bits = this.#panel.bits.peer;
    for (let row = firstOwner; row < length; row++) {
      peers[row] = numbers[row]! < 0 ? UNKNOWN : NO_ROW;
      if (named === undefined || numbers[row]! < 0 || (words[row]! & bits) === 0) continue;
      const found = this.#findRow(tenant[row]!, named[row]!, operation[row]!, window[row]!, true);
      peers[row] = found < 0 ? UNKNOWN : found;
    }
  }

  /** Caches are for one slot and epoch. */
  #forget({ dictionary: { epoch } }: SpanBatch, slot: QualitySlot): void {
    const isNew = this.#slot !== slot || this.#epoch !== epoch;
    const isSaidTooMuch = this.#saidOf.size > CACHED_FACTS_MAX;
    if (isNew || isSaidTooMuch || this.#openingOf.size > CACHED_KEYS_MAX) {
      this.#openingOf.clear();
      this.#groupOf.clear();
    }
    if (isNew || this.#rowOf.size > CACHED_KEYS_MAX) this.#rowOf.clear();
    if (isSaidTooMuch) {
      this.#saidOf.clear();
      this.#saidByName.clear();
      this.#said = [];
    }
    this.#slot = slot;
    this.#epoch = epoch;
  }

  #readGroups({ tenant, service, window, firstOwner, length }: SpanBatch): void {
    const groups = this.#groups;
    const { key } = this.#groupOf;
    let group = -1;
    for (let row = firstOwner; row < length; row++) {
      const isAsBefore =
        group >= 0 && key[0] === tenant[row] && key[1] === service[row] && key[2] === window[row];
      if (!isAsBefore) {
        key[0] = tenant[row]!;
        key[1] = service[row]!;
        key[2] = window[row]!;
        group = this.#groupOf.find();
        if (group < 0) this.#groupOf.add((group = this.#groupOf.size));
      }
      groups[row] = group;
    }
  }

  #readSaids({ firstOwner, length }: SpanBatch): void {
    const saids = this.#saids;
    const { key } = this.#saidOf;
    const { words, facts } = this.#facts;
    for (let row = firstOwner; row < length; row++) {
      for (let word = 0; word < words; word++) key[word] = facts[row * words + word]!;
      let said = this.#saidOf.find();
      if (said < 0) said = this.#say();
      saids[row] = said;
    }
  }

  /** The number of what is said of spans with the facts that were sought. Facts of which the same is said share it. */
  #say(): number {
    const opening = this.#panel.open(this.#saidOf.key);
    const name = [opening.word, ...opening.settled].join(' ');
    let said = this.#saidByName.get(name);
    if (said === undefined) {
      said = this.#said.push(opening) - 1;
      this.#saidByName.set(name, said);
    }
    this.#saidOf.add(said);
    return said;
  }

  #setKey({ operation }: SpanBatch, row: number): void {
    const { key } = this.#openingOf;
    key[0] = this.#groups[row]!;
    key[1] = operation[row]!;
    key[2] = this.#saids[row]!;
  }
}
