/**
 * OTLP's KeyValue in JSON: which of the wanted attributes it is, and its value where somebody asks for it. Key and value come in any
 * order, so the value is passed over first and read from its place.
 */
import { Buffer } from 'node:buffer';
import { SERVICE_NAME_WRONG_TYPE } from '../../spans/sanitize.ts';
import { SPAN_ATTRIBUTE_BYTES_MAX } from '../../spans/span-batch.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import type { JsonReader } from './json.ts';
import { JsonAnyValue } from './json-any-value.ts';
import { JsonFields } from './json-fields.ts';

export const NONE = -1;
const KEY_VALUE = new JsonFields(['key', 'value']);
const SERVICE_NAME = Buffer.from('service.name');

export class JsonKeyValue {
  /** Column of the wanted key, or NONE. */
  column = NONE;
  /** Whether it names its resource's service, or its tenant. */
  isService = false;
  isTenant = false;
  #valueAt = NONE;
  #isLocated = false;
  /** Whether the value takes as many bytes as one that is too long, all its JSON counted. */
  #mayBeLong = false;
  readonly #json: JsonReader;
  readonly #value: JsonAnyValue;

  constructor(json: JsonReader) {
    this.#json = json;
    this.#value = new JsonAnyValue(json);
  }

  /** Reads over the KeyValue that comes next. */
  read(into: SpanWriter, isResource: boolean): void {
    const json = this.#json;
    this.column = this.#valueAt = NONE;
    this.#isLocated = this.#mayBeLong = false;
    this.isService = this.isTenant = false;
    if (!isResource && into.spanAttributes.length === 0 && this.#pass()) return;
    if (json.objectStart())
      do {
        const field = json.field(KEY_VALUE);
        if (field === 'key') {
          json.string();
          this.column = into.options.keys.columnOf(json.text, json.textStart, json.textEnd);
          if (isResource) {
            this.isService = json.isText(SERVICE_NAME);
            this.isTenant = into.tenantKey !== undefined && json.isText(into.tenantKey);
          }
        } else if (field === 'value') {
          json.peek();
          this.#valueAt = json.at;
          // A key that came first tells whether anybody will ask.
          this.#isLocated = this.column !== NONE || this.isService || this.isTenant;
          if (this.#isLocated) this.#value.locate();
          else json.skip();
          this.#mayBeLong = json.at - this.#valueAt > SPAN_ATTRIBUTE_BYTES_MAX;
        } else json.skip();
      } while (json.objectNext());
  }

  /** Whether the value takes more than SPAN_ATTRIBUTE_BYTES_MAX. */
  get isLong(): boolean {
    if (!this.#mayBeLong) return false;
    const json = this.#json;
    const { at } = json;
    this.#locate();
    const { bytes } = this.#value;
    json.at = at;
    return bytes > SPAN_ATTRIBUTE_BYTES_MAX;
  }

  /** The dictionary id of the value's text. */
  valueId(into: SpanWriter): number {
    if (this.#valueAt === NONE) return into.names.attributeText('');
    const json = this.#json;
    const { at } = json;
    this.#locate();
    const id = this.#value.intern(into);
    json.at = at;
    return id;
  }

  /** The dictionary id of the value as a service name, which may be longer than an attribute. Call `valueId` first. */
  serviceId(into: SpanWriter): number {
    if (this.#valueAt === NONE || this.#value.kind !== 'stringValue')
      return into.dictionary.internText(SERVICE_NAME_WRONG_TYPE);
    const json = this.#json;
    const { at } = json;
    json.at = this.#value.heldAt;
    json.string();
    const id = into.names.service(json.text, json.textStart, json.textEnd);
    json.at = at;
    return id;
  }

  /** Passes over a KeyValue that nobody wants; stays before it where it may be long. */
  #pass(): boolean {
    const json = this.#json;
    json.peek();
    const { at } = json;
    json.skip();
    if (json.at - at <= SPAN_ATTRIBUTE_BYTES_MAX) return true;
    json.at = at;
    return false;
  }

  /** Locates the value, unless that is done; this may move the reader. */
  #locate(): void {
    if (this.#isLocated) return;
    this.#json.at = this.#valueAt;
    this.#value.locate();
    this.#isLocated = true;
  }
}
