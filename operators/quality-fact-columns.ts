/**
 * Finds the facts of a batch's spans, column by column: a loop reads one array, and the processor works on many rows at a time. Span by span,
 * with a call for each attribute, this took more than a microsecond.
 */
import type { Dictionary } from '../src/spans/dictionary.ts';
import { ID_WORDS, type SpanBatch, WEIGHT_ONE } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import type { ClientReader } from './quality-client-reader.ts';
import {
  type BoundSource,
  type Facts,
  HAS_IDS,
  HAS_LINKS,
  HAS_PARENT_ID,
  HAS_RECORD_TIME,
  IS_LATE,
  IS_OVERSIZED,
  IS_REVERSED,
  IS_SAMPLED,
  NAMES_PEER,
  STATUS_SHIFT,
  type TextSource,
} from './quality-facts.ts';
import { LATE } from './window.ts';

/** That a text was judged. */
const IS_JUDGED = 1 << 31;

/** What tests say of texts: each is asked once for each text, as long as its dictionary id is good. */
class TextBits {
  readonly #source: Pick<TextSource, 'always' | 'tests'>;
  #bits = new Int32Array(1024);
  #epoch = -1;

  constructor(source: Pick<TextSource, 'always' | 'tests'>) {
    this.#source = source;
  }

  /** The bits of each id, with IS_JUDGED; 0 where a text was not judged yet. */
  open(dictionary: Dictionary): Int32Array {
    if (dictionary.epoch !== this.#epoch) this.#bits.fill(0);
    this.#epoch = dictionary.epoch;
    return (this.#bits = grown(this.#bits, dictionary.size));
  }

  judge(id: number, dictionary: Dictionary): number {
    const text = dictionary.text(id);
    let bits = this.#source.always | IS_JUDGED;
    for (const { bit, test } of this.#source.tests) if (test(text)) bits |= bit;
    return (this.#bits[id] = bits);
  }
}

/** Whether a text names anything: as NAMES_PEER. */
const IS_NAME = { always: 0, tests: [{ bit: NAMES_PEER, test: (text: string) => text !== '' }] };

export class FactColumns {
  readonly words: number;
  /** `words` words of facts a row, from the batch's first owner on. */
  facts = new Int32Array(1024);
  readonly #bounds: readonly BoundSource[];
  readonly #presence: readonly TextSource[];
  readonly #texts: readonly { readonly source: TextSource; readonly bits: TextBits }[];
  readonly #clientWords: readonly number[];
  readonly #clients: ClientReader;
  readonly #peer: number;
  readonly #names = new TextBits(IS_NAME);

  /** `peer`: the column of the attribute that names a service at the other end; -1 for none. */
  constructor(facts: Facts, clients: ClientReader, peer: number) {
    this.words = facts.words;
    this.#bounds = facts.bounds;
    this.#presence = facts.texts.filter(({ tests }) => tests.length === 0);
    this.#texts = facts.texts
      .filter(({ tests }) => tests.length > 0)
      .map((source) => ({ source, bits: new TextBits(source) }));
    this.#clientWords = [...new Set(facts.clients.map(({ word }) => word))];
    this.#clients = clients;
    this.#peer = peer;
  }

  /** Finds the facts of the batch's spans. The clients were read before. */
  read(batch: SpanBatch): void {
    this.facts = grown(this.facts, batch.length * this.words);
    this.facts.fill(0, batch.firstOwner * this.words, batch.length * this.words);
    this.#readOwn(batch);
    this.#readLinks(batch);
    this.#readPeer(batch);
    for (const bound of this.#bounds) this.#readBound(bound, batch);
    // Of the names that attributes had over the years most are in no span of a batch, which is sooner seen than read.
    for (const source of this.#presence) {
      const column = columnOf(source, batch);
      if (hasAny(column, batch)) this.#readPresence(column, source, batch);
    }
    for (const { source, bits } of this.#texts) {
      const column = columnOf(source, batch);
      if (hasAny(column, batch)) this.#readTexts(column, source.word, bits, batch);
    }
    for (const word of this.#clientWords) this.#readClients(word, batch);
  }

  #readOwn({
    kind,
    status,
    reversed,
    oversized,
    punctuality,
    weight,
    recordMs,
    ids,
    firstOwner,
    length,
  }: SpanBatch): void {
    const { facts, words } = this;
    for (let row = firstOwner; row < length; row++) {
      const at = row * ID_WORDS;
      let own = kind[row]! | (status[row]! << STATUS_SHIFT);
      if (reversed[row] === 1) own |= IS_REVERSED;
      if (oversized[row] === 1) own |= IS_OVERSIZED;
      if (punctuality[row] === LATE) own |= IS_LATE;
      if (weight[row] !== WEIGHT_ONE) own |= IS_SAMPLED;
      if (recordMs[row]! >= 0) own |= HAS_RECORD_TIME;
      if ((ids[at + 6]! | ids[at + 7]!) !== 0) own |= HAS_PARENT_ID;
      if (
        (ids[at]! | ids[at + 1]! | ids[at + 2]! | ids[at + 3]!) !== 0 &&
        (ids[at + 4]! | ids[at + 5]!) !== 0
      )
        own |= HAS_IDS;
      facts[row * words] = own;
    }
  }

  #readLinks({ links: { from, length }, firstOwner }: SpanBatch): void {
    for (let link = 0; link < length; link++)
      if (from[link]! >= firstOwner) this.facts[from[link]! * this.words]! |= HAS_LINKS;
  }

  /** The span names a service that is not its own. */
  #readPeer({ spanAttributes, service, dictionary, firstOwner, length }: SpanBatch): void {
    const peer = spanAttributes[this.#peer];
    if (peer === undefined) return;
    const { facts, words } = this;
    const known = this.#names.open(dictionary);
    for (let row = firstOwner; row < length; row++) {
      const id = peer[row]!;
      if (id === 0 || id === service[row]) continue;
      const bits = known[id] !== 0 ? known[id]! : this.#names.judge(id, dictionary);
      facts[row * words]! |= bits & ~IS_JUDGED;
    }
  }

  #readBound({ of, us, word, bit }: BoundSource, batch: SpanBatch): void {
    const { facts, words } = this;
    const { durationUs, endUs, recordMs, firstOwner, length } = batch;
    if (of === 'duration') {
      for (let row = firstOwner; row < length; row++)
        if (durationUs[row]! > us) facts[row * words + word]! |= bit;
      return;
    }
    for (let row = firstOwner; row < length; row++)
      if (recordMs[row]! >= 0 && endUs[row]! > recordMs[row]! * 1000 + us) facts[row * words + word]! |= bit;
  }

  #readPresence(column: Int32Array, { word, always }: TextSource, { firstOwner, length }: SpanBatch): void {
    const { facts, words } = this;
    // Ids are not negative: all bits where there is one, else none. A branch would be guessed wrong for every other span.
    for (let row = firstOwner; row < length; row++)
      facts[row * words + word]! |= (-column[row]! >> 31) & always;
  }

  #readTexts(
    column: Int32Array,
    word: number,
    texts: TextBits,
    { dictionary, firstOwner, length }: SpanBatch,
  ): void {
    const { facts, words } = this;
    const known = texts.open(dictionary);
    for (let row = firstOwner; row < length; row++) {
      const id = column[row]!;
      if (id === 0) continue;
      const bits = known[id] !== 0 ? known[id]! : texts.judge(id, dictionary);
      facts[row * words + word]! |= bits & ~IS_JUDGED;
    }
  }

  #readClients(word: number, { firstOwner, length }: SpanBatch): void {
    const { facts, words } = this;
    const { rows, facts: ofClients, words: clientWords } = this.#clients;
    for (let row = firstOwner; row < length; row++)
      facts[row * words + word]! |= ofClients[rows[row]! * clientWords + word]!;
  }
}

/** Whether a span of the batch has a value there. */
function hasAny(column: Int32Array, { firstOwner, length }: SpanBatch): boolean {
  let any = 0;
  for (let row = firstOwner; row < length; row++) any |= column[row]!;
  return any !== 0;
}

function columnOf({ of, column }: TextSource, batch: SpanBatch): Int32Array {
  switch (of) {
    case 'span':
      return batch.spanAttributes[column]!;
    case 'resource':
      return batch.resourceAttributes[column]!;
    case 'service':
      return batch.service;
    case 'operation':
      return batch.operation;
  }
}
