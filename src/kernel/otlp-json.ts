/** OTLP's JSON through the kernel. */
import { weightOfTracestate } from '../codecs/tracestate.ts';
import { JsonReader } from '../codecs/wire/json.ts';
import { JsonAnyValue } from '../codecs/wire/json-any-value.ts';
import { JsonKeyValue } from '../codecs/wire/json-key-value.ts';
import { readLinks } from '../codecs/wire/otlp-json-links.ts';
import { readResource } from '../codecs/wire/otlp-json-resource.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import { INPUT } from './layout.ts';
import { jsonMemos } from './memos.ts';
import { decodeOtlp, type OtlpEncoding } from './otlp-columns.ts';

const json = new JsonReader();
const attribute = new JsonKeyValue(json);
const anyValue = new JsonAnyValue(json);

/** Whether the message was decoded; where it was not, the writer is as it was before. */
export function decodeJsonByKernel(bytes: Uint8Array, into: SpanWriter): boolean {
  return decodeOtlp(encoding, bytes, into);
}

const encoding: OtlpEncoding = {
  decode: (by, length, wantsLinks) => by.decodeJson(length, wantsLinks),
  open(message) {
    json.open(message);
  },
  memosOf: (writer) => jsonMemos.of(writer),
  readResource(start, _end, into) {
    if (start === 0) return false;
    json.at = start - INPUT;
    return readResource(json, attribute, into);
  },
  /** A name starts behind its quote. */
  operation(start, _end, into) {
    json.clearText();
    if (start !== 0) readString(start - 1);
    return into.names.operation(json.text, json.textStart, json.textEnd);
  },
  value(start, _end, into) {
    json.at = start - INPUT;
    anyValue.locate();
    return anyValue.intern(into);
  },
  weight(start) {
    readString(start);
    return weightOfTracestate(json.text, json.textStart, json.textEnd);
  },
  readLinks(start, _end, row, into) {
    json.at = start - INPUT;
    readLinks(json, row, into.links);
  },
};

/** Makes the string whose quote is at this address of the kernel's the reader's text. */
function readString(address: number): void {
  json.at = address - INPUT;
  json.string();
}
