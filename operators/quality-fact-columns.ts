/**
 * Finds the facts of a batch's spans, column by column: a loop reads one array, and the processor works on many rows at a time. Span by span,
 * with a call for each attribute, this took more than a microsecond.
 */
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
import { Presence } from './quality-presence.ts';
import { IS_JUDGED, TextBits } from './quality-text-bits.ts';
import { LATE } from './window.ts';

/** Whether a text names anything: as NAMES_PEER. */
const IS_NAME = { always: 0, tests: [{ bit: NAMES_PEER, test: (text: string) => text !== '' }] };

/** What is read of one column. */
interface ColumnReads {
  readonly source: TextSource;
  readonly any: Presence;
  readonly presence: readonly TextSource[];
  readonly texts: readonly { readonly word: number; readonly bits: TextBits }[];
}

/** Columns that are read in one loop: each row's facts are loaded and stored once for all of them. */
const TOGETHER = 4;

interface Present {
  readonly column: Int32Array;
  readonly bits: number;
}
type Together = readonly [Present, Present, Present, Present];

export class FactColumns {
  readonly words: number;
  /** `words` words of facts a row, from the batch's first owner on. */
  facts = new Int32Array(1024);
  readonly #bounds: readonly BoundSource[];
  readonly #columns: readonly ColumnReads[];
  /** Of the batch: by word, what of its columns has any value and is read for presence alone. */
  readonly #present: Present[][];
  /** A column without values. */
  #nowhere = new Int32Array(1024);
  readonly #clientWords: readonly number[];
  readonly #clients: ClientReader;
  readonly #peer: number;
  readonly #names = new TextBits(IS_NAME);

  /** `peer`: the column of the attribute that names a service at the other end; -1 for none. */
  constructor(facts: Facts, clients: ClientReader, peer: number) {
    this.words = facts.words;
    this.#bounds = facts.bounds;
    this.#columns = columnsOf(facts);
    this.#present = Array.from({ length: facts.words }, () => []);
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
    for (const its of this.#columns) this.#readColumn(its, batch);
    this.#readPresence(batch);
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

  #readColumn({ source, any, presence, texts }: ColumnReads, batch: SpanBatch): void {
    const column = columnOf(source, batch);
    // Of the names that attributes had over the years most are in no span of a batch, which is sooner seen than read.
    if (!any.hasAny(column, batch.length)) return;
    for (const { word, always } of presence) this.#present[word]!.push({ column, bits: always });
    for (const { word, bits } of texts) this.#readTexts(column, word, bits, batch);
  }

  #readPresence(batch: SpanBatch): void {
    this.#nowhere = grown(this.#nowhere, batch.length);
    const none = { column: this.#nowhere, bits: 0 };
    for (const [word, present] of this.#present.entries()) {
      for (let at = 0; at < present.length; at += TOGETHER) {
        const [first = none, second = none, third = none, fourth = none] = present.slice(at, at + TOGETHER);
        this.#readTogether(word, [first, second, third, fourth], batch);
      }
      present.length = 0;
    }
  }

  #readTogether(word: number, [one, two, three, four]: Together, { firstOwner, length }: SpanBatch): void {
    const { facts, words } = this;
    const [a, b, c, d] = [one.column, two.column, three.column, four.column];
    const [bitsA, bitsB, bitsC, bitsD] = [one.bits, two.bits, three.bits, four.bits];
    // Ids are not negative: all bits where there is one, else none. A branch would be guessed wrong for every other span.
    for (let row = firstOwner, at = firstOwner * words + word; row < length; row++, at += words)
      facts[at]! |=
        ((-a[row]! >> 31) & bitsA) |
        ((-b[row]! >> 31) & bitsB) |
        ((-c[row]! >> 31) & bitsC) |
        ((-d[row]! >> 31) & bitsD);
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

/** The columns that are read, each once whatever number of facts is read of it. */
function columnsOf({ texts }: Facts): ColumnReads[] {
  const isFirst = ({ of, column }: TextSource, at: number): boolean =>
    at === texts.findIndex((its) => its.of === of && its.column === column);
  return texts.filter(isFirst).map((source) => {
    const its = texts.filter(({ of, column }) => of === source.of && column === source.column);
    return {
      source,
      any: new Presence(),
      presence: its.filter(({ tests }) => tests.length === 0),
      texts: its
        .filter(({ tests }) => tests.length > 0)
        .map(({ word, always, tests }) => ({ word, bits: new TextBits({ always, tests }) })),
    };
  });
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
