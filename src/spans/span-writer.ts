/**
 * Where codecs write. One writer a partition: it owns the columns of the batch being filled, grows them, and takes back a message that is
 * undecodable. Call order: `begin` a message, `addRow` and set columns for each span, `rollback` where it throws; `reset` between batches.
 */
import { SPANS_PER_MESSAGE_MAX } from '../limits.ts';
import { DecodeError } from '../codecs/decode-error.ts';
import { Dictionary } from './dictionary.ts';
import { EMPTY_SPAN_NAME, MISSING_SERVICE_NAME, NameSanitizer } from './sanitize.ts';
import { ID_WORDS, type SpanBatch, WEIGHT_ONE } from './span-batch.ts';
import { LinkColumns } from './span-links.ts';
import { wider } from './wider.ts';
import type { WriterOptions } from './writer-options.ts';

/** Distinct texts, and their bytes, from which on a dictionary is compacted: at least these, or twice what the last time left. */
const DICTIONARY_TEXTS_MIN = 1 << 18;
const DICTIONARY_BYTES_MIN = 64 * 2 ** 20;
const INITIAL_ROWS = 1024;

export class SpanWriter implements SpanBatch {
  readonly dictionary = new Dictionary();
  readonly names = new NameSanitizer(this.dictionary);
  readonly options: WriterOptions;
  slot = 0;
  firstOwner = 0;
  offset = new Float64Array(INITIAL_ROWS);
  recordMs = new Float64Array(INITIAL_ROWS);
  tenant = new Int32Array(INITIAL_ROWS);
  ids = new Int32Array(INITIAL_ROWS * ID_WORDS);
  startUs = new Float64Array(INITIAL_ROWS);
  endUs = new Float64Array(INITIAL_ROWS);
  durationUs = new Float64Array(INITIAL_ROWS);
  reversed = new Uint8Array(INITIAL_ROWS);
  oversized = new Uint8Array(INITIAL_ROWS);
  kind = new Uint8Array(INITIAL_ROWS);
  status = new Uint8Array(INITIAL_ROWS);
  service = new Int32Array(INITIAL_ROWS);
  operation = new Int32Array(INITIAL_ROWS);
  weight = new Float64Array(INITIAL_ROWS).fill(WEIGHT_ONE);
  window = new Int32Array(INITIAL_ROWS);
  punctuality = new Uint8Array(INITIAL_ROWS);
  repeat = new Uint8Array(INITIAL_ROWS);
  copy = new Uint8Array(INITIAL_ROWS);
  spanAttributes: Int32Array[];
  resourceAttributes: Int32Array[];
  readonly links: LinkColumns;

  /** Columns of the resource being read: set by the codec, copied into each row it adds. */
  resourceService = 0;
  resourceTenant = 0;
  readonly resourceValues: Int32Array;
  /** The bytes of the resource attribute that names the tenant; undefined where none does, or the message being read has one. */
  tenantKey: Uint8Array | undefined;
  #length = 0;
  #capacity = INITIAL_ROWS;
  #messageStart = 0;
  #messageOffset = 0;
  #messageRecordMs = Number.NaN;
  #messageTenant = 0;
  #tenantName: string | undefined;
  readonly #missingServiceName: number;
  readonly #emptySpanName: number;
  /** Ids below it are never forgotten nor renamed: those of the tenants have to stay short, see span-record. */
  readonly #lastingTexts: number;
  readonly #textsMin: number;
  #textsMax: number;
  #bytesMax = DICTIONARY_BYTES_MIN;

  constructor(options: WriterOptions) {
    this.options = options;
    this.tenantKey = options.tenantAttribute && new TextEncoder().encode(options.tenantAttribute.key);
    this.spanAttributes = options.keys.keys.map(() => new Int32Array(INITIAL_ROWS));
    this.resourceAttributes = options.keys.keys.map(() => new Int32Array(INITIAL_ROWS));
    this.resourceValues = new Int32Array(options.keys.keys.length);
    this.links = new LinkColumns(options.hasLinks === true);
    this.#textsMax = this.#textsMin = options.dictionaryTextsMin ?? DICTIONARY_TEXTS_MIN;
    for (const tenant of options.tenants ?? []) this.dictionary.internText(tenant);
    this.#missingServiceName = this.dictionary.internText(MISSING_SERVICE_NAME);
    this.#emptySpanName = this.dictionary.internText(EMPTY_SPAN_NAME);
    this.#lastingTexts = this.dictionary.size;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes back the rows from `length` on: those beyond it are at their defaults, so that adding one need not write them. */
  set length(length: number) {
    this.#clear(length);
    this.links.truncate(length);
    this.#length = length;
  }

  /** Empties the batch. Ids stay valid. */
  reset(slot: number): void {
    this.length = 0;
    this.firstOwner = 0;
    this.slot = slot;
  }

  /** Whether the dictionary should be compacted, now that the batch is empty. */
  get isDictionaryFull(): boolean {
    return this.dictionary.size > this.#textsMax || this.dictionary.bytes > this.#bytesMax;
  }

  /** Keeps the marked texts and those that last, and returns the new id of each old one. */
  compactDictionary(used: Uint8Array): Int32Array {
    used.fill(1, 1, this.#lastingTexts);
    const renamed = this.dictionary.compact(used);
    this.names.clear();
    this.#tenantName = undefined;
    this.#textsMax = Math.max(this.#textsMin, this.dictionary.size * 2);
    this.#bytesMax = Math.max(DICTIONARY_BYTES_MIN, this.dictionary.bytes * 2);
    return renamed;
  }

  /** Starts a message: `recordMs` is NaN where the record has no timestamp. */
  begin(offset: number, recordMs: number, tenant: string): void {
    this.#messageStart = this.#length;
    this.#messageOffset = offset;
    this.#messageRecordMs = recordMs;
    // Most messages are of the tenant of the one before.
    if (tenant !== this.#tenantName) this.#messageTenant = this.dictionary.internText(tenant);
    this.#tenantName = tenant;
    this.beginResource();
  }

  /** Takes back every row of the message begun last. */
  rollback(): void {
    this.length = this.#messageStart;
  }

  /** Starts a resource: no service name, the message's tenant, no attributes. */
  beginResource(): void {
    this.resourceService = this.#missingServiceName;
    this.resourceTenant = this.#messageTenant;
    this.resourceValues.fill(0);
  }

  /** Names the tenant from the resource attribute configured for it. */
  setResourceTenant(value: string): void {
    const tenant = this.tenantKey && this.options.tenantAttribute?.tenantOf(value);
    if (tenant !== undefined) this.resourceTenant = this.dictionary.internText(tenant);
  }

  /**
   * Adds a span of the current resource and returns its row, with every other column at its default: ids zero, kind
   * unspecified, status unset, weight one, name `empty-span-name`, times zero.
   */
  addRow(): number {
    const row = this.#length;
    if (row - this.#messageStart >= SPANS_PER_MESSAGE_MAX)
      throw new DecodeError('too_many_spans', `more than ${SPANS_PER_MESSAGE_MAX} spans in one message`);
    if (row === this.#capacity) this.#grow();
    this.#length = row + 1;
    this.offset[row] = this.#messageOffset;
    this.recordMs[row] = this.#messageRecordMs;
    this.tenant[row] = this.resourceTenant;
    this.service[row] = this.resourceService;
    this.operation[row] = this.#emptySpanName;
    const values = this.resourceValues;
    for (let column = 0; column < values.length; column++)
      if (values[column] !== 0) this.resourceAttributes[column]![row] = values[column]!;
    return row;
  }

  /** Adds rows, fewer than SPANS_PER_MESSAGE_MAX, and returns the first. The caller sets every column that addRow sets of the resource, and the name. */
  addRows(count: number): number {
    const first = this.#length;
    const end = first + count;
    while (end > this.#capacity) this.#grow();
    this.#length = end;
    this.offset.fill(this.#messageOffset, first, end);
    this.recordMs.fill(this.#messageRecordMs, first, end);
    return first;
  }

  /** Sets the three time columns from Unix nanoseconds given as 32-bit halves, after sanitising: an end not after its start becomes start + 1 ns. */
  setTimes(row: number, startHigh: number, startLow: number, endHigh: number, endLow: number): void {
    // 2^32 = 4,294,967 x 1000 + 296, so microseconds come out exact without a 64-bit integer.
    const startRest = startHigh * 296 + startLow;
    const startThousands = Math.floor(startRest / 1000);
    // A remainder of doubles would be a call.
    const startNs = startRest - startThousands * 1000;
    const startUs = startHigh * 4_294_967 + startThousands;
    this.startUs[row] = startUs;
    if (endHigh < startHigh || (endHigh === startHigh && endLow <= startLow)) {
      this.endUs[row] = startNs === 999 ? startUs + 1 : startUs;
      this.durationUs[row] = 0;
      if (endHigh !== startHigh || endLow !== startLow) this.reversed[row] = 1;
      return;
    }
    const endRest = endHigh * 296 + endLow;
    const endThousands = Math.floor(endRest / 1000);
    this.endUs[row] = endHigh * 4_294_967 + endThousands;
    const borrowUs = endRest - endThousands * 1000 < startNs ? 1 : 0;
    this.durationUs[row] = this.endUs[row] - startUs - borrowUs;
  }

  /** The same from a start and a duration, each in seconds and nanoseconds. What is before 1970 is read as 1970. */
  setTimesInSeconds(row: number, startS: number, startNs: number, durationS: number, durationNs: number) {
    const isPositive = durationS > 0 || (durationS === 0 && durationNs > 0);
    const endNs = isPositive ? startNs + durationNs : startNs + 1;
    const endS = startS + (isPositive ? durationS : 0) + (endNs >= 1e9 ? 1 : 0);
    this.startUs[row] = Math.max(0, startS * 1e6 + Math.floor(startNs / 1000));
    this.endUs[row] = Math.max(0, endS * 1e6 + Math.floor((endNs % 1e9) / 1000));
    this.durationUs[row] = isPositive ? durationS * 1e6 + Math.floor(durationNs / 1000) : 0;
    if (durationS < 0 || durationNs < 0) this.reversed[row] = 1;
  }

  /** The same from a start and a duration in microseconds. */
  setTimesInUs(row: number, startUs: number, durationUs: number): void {
    this.startUs[row] = startUs;
    this.endUs[row] = startUs + durationUs;
    this.durationUs[row] = durationUs;
  }

  #clear(start: number, end = this.#length): void {
    this.ids.fill(0, start * ID_WORDS, end * ID_WORDS);
    const { startUs, endUs, durationUs, reversed, oversized, kind, status, copy } = this;
    for (const column of [startUs, endUs, durationUs, reversed, oversized, kind, status, copy])
      column.fill(0, start, end);
    this.weight.fill(WEIGHT_ONE, start, end);
    for (const column of this.spanAttributes) column.fill(0, start, end);
    for (const column of this.resourceAttributes) column.fill(0, start, end);
  }

  #grow(): void {
    const rows = (this.#capacity *= 2);
    this.offset = wider(this.offset, rows);
    this.recordMs = wider(this.recordMs, rows);
    this.tenant = wider(this.tenant, rows);
    this.ids = wider(this.ids, rows * ID_WORDS);
    this.startUs = wider(this.startUs, rows);
    this.endUs = wider(this.endUs, rows);
    this.durationUs = wider(this.durationUs, rows);
    this.reversed = wider(this.reversed, rows);
    this.oversized = wider(this.oversized, rows);
    this.kind = wider(this.kind, rows);
    this.status = wider(this.status, rows);
    this.service = wider(this.service, rows);
    this.operation = wider(this.operation, rows);
    this.weight = wider(this.weight, rows).fill(WEIGHT_ONE, this.#length);
    this.window = wider(this.window, rows);
    this.punctuality = wider(this.punctuality, rows);
    this.repeat = wider(this.repeat, rows);
    this.copy = wider(this.copy, rows);
    this.spanAttributes = this.spanAttributes.map((column) => wider(column, rows));
    this.resourceAttributes = this.resourceAttributes.map((column) => wider(column, rows));
  }
}
