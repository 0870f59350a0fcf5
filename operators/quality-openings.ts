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
/** Words of an opening's key before its facts: tenant, service, operation, window. */
const NAME_WORDS = 4;
/** Cached keys; beyond them a cache starts again, and every span still finds its number by name. */
const CACHED_KEYS_MAX = 1 << 18;
const CACHED_FACTS_MAX = 1 << 16;

export class Openings {
  readonly #panel: Panel;
  readonly #facts: FactColumns;
  /** From interned ids to rows, and with facts to openings: caches, for the ids of one dictionary epoch and the slots as they are. */
  readonly #rowOf: KeyTable;
  readonly #openingOf: KeyTable;
  /** What is said of spans with the same facts. */
  readonly #saidOf: KeyTable;
  #said: Opening[] = [];
  /** Per row of the batch the number of its opening, as far as it was known when the batch began; else -1. */
  #known = new Int32Array(1024);
  #epoch = -1;
  #slot: QualitySlot | undefined;

  constructor(panel: Panel, facts: FactColumns, seed: number) {
    this.#panel = panel;
    this.#facts = facts;
    this.#rowOf = new KeyTable(ROW_WORDS, seed);
    this.#openingOf = new KeyTable(NAME_WORDS + facts.words, seed);
    this.#saidOf = new KeyTable(facts.words, seed, 64);
  }

  /** To be called before the first span of a batch is settled. Looks openings up side by side, which takes less than half the time. */
  enter(batch: SpanBatch, slot: QualitySlot): void {
    const { epoch } = batch.dictionary;
    const isNew = this.#slot !== slot || this.#epoch !== epoch;
    if (isNew || this.#openingOf.size > CACHED_KEYS_MAX) this.#openingOf.clear();
    if (isNew || this.#rowOf.size > CACHED_KEYS_MAX) this.#rowOf.clear();
    if (this.#saidOf.size > CACHED_FACTS_MAX) {
      this.#saidOf.clear();
      this.#said = [];
    }
    this.#slot = slot;
    this.#epoch = epoch;
    this.#known = grown(this.#known, batch.length);
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
    const number = slot.openingOf(own, this.#saidOfFacts(row));
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

  #saidOfFacts(row: number): Opening {
    const { key } = this.#saidOf;
    const { words, facts } = this.#facts;
    for (let word = 0; word < words; word++) key[word] = facts[row * words + word]!;
    const known = this.#saidOf.find();
    if (known >= 0) return this.#said[known]!;
    const said = this.#panel.open(key);
    this.#saidOf.add(this.#said.length);
    this.#said.push(said);
    return said;
  }

  #setKey(batch: SpanBatch, row: number): void {
    const { key } = this.#openingOf;
    const { words, facts } = this.#facts;
    key[0] = batch.tenant[row]!;
    key[1] = batch.service[row]!;
    key[2] = batch.operation[row]!;
    key[3] = batch.window[row]!;
    for (let word = 0; word < words; word++) key[NAME_WORDS + word] = facts[row * words + word]!;
  }
}
