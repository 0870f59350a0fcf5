/**
 * Jaeger's KeyValue in JSON: which of the keys looked for it has, its type, and the place of each kind of value, of which the type
 * says which one counts. Members come in any order, so values are passed over first and read from their place; one that is left out
 * is its type's zero.
 */
import type { AttributeKeys } from '../../spans/attribute-keys.ts';
import { SPAN_ATTRIBUTE_BYTES_MAX } from '../../spans/span-batch.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { decodeBase64 } from './base-64.ts';
import { Integer64, readDouble } from './decimal.ts';
import type { JsonReader } from './json.ts';
import { JsonFields, NO_FIELD } from './json-fields.ts';

export const TAG_STRING = 0;
export const TAG_BOOL = 1;
export const TAG_INT64 = 2;
export const TAG_FLOAT64 = 3;
const TAG_BINARY = 4;

const TAG = new JsonFields(['key', 'vType', 'vStr', 'vBool', 'vInt64', 'vFloat64', 'vBinary']);
const TYPES = ['STRING', 'BOOL', 'INT64', 'FLOAT64', 'BINARY'];
/** The member that holds the value, by type. */
const VALUES = ['vStr', 'vBool', 'vInt64', 'vFloat64', 'vBinary'] as const;
const NONE = -1;

export class JaegerJsonTag {
  /** Column of the key among those some operator wants, and among those Jaeger gives a meaning; NONE for neither. */
  column = NONE;
  meaning = NONE;
  /** TAG_STRING and so on. */
  type = TAG_STRING;
  readonly #json: JsonReader;
  /** Whether some value takes as many bytes as one that is too long, its quotes and escapes counted. */
  #mayBeLong = false;
  readonly #valueAt = new Int32Array(VALUES.length);
  readonly #integer = new Integer64();
  #blob = new Uint8Array(512);

  constructor(json: JsonReader) {
    this.#json = json;
  }

  /** Reads over the tag that comes next. */
  read(wanted: AttributeKeys, meanings: AttributeKeys): void {
    const json = this.#json;
    this.column = this.meaning = NONE;
    this.type = TAG_STRING;
    this.#mayBeLong = false;
    this.#valueAt.fill(NONE);
    if (json.objectStart())
      do {
        const field = json.field(TAG);
        if (field === 'key') {
          json.string();
          this.column = wanted.columnOf(json.text, json.textStart, json.textEnd);
          this.meaning = meanings.columnOf(json.text, json.textStart, json.textEnd);
        } else if (field === 'vType') this.type = json.enumeration(TYPES);
        else {
          json.peek();
          const { at } = json;
          if (field !== NO_FIELD) this.#valueAt[VALUES.indexOf(field)] = at;
          json.skip();
          if (json.at - at > SPAN_ATTRIBUTE_BYTES_MAX) this.#mayBeLong = true;
        }
      } while (json.objectNext());
  }

  /** Whether the value is a string, or bytes in base64, of more than SPAN_ATTRIBUTE_BYTES_MAX. The reader's place is kept. */
  get isLong(): boolean {
    if (!this.#mayBeLong || (this.type !== TAG_STRING && this.type !== TAG_BINARY)) return false;
    const json = this.#json;
    const { at } = json;
    this.loadText();
    json.at = at;
    return json.textEnd - json.textStart > SPAN_ATTRIBUTE_BYTES_MAX;
  }

  /** Makes the value of a string the reader's text. These four leave the reader at the value: keep its place before. */
  loadText(): void {
    if (this.#seek()) this.#json.string();
    else this.#json.clearText();
  }

  boolean(): boolean {
    return this.#seek() && this.#json.boolean();
  }

  integer(): Integer64 {
    this.#integer.set(0, 0);
    if (this.#seek()) {
      const json = this.#json;
      json.scalar();
      this.#integer.read(json.text, json.textStart, json.textEnd);
      this.#integer.checkSigned();
    }
    return this.#integer;
  }

  double(): number {
    if (!this.#seek()) return 0;
    const json = this.#json;
    json.scalar();
    return readDouble(json.text, json.textStart, json.textEnd);
  }

  /** The dictionary id of the value's text. The reader's place is kept. */
  valueId(into: SpanWriter): number {
    const json = this.#json;
    const { at } = json;
    const id = this.#valueId(into);
    json.at = at;
    return id;
  }

  #valueId({ names }: SpanWriter): number {
    const json = this.#json;
    switch (this.type) {
      case TAG_STRING:
        this.loadText();
        return names.attribute(json.text, json.textStart, json.textEnd);
      case TAG_BOOL:
        return names.attributeText(String(this.boolean()));
      case TAG_INT64:
        return names.attributeText(this.integer().text());
      case TAG_FLOAT64:
        return names.attributeText(String(this.double()));
      default: {
        this.loadText();
        const letters = json.textEnd - json.textStart;
        // Base64 stands for no more bytes than it has letters.
        if (letters > this.#blob.length) this.#blob = new Uint8Array(letters);
        const length = decodeBase64(json.text, json.textStart, json.textEnd, this.#blob);
        return names.attributeBytes(this.#blob, 0, length);
      }
    }
  }

  /** Goes to the value of the tag's type; false where it has none. */
  #seek(): boolean {
    const at = this.#valueAt[this.type]!;
    if (at === NONE) return false;
    this.#json.at = at;
    return true;
  }
}
