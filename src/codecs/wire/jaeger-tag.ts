/** One KeyValue of jaeger.api_v2: where its parts are, and its value as text, as a string or as a number. Only the part its type names counts. */
import type { SpanWriter } from '../../spans/span-writer.ts';
import { httpStatusOfText } from '../jaeger-rules.ts';
import type { WireReader } from './protobuf.ts';

const KEY = 0x0a;
const TYPE = 0x10;
const TEXT = 0x1a;
const BOOL = 0x20;
const INT64 = 0x28;
const FLOAT64 = 0x31;
const BINARY = 0x3a;

/** Wire type of what has a length, and the smallest length that takes more than a byte. */
const LENGTH = 2;
const LONG = 0x80;

const TYPE_STRING = 0;
const TYPE_BOOL = 1;
const TYPE_INT64 = 2;
const TYPE_FLOAT64 = 3;
const TYPE_BINARY = 4;

export class JaegerTag {
  keyStart = 0;
  keyEnd = 0;
  /** Bounds of the value where it is a string, else empty. */
  textStart = 0;
  textEnd = 0;
  #type = TYPE_STRING;
  #valueAt = 0;
  #bool = false;
  #intAt = 0;
  #intEnd = 0;
  #double = 0;
  #binaryStart = 0;
  #binaryEnd = 0;
  readonly #wire: WireReader;

  constructor(wire: WireReader) {
    this.#wire = wire;
  }

  read(start: number, end: number): void {
    if (!this.#readText(start, end)) this.#readFields(start, end);
  }

  /** Reads a tag as nearly all are written: its key, its text, nothing else; of short ones. False where it is no such tag. */
  #readText(start: number, end: number): boolean {
    const { bytes } = this.#wire;
    const keyStart = start + 2;
    if (keyStart > end || bytes[start] !== KEY || bytes[start + 1]! >= LONG) return false;
    const keyEnd = keyStart + bytes[start + 1]!;
    const textStart = keyEnd + 2;
    if (textStart > end || bytes[keyEnd] !== TEXT || bytes[keyEnd + 1]! >= LONG) return false;
    if (textStart + bytes[keyEnd + 1]! !== end) return false;
    this.#type = TYPE_STRING;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.textStart = textStart;
    this.textEnd = end;
    return true;
  }

  #readFields(start: number, end: number): void {
    const wire = this.#wire;
    const { bytes } = wire;
    let keyStart = 0;
    let keyEnd = 0;
    let textStart = 0;
    let textEnd = 0;
    let type = TYPE_STRING;
    this.#bool = false;
    this.#intEnd = 0;
    this.#double = 0;
    this.#binaryStart = this.#binaryEnd = 0;
    for (let at = start; at < end;) {
      let tag = bytes[at]!;
      let from = at + 2;
      // Most fields are short texts: of these the reader's calls would be most of the time.
      const length = (tag & 0x87) === LENGTH && tag >= 8 && from <= end ? bytes[from - 1]! : LONG;
      if (length < LONG && from + length <= end) at = from + length;
      else if ((tag & 0x87) === 0 && tag >= 8 && wire.shortVarint(at + 1, end)) {
        this.#valueAt = at + 1;
        at = wire.at;
      } else {
        tag = wire.tag(at, end);
        this.#valueAt = wire.at;
        at = wire.skip(tag, wire.at, end);
        from = wire.at;
      }
      if (tag === KEY) {
        keyStart = from;
        keyEnd = at;
      } else if (tag === TEXT) {
        textStart = from;
        textEnd = at;
      } else if (tag === TYPE) type = wire.enumeration();
      else this.#readOther(tag, from, at);
    }
    const isString = type === TYPE_STRING;
    this.#type = type;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.textStart = isString ? textStart : 0;
    this.textEnd = isString ? textEnd : 0;
  }

  /** A value that is no text, in `[from, end)` where it has a length. */
  #readOther(tag: number, from: number, end: number): void {
    const wire = this.#wire;
    if (tag === BOOL) this.#bool = wire.low !== 0 || wire.high !== 0;
    else if (tag === INT64) {
      this.#intAt = this.#valueAt;
      this.#intEnd = end;
    } else if (tag === FLOAT64) this.#double = wire.view.getFloat64(this.#valueAt, true);
    else if (tag === BINARY) {
      this.#binaryStart = from;
      this.#binaryEnd = end;
    }
  }

  get isString(): boolean {
    return this.#type === TYPE_STRING;
  }

  get isTrue(): boolean {
    return this.#type === TYPE_BOOL && this.#bool;
  }

  /** Bytes of the value where it is a string or binary; 0 where it is of a type that is always short. */
  get valueBytes(): number {
    if (this.isString) return this.textEnd - this.textStart;
    return this.#type === TYPE_BINARY ? this.#binaryEnd - this.#binaryStart : 0;
  }

  /** The integer of an `http.status_code` tag, or undefined. */
  httpStatus(into: SpanWriter): number | undefined {
    if (this.#type === TYPE_INT64) return this.#integer();
    return this.isString ? httpStatusOfText(this.string(into)) : undefined;
  }

  /** The number of a `sampler.param` tag, NaN where it is none. */
  number(into: SpanWriter): number {
    if (this.#type === TYPE_FLOAT64) return this.#double;
    if (this.#type === TYPE_INT64) return this.#integer();
    return Number.parseFloat(this.string(into));
  }

  /** The value where it is a string, else ''. Made once per distinct text. */
  string(into: SpanWriter): string {
    return into.dictionary.text(into.names.attribute(this.#wire.bytes, this.textStart, this.textEnd));
  }

  /** The dictionary id of the value's text. */
  valueId(into: SpanWriter): number {
    const { names } = into;
    const { bytes } = this.#wire;
    switch (this.#type) {
      case TYPE_STRING:
        return names.attribute(bytes, this.textStart, this.textEnd);
      case TYPE_BOOL:
        return names.attributeText(String(this.#bool));
      case TYPE_INT64: {
        const value = this.#integer();
        return Number.isSafeInteger(value)
          ? into.dictionary.internInteger(value)
          : names.attributeText(this.#wire.decimal());
      }
      case TYPE_FLOAT64:
        return names.attributeText(String(this.#double));
      case TYPE_BINARY:
        return names.attributeBytes(bytes, this.#binaryStart, this.#binaryEnd);
      default:
        return names.attributeText('');
    }
  }

  /** The integer, which the reader then holds exactly. */
  #integer(): number {
    if (this.#intEnd === 0) return 0;
    this.#wire.varint(this.#intAt, this.#intEnd);
    return this.#wire.signed();
  }
}
