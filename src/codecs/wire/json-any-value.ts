/**
 * OTLP's AnyValue in JSON, as text (see attribute-text.ts for its rules). `locate` notes what a value holds and where, in one pass;
 * its text is made from the noted place, and only for values somebody asked for.
 */
import { ATTRIBUTE_BYTES_MAX } from '../../limits.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { NestedText } from '../attribute-text.ts';
import { decodeBase64 } from './base-64.ts';
import { Integer64, readDouble } from './decimal.ts';
import type { JsonReader } from './json.ts';
import { JsonFields, NO_FIELD } from './json-fields.ts';

const ANY_VALUE = new JsonFields([
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
]);
const LIST = new JsonFields(['values']);
const KEY_VALUE = new JsonFields(['key', 'value']);
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const LOWER_N = 0x6e;
const QUOTE = 0x22;
const NONE = -1;

export type AnyValueKind = ReturnType<typeof ANY_VALUE.named>;

/** Bytes that decide an attribute's base64 text: what is longer is cut away. */
const blob = new Uint8Array(ATTRIBUTE_BYTES_MAX);
const integer = new Integer64();

/** Reads base64 from a JSON string and says it again in the standard alphabet, at least the part of it that is kept. */
function base64Text(json: JsonReader): string {
  json.string();
  const length = decodeBase64(json.text, json.textStart, json.textEnd, blob);
  return Buffer.from(blob.buffer, 0, Math.min(length, blob.length)).toString('base64');
}

function integerText(json: JsonReader): string {
  json.scalar();
  integer.read(json.text, json.textStart, json.textEnd);
  integer.checkSigned();
  return integer.text();
}

function doubleOf(json: JsonReader): number {
  json.scalar();
  return readDouble(json.text, json.textStart, json.textEnd);
}

export class JsonAnyValue {
  readonly #json: JsonReader;
  readonly #nested = new NestedText();
  /** The value located last: what it holds (NO_FIELD for nothing), and where that starts. */
  kind: AnyValueKind = NO_FIELD;
  heldAt = 0;
  /** Where a string it holds is, if it has no escapes. */
  #textStart = NONE;
  #textEnd = NONE;
  /** The arrays and lists still open: where each goes on, or -1 - that where it has not begun; whether it is a list. */
  readonly #resumeAt: number[] = [];
  readonly #isList: boolean[] = [];

  constructor(json: JsonReader) {
    this.#json = json;
  }

  /** Reads over the AnyValue that comes next. */
  locate(): void {
    const json = this.#json;
    this.kind = NO_FIELD;
    this.#textStart = NONE;
    if (json.objectStart())
      do {
        const field = json.field(ANY_VALUE);
        const first = json.peek();
        const { at } = json;
        if (field === 'stringValue' && first === QUOTE) {
          json.string();
          const isPlain = json.text === json.bytes;
          this.#textStart = isPlain ? json.textStart : NONE;
          this.#textEnd = json.textEnd;
        } else {
          this.#textStart = NONE;
          json.skip();
        }
        if (field === NO_FIELD) continue;
        this.kind = first === LOWER_N ? NO_FIELD : field;
        this.heldAt = at;
      } while (json.objectNext());
  }

  /** Bytes the located value takes: those of a text without its quotes and escapes, or of its JSON. This moves the reader. */
  get bytes(): number {
    if (this.kind === NO_FIELD) return 0;
    const json = this.#json;
    json.at = this.heldAt;
    if (json.peek() !== QUOTE) {
      json.skip();
      return json.at - this.heldAt;
    }
    json.string();
    return json.textEnd - json.textStart;
  }

  /** The dictionary id of the located value's text. The reader's place is kept. */
  intern(into: SpanWriter): number {
    const json = this.#json;
    if (this.kind === 'stringValue' && this.#textStart !== NONE)
      return into.names.attribute(json.bytes, this.#textStart, this.#textEnd);
    const { at } = json;
    let id: number;
    if (this.kind === 'stringValue') {
      json.at = this.heldAt;
      json.string();
      id = into.names.attribute(json.text, json.textStart, json.textEnd);
    } else {
      const { kind, heldAt } = this;
      id = into.names.attributeText(this.#text());
      // The elements of an array or a list were located in its place.
      this.kind = kind;
      this.heldAt = heldAt;
    }
    json.at = at;
    return id;
  }

  #text(): string {
    const json = this.#json;
    json.at = this.heldAt;
    switch (this.kind) {
      case 'stringValue':
        json.string();
        return DECODER.decode(json.text.subarray(json.textStart, json.textEnd));
      case 'boolValue':
        return String(json.boolean());
      case 'intValue':
        return integerText(json);
      case 'doubleValue':
        return String(doubleOf(json));
      case 'bytesValue':
        return base64Text(json);
      case 'arrayValue':
      case 'kvlistValue':
        return this.#nestedText();
      default:
        return '';
    }
  }

  /** The located array or list as JSON, with a stack of places in the document instead of recursion. */
  #nestedText(): string {
    const json = this.#json;
    const nested = this.#nested;
    nested.reset();
    this.#resumeAt.length = this.#isList.length = 0;
    this.#open();
    while (this.#resumeAt.length > 0 && !nested.isFull) {
      const level = this.#resumeAt.length - 1;
      const place = this.#resumeAt[level]!;
      json.at = place < 0 ? -1 - place : place;
      if (place < 0 ? !json.arrayStart() : !json.arrayNext()) {
        nested.close();
        this.#resumeAt.pop();
        this.#isList.pop();
        continue;
      }
      if (this.#isList[level]!) this.#keyed();
      else this.locate();
      this.#resumeAt[level] = json.at;
      this.#append();
    }
    return nested.text;
  }

  /** Opens the located array or list: its elements are where `values` starts. */
  #open(): void {
    const json = this.#json;
    const isList = this.kind === 'kvlistValue';
    json.at = this.heldAt;
    let valuesAt = -1;
    if (json.objectStart())
      do {
        const field = json.field(LIST);
        json.peek();
        if (field === 'values') valuesAt = json.at;
        json.skip();
      } while (json.objectNext());
    if (isList) this.#nested.openMap();
    else this.#nested.openArray();
    if (valuesAt < 0) {
      this.#nested.close();
      return;
    }
    this.#resumeAt.push(-1 - valuesAt);
    this.#isList.push(isList);
  }

  /** Reads a KeyValue: writes its key and locates its value. */
  #keyed(): void {
    const json = this.#json;
    let key = '';
    this.kind = NO_FIELD;
    if (json.objectStart())
      do {
        const field = json.field(KEY_VALUE);
        if (field === 'key') {
          json.string();
          key = DECODER.decode(json.text.subarray(json.textStart, json.textEnd));
        } else if (field === 'value') this.locate();
        else json.skip();
      } while (json.objectNext());
    this.#nested.key(key);
  }

  /** Writes the located value as an element. */
  #append(): void {
    const nested = this.#nested;
    switch (this.kind) {
      case 'arrayValue':
      case 'kvlistValue':
        this.#open();
        break;
      case 'boolValue':
        nested.boolean(this.#text() === 'true');
        break;
      case 'intValue':
        nested.integer(this.#text());
        break;
      case 'doubleValue':
        nested.double(Number(this.#text()));
        break;
      case 'stringValue':
      case 'bytesValue':
        nested.string(this.#text());
        break;
      default:
        nested.null();
    }
  }
}
