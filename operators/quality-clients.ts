/**
 * Which client libraries made the spans: per service, window, language, library and version how many. Fact: a span is read. Owner: the span,
 * so a row is complete when its slot has been read.
 */
import { ID_WORDS, type SpanBatch } from '../src/spans/span-batch.ts';
import { grown, numbersOf } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { OVERFLOW } from './limiter.ts';
import type { Client } from './quality-client.ts';
import type { ClientReader } from './quality-client-reader.ts';
import { LeastExamples, SpanExamples } from './quality-examples.ts';
import { CLIENTS_TABLE } from './quality-rows.ts';
import type { Rows } from './rows.ts';
import { NONE, type SpanRing } from './span-ring.ts';

/** What identifies a row within a slot. */
interface ClientLabels extends Client {
  readonly tenant: string;
  readonly service: string;
  /** Number of the window. */
  readonly window: number;
}

/** Words of a row's key: tenant, service, window, and the client's number. */
const KEY_WORDS = 4;
const CACHED_KEYS_MAX = 1 << 16;

export class Clients {
  readonly #spans: SpanRing;
  readonly #rowsPerTenantMax: number;
  readonly #reader: ClientReader;
  /** From interned ids to rows of the current slot: a cache, for the ids of one dictionary epoch and the clients' numbers as they are. */
  readonly #rowOf: KeyTable;
  #generation = -1;
  #current: ClientSlot | undefined;
  #sealed: ClientSlot[] = [];

  constructor(spans: SpanRing, rowsPerTenantMax: number, reader: ClientReader, seed: number) {
    this.#spans = spans;
    this.#rowsPerTenantMax = rowsPerTenantMax;
    this.#reader = reader;
    this.#rowOf = new KeyTable(KEY_WORDS, seed);
  }

  get rowsHeld(): number {
    return this.#slots().reduce((rows, { labels }) => rows + labels.length, 0);
  }

  /** Counts the batch's spans that tell their client. `hashes` are those of examples. */
  add(batch: SpanBatch, hashes: Uint32Array): void {
    const { tenant, service, window, repeat, copy, ids, firstOwner, length } = batch;
    const { rows, clients } = this.#reader;
    const slot = this.#open(batch);
    const { key } = this.#rowOf;
    let row = -1;
    let before = -1;
    let counted = 0;
    for (let span = firstOwner; span < length; span++) {
      if ((repeat[span]! | copy[span]!) !== 0 || clients[rows[span]!] === undefined) continue;
      // Spans of one service mostly stand together.
      const isAsBefore =
        before >= 0 &&
        service[before] === service[span] &&
        window[before] === window[span] &&
        rows[before] === rows[span] &&
        tenant[before] === tenant[span];
      if (!isAsBefore) {
        if (row >= 0) slot.count(row, counted);
        counted = 0;
        key[0] = tenant[span]!;
        key[1] = service[span]!;
        key[2] = window[span]!;
        key[3] = rows[span]!;
        row = this.#rowOf.find();
        if (row < 0) row = this.#find(slot, batch, span);
      }
      before = span;
      counted++;
      slot.offer(row, ids, span * ID_WORDS, hashes[span]!);
    }
    if (row >= 0) slot.count(row, counted);
  }

  /** The rows changed since the last call. */
  take(windowMs: number): Rows {
    const taken = this.#slots().flatMap((slot) => slot.take());
    this.#sealed = [];
    const text = (name: keyof Client | 'tenant' | 'service') => taken.map(({ labels }) => labels[name]);
    return {
      name: CLIENTS_TABLE,
      length: taken.length,
      slot: numbersOf(taken, ({ slot }) => slot),
      columns: {
        tenant: text('tenant'),
        window_start: numbersOf(taken, ({ labels }) => labels.window * windowMs),
        service: text('service'),
        language: text('language'),
        sdk: text('sdk'),
        client_version: text('version'),
        spans: numbersOf(taken, ({ spans }) => spans),
        examples: taken.map(({ examples }) => examples),
      },
    };
  }

  #slots(): readonly ClientSlot[] {
    return this.#current === undefined ? this.#sealed : [...this.#sealed, this.#current];
  }

  #find(slot: ClientSlot, { dictionary, tenant, service, window }: SpanBatch, span: number): number {
    const row = slot.rowOf({
      tenant: dictionary.text(tenant[span]!),
      service: dictionary.text(service[span]!),
      window: window[span]!,
      ...this.#reader.clients[this.#reader.rows[span]!]!,
    });
    this.#rowOf.add(row);
    return row;
  }

  #open({ slot }: SpanBatch): ClientSlot {
    const isNewSlot = this.#current?.slot !== slot;
    const { generation } = this.#reader;
    if (isNewSlot || this.#generation !== generation || this.#rowOf.size > CACHED_KEYS_MAX) {
      this.#rowOf.clear();
      this.#generation = generation;
    }
    if (!isNewSlot && this.#current !== undefined) return this.#current;
    if (this.#current !== undefined) this.#sealed.push(this.#current);
    return (this.#current = new ClientSlot(slot, this.#spans, this.#rowsPerTenantMax));
  }
}

interface TakenClients {
  readonly slot: number;
  readonly labels: ClientLabels;
  readonly spans: number;
  readonly examples: readonly string[];
}

class ClientSlot {
  readonly slot: number;
  readonly labels: ClientLabels[] = [];
  readonly #rowsPerTenantMax: number;
  readonly #rows = new Map<string, number>();
  readonly #rowsOfTenant = new Map<string, number>();
  readonly #examples: SpanExamples;
  #spans = new Float64Array(64);
  #isDirty = new Uint8Array(64);
  #dirty: number[] = [];

  constructor(slot: number, spans: SpanRing, rowsPerTenantMax: number) {
    this.slot = slot;
    this.#examples = new SpanExamples(spans);
    this.#rowsPerTenantMax = rowsPerTenantMax;
  }

  /** The row of these labels; of the overflow bucket, where the tenant has too many. */
  rowOf(labels: ClientLabels): number {
    const name = nameOf(labels);
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const used = this.#rowsOfTenant.get(labels.tenant) ?? 0;
    const isOverflow = labels.service === OVERFLOW && labels.sdk === OVERFLOW;
    if (!isOverflow && used >= this.#rowsPerTenantMax)
      return this.rowOf({
        ...labels,
        service: OVERFLOW,
        language: OVERFLOW,
        sdk: OVERFLOW,
        version: OVERFLOW,
      });
    if (!isOverflow) this.#rowsOfTenant.set(labels.tenant, used + 1);
    const row = this.labels.length;
    this.#rows.set(name, row);
    this.labels.push(labels);
    this.#examples.reserve(row + 1);
    this.#spans = grown(this.#spans, row + 1);
    this.#isDirty = grown(this.#isDirty, row + 1);
    return row;
  }

  /** Offers a span as an example. */
  offer(row: number, ids: Int32Array, from: number, hash: number): void {
    if (this.#examples.admits(row, hash)) this.#examples.offerIds(row, ids, from, hash, NONE);
  }

  count(row: number, spans: number): void {
    this.#spans[row]! += spans;
    if (this.#isDirty[row] === 0) this.#dirty.push(row);
    this.#isDirty[row] = 1;
  }

  take(): TakenClients[] {
    const rows = this.#dirty;
    this.#dirty = [];
    return rows.map((row) => {
      this.#isDirty[row] = 0;
      const examples = new LeastExamples();
      this.#examples.addTo(examples, row);
      return {
        slot: this.slot,
        labels: this.labels[row]!,
        spans: this.#spans[row]!,
        examples: examples.texts,
      };
    });
  }
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf({ tenant, service, window, language, sdk, version }: ClientLabels): string {
  const lengths = [tenant, service, language, sdk].map(({ length }) => length).join(' ');
  return `${window} ${lengths} ${tenant}${service}${language}${sdk}${version}`;
}
