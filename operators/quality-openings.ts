/**
 * What is said of a batch's spans when they are read. Spans of one name, window and facts are counted under one number of their slot, so a
 * span costs one look-up; checks are asked once for each combination of facts.
 */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import type { FactColumns } from './quality-fact-columns.ts';
import type { Opening, Panel } from './quality-panel.ts';
import type { QualitySlot } from './quality-slot.ts';

/** Words of a row's key: tenant, service, operation, window, and whether its slot is the current one. */
const ROW_WORDS = 5;
/** Words of a group's key: tenant, service, window. Spans of one group mostly stand together. */
const GROUP_WORDS = 3;
/** Words of an opening's key: group, operation, and what is said. */
const OPENING_WORDS = 3;
/** Cached keys; beyond them a cache starts again, and every span still finds its number by name. */
const CACHED_KEYS_MAX = 1 << 18;
const CACHED_FACTS_MAX = 1 << 16;

export class Openings {
  readonly #panel: Panel;
  readonly #facts: FactColumns;
  /** From interned ids to rows, groups and openings: caches, for the ids of one dictionary epoch and the slots as they are. */
  readonly #rowOf: KeyTable;
  readonly #groupOf: KeyTable;
  readonly #openingOf: KeyTable;
  /** What is said of spans with the same facts. */
  readonly #saidOf: KeyTable;
  #said: Opening[] = [];
  readonly #saidByName = new Map<string, number>();
  /** Per row of the batch its group, what is said of it, and the number of its opening as far as it was known when the batch began; else -1. */
  #groups = new Int32Array(1024);
  #saids = new Int32Array(1024);
  #known = new Int32Array(1024);
  #epoch = -1;
  #slot: QualitySlot | undefined;

  constructor(panel: Panel, facts: FactColumns, seed: number) {
    this.#panel = panel;
    this.#facts = facts;
    this.#rowOf = new KeyTable(ROW_WORDS, seed);
    this.#groupOf = new KeyTable(GROUP_WORDS, seed, 64);
    this.#openingOf = new KeyTable(OPENING_WORDS, seed);
    this.#saidOf = new KeyTable(facts.words, seed, 64);
  }

  /** To be called before the first span of a batch is settled. Looks openings up side by side, which takes less than half the time. */
  enter(batch: SpanBatch, slot: QualitySlot): void {
    this.#forget(batch, slot);
    this.#groups = grown(this.#groups, batch.length);
    this.#saids = grown(this.#saids, batch.length);
    this.#known = grown(this.#known, batch.length);
    this.#readGroups(batch);
    this.#readSaids(batch);
    for (let row = batch.firstOwner; row < batch.length; row++) {
      this.#setKey(batch, row);
      this.#known[row] = this.#openingOf.find();
    }
  }

  /** The number of a span's opening in the current slot. */
  of(batch: SpanBatch, row: number): number {
    const known = this.#known[row]!;
    if (known >= 0) return known;
    this.#setKey(batch, row);
    const found = this.#openingOf.find();
    if (found >= 0) return found;
    const slot = this.#slot!;
    const own = this.rowOf(
      batch,
      batch.tenant[row]!,
      batch.service[row]!,
      batch.operation[row]!,
      batch.window[row]!,
      slot,
    );
    const number = slot.openingOf(own, this.#said[this.#saids[row]!]!);
    this.#openingOf.add(number);
    return number;
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
    const { key } = this.#rowOf;
    key[0] = tenant;
    key[1] = service;
    key[2] = operation;
    key[3] = window;
    key[4] = slot === this.#slot ? 1 : 0;
    const known = this.#rowOf.find();
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
