/**
 * Which client libraries made the spans: per service, window, language, library and version how many. Fact: a span is read. Owner: the span,
 * so a row is complete when its slot has been read.
 */
import { grown } from './columns.ts';
import { KeyTable } from './key-table.ts';
import { OVERFLOW } from './limiter.ts';
import { CLIENT_ATTRIBUTES, type Client, ClientReader } from './quality-client.ts';
import { SpanExamples, leastOf } from './quality-examples.ts';
import { CLIENTS_TABLE } from './quality-rows.ts';
import type { SpanView } from './quality-span.ts';
import type { Rows } from './rows.ts';
import type { Place, SpanRing } from './span-ring.ts';

/** What identifies a row within a slot. */
interface ClientLabels extends Client {
  readonly tenant: string;
  readonly service: string;
  /** Number of the window. */
  readonly window: number;
}

/** Words of a row's key: tenant, service, window, and the client's attributes. */
const KEY_WORDS = 3 + CLIENT_ATTRIBUTES.length;
const CACHED_KEYS_MAX = 1 << 16;

export class Clients {
  readonly #spans: SpanRing;
  readonly #rowsPerTenantMax: number;
  readonly #reader: ClientReader;
  /** From interned ids to rows of the current slot: a cache, for the ids of one dictionary epoch. */
  readonly #rowOf: KeyTable;
  #epoch = -1;
  #current: ClientSlot | undefined;
  #sealed: ClientSlot[] = [];

  constructor(spans: SpanRing, rowsPerTenantMax: number, column: (key: string) => number, seed: number) {
    this.#spans = spans;
    this.#rowsPerTenantMax = rowsPerTenantMax;
    this.#reader = new ClientReader(column);
    this.#rowOf = new KeyTable(KEY_WORDS, seed);
  }

  get rowsHeld(): number {
    return this.#slots().reduce((rows, { labels }) => rows + labels.length, 0);
  }

  /** Counts a span, where it tells its client. */
  count(span: SpanView, place: Place, hash: number): void {
    const client = this.#reader.clientOf(span);
    if (client === undefined) return;
    const slot = this.#open(span);
    const { key } = this.#rowOf;
    key[0] = span.tenant;
    key[1] = span.service;
    key[2] = span.window;
    key.set(this.#reader.ids, 3);
    let row = this.#rowOf.find();
    if (row < 0) {
      const [tenant, service] = [span.text(span.tenant), span.text(span.service)];
      row = slot.rowOf({ tenant, service, window: span.window, ...client });
      this.#rowOf.add(row);
    }
    slot.count(row, place, hash);
  }

  /** The rows changed since the last call. */
  take(windowMs: number): Rows {
    const taken = this.#slots().flatMap((slot) => slot.take());
    this.#sealed = [];
    const text = (name: keyof Client | 'tenant' | 'service') => taken.map(({ labels }) => labels[name]);
    return {
      name: CLIENTS_TABLE,
      length: taken.length,
      slot: Float64Array.from(taken, ({ slot }) => slot),
      columns: {
        tenant: text('tenant'),
        window_start: Float64Array.from(taken, ({ labels }) => labels.window * windowMs),
        service: text('service'),
        language: text('language'),
        sdk: text('sdk'),
        client_version: text('version'),
        spans: Float64Array.from(taken, ({ spans }) => spans),
        examples: taken.map(({ examples }) => examples),
      },
    };
  }

  #slots(): readonly ClientSlot[] {
    return this.#current === undefined ? this.#sealed : [...this.#sealed, this.#current];
  }

  #open({ batch: { slot, dictionary } }: SpanView): ClientSlot {
    const isNewSlot = this.#current?.slot !== slot;
    if (isNewSlot || this.#epoch !== dictionary.epoch || this.#rowOf.size > CACHED_KEYS_MAX) {
      this.#rowOf.clear();
      this.#epoch = dictionary.epoch;
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

  count(row: number, place: Place, hash: number): void {
    this.#spans[row]! += 1;
    this.#examples.offer(row, place, hash);
    if (this.#isDirty[row] === 0) this.#dirty.push(row);
    this.#isDirty[row] = 1;
  }

  take(): TakenClients[] {
    const rows = this.#dirty;
    this.#dirty = [];
    return rows.map((row) => {
      this.#isDirty[row] = 0;
      const examples = leastOf([this.#examples.of(row)]);
      return { slot: this.slot, labels: this.labels[row]!, spans: this.#spans[row]!, examples };
    });
  }
}

/** Length prefixes keep any two label sets apart, whatever bytes their names hold. */
function nameOf({ tenant, service, window, language, sdk, version }: ClientLabels): string {
  const lengths = [tenant, service, language, sdk].map(({ length }) => length).join(' ');
  return `${window} ${lengths} ${tenant}${service}${language}${sdk}${version}`;
}
