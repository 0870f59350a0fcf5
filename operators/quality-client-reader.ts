/** Reads which client made each span of a batch: one number for each combination of attributes, as long as their dictionary ids are good. */
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { CLIENT_ATTRIBUTES, type Client, clientOf } from './quality-client.ts';
import type { Facts } from './quality-facts.ts';

/** Combinations known; beyond them numbers start again. */
const KNOWN_MAX = 1 << 16;

export class ClientReader {
  /** Words of facts a client has. */
  readonly words: number;
  /** Per row of the batch, from its first owner on, the number of its client. */
  rows = new Int32Array(1024);
  /** By number; undefined where the attributes do not tell. */
  clients: (Client | undefined)[] = [];
  /** By number, `words` words: what checks asked of clients. */
  facts = new Int32Array(64);
  /** Rises when numbers start again. */
  generation = 0;
  readonly #columns: readonly number[];
  readonly #sources: Facts['clients'];
  readonly #numbers: KeyTable;
  #epoch = -1;

  constructor(column: (key: string) => number, facts: Facts, seed: number) {
    this.#columns = CLIENT_ATTRIBUTES.map(column);
    this.#sources = facts.clients;
    this.words = facts.words;
    this.#numbers = new KeyTable(CLIENT_ATTRIBUTES.length, seed, 64);
  }

  read(batch: SpanBatch): void {
    if (batch.dictionary.epoch !== this.#epoch || this.#numbers.size > KNOWN_MAX) this.#restart(batch);
    const { firstOwner, length } = batch;
    this.rows = grown(this.rows, length);
    const { rows } = this;
    const { key } = this.#numbers;
    const [first, second, third, fourth] = this.#columns.map(
      (column) => batch.resourceAttributes[column]!,
    ) as [Int32Array, Int32Array, Int32Array, Int32Array];
    let number = -1;
    for (let row = firstOwner; row < length; row++) {
      // Spans of one resource mostly stand together.
      const isAsBefore =
        number >= 0 &&
        key[0] === first[row] &&
        key[1] === second[row] &&
        key[2] === third[row] &&
        key[3] === fourth[row];
      if (!isAsBefore) {
        key[0] = first[row]!;
        key[1] = second[row]!;
        key[2] = third[row]!;
        key[3] = fourth[row]!;
        number = this.#numbers.find();
        if (number < 0) number = this.#add(batch);
      }
      rows[row] = number;
    }
  }

  #restart({ dictionary: { epoch } }: SpanBatch): void {
    this.#epoch = epoch;
    this.#numbers.clear();
    this.clients = [];
    this.generation++;
  }

  #add({ dictionary }: SpanBatch): number {
    const number = this.clients.length;
    const client = clientOf(Array.from(this.#numbers.key, (id) => dictionary.text(id)));
    this.#numbers.add(number);
    this.clients.push(client);
    const from = number * this.words;
    this.facts = grown(this.facts, from + this.words);
    this.facts.fill(0, from, from + this.words);
    for (const { word, bit, test } of this.#sources) if (test(client)) this.facts[from + word]! |= bit;
    return number;
  }
}
