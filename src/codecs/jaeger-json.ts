/**
 * Jaeger's api_v2.Span in JSON, as its collector writes it to Kafka: one object, with its Process inside, comes in, one row goes
 * out. Members come in any order and either spelling; unknown ones are ignored. Of a repeated member the last counts, and of a
 * repeated tag. What tags mean is in jaeger-rules.ts.
 */
import { AttributeKeys } from '../spans/attribute-keys.ts';
import { ID_WORDS, SPAN_ATTRIBUTES_MAX, WEIGHT_ONE } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Codec } from './codec.ts';
import { DecodeError } from './decode-error.ts';
import {
  checkDuration,
  checkTimestamp,
  FIELD_TAGS,
  httpStatusOfText,
  isProbabilistic,
  kindOfTag,
  statusOfTags,
} from './jaeger-rules.ts';
import { weightOfProbability, weightOfTracestate } from './tracestate.ts';
import { readBase64SpanId, readBase64TraceId } from './wire/base-64-id.ts';
import { latin1 } from './wire/decimal.ts';
import { readDuration, readTime, type Seconds } from './wire/go-time.ts';
import { readProcess } from './wire/jaeger-json-process.ts';
import { readReferences } from './wire/jaeger-json-references.ts';
import { JaegerJsonTag, TAG_BOOL, TAG_FLOAT64, TAG_INT64, TAG_STRING } from './wire/jaeger-json-tag.ts';
import { JsonReader } from './wire/json.ts';
import { JsonFields, NO_FIELD } from './wire/json-fields.ts';

const codec: Codec = {
  decode(message, into) {
    json.open(message);
    // Jaeger drops a span with nothing in it.
    if (json.objectStart()) readSpan(into);
    json.finish();
  },
};
export default codec;

const SPAN = new JsonFields([
  'traceId',
  'spanId',
  'operationName',
  'references',
  'startTime',
  'duration',
  'tags',
  'process',
]);
/** Tags that mean something, by their position. */
const MEANINGS = [...FIELD_TAGS, 'error', 'http.status_code', 'sampler.type', 'sampler.param'] as const;
/** The first ones become fields of the span, and are no attributes of it. */
const FIELD_MEANINGS = FIELD_TAGS.length;
const MEANING_KEYS = new AttributeKeys(MEANINGS);
const ERROR = MEANINGS.indexOf('error');
const NONE = -1;
/** Longest text that can be one of the words Jaeger gives a meaning. */
const WORD_BYTES_MAX = 32;

const json = new JsonReader();
const tag = new JaegerJsonTag(json);
const start: Seconds = { s: 0, ns: 0 };
const duration: Seconds = { s: 0, ns: 0 };
/** What the span's tags said. */
let kind = 0;
let statusCode: string | undefined;
let httpStatus: number | undefined;
let isError = false;
let isSampled = false;
let probability = 1;

function readSpan(into: SpanWriter): void {
  const row = into.addRow();
  const word = row * ID_WORDS;
  start.s = start.ns = duration.s = duration.ns = 0;
  forgetTags();
  let referencesAt = NONE;
  let isSpan = false;
  do {
    const field = json.field(SPAN);
    if (field !== NO_FIELD) isSpan = true;
    switch (field) {
      case 'traceId':
        readBase64TraceId(json, into.ids, word);
        break;
      case 'spanId':
        readBase64SpanId(json, into.ids, word + 4);
        break;
      case 'operationName':
        json.string();
        into.operation[row] = into.names.operation(json.text, json.textStart, json.textEnd);
        break;
      case 'references':
        // Which of them is the parent depends on the trace id, which may come later.
        json.peek();
        referencesAt = json.at;
        json.skip();
        break;
      case 'startTime':
        if (json.isNull()) break;
        json.string();
        readTime(json.text, json.textStart, json.textEnd, start);
        break;
      case 'duration':
        if (json.isNull()) break;
        json.string();
        readDuration(json.text, json.textStart, json.textEnd, duration);
        break;
      case 'tags':
        readTags(row, into);
        break;
      case 'process':
        readProcess(json, tag, row, into);
        break;
      default:
        json.skip();
    }
  } while (json.objectNext());
  if (!isSpan) throw new DecodeError('unknown_encoding', 'the object has no field of a Jaeger span');
  if (referencesAt !== NONE) readReferencesAt(referencesAt, row, into);
  checkTimestamp(start.s, start.ns);
  checkDuration(duration.s, duration.ns);
  into.setTimesInSeconds(row, start.s, start.ns, duration.s, duration.ns);
  into.kind[row] = kind;
  into.status[row] = statusOfTags({ error: isError, statusCode, httpStatus }, kind);
  const isRoot = into.ids[word + 6] === 0 && into.ids[word + 7] === 0;
  if (into.options.weightFromSamplerParam === true && isRoot && isSampled && into.weight[row] === WEIGHT_ONE)
    into.weight[row] = weightOfProbability(probability);
}

function readReferencesAt(referencesAt: number, row: number, into: SpanWriter): void {
  const { at } = json;
  json.at = referencesAt;
  readReferences(json, row, into);
  json.at = at;
}

function forgetTags(): void {
  kind = 0;
  statusCode = httpStatus = undefined;
  isError = isSampled = false;
  probability = 1;
}

/** Reads the span's tags: attributes into their columns, the rest into what tags said. */
function readTags(row: number, into: SpanWriter): void {
  const { spanAttributes } = into;
  const { keys } = into.options;
  let count = 0;
  forgetTags();
  into.weight[row] = WEIGHT_ONE;
  into.oversized[row] = 0;
  for (const values of spanAttributes) values[row] = 0;
  if (json.arrayStart())
    do {
      tag.read(keys, MEANING_KEYS);
      const { meaning } = tag;
      if (meaning !== NONE) {
        const { at } = json;
        interpret(MEANINGS[meaning]!, row, into);
        json.at = at;
      }
      if (meaning !== NONE && meaning < FIELD_MEANINGS) continue;
      // One that only says that the span failed is its status, and no attribute.
      const isFailure = meaning === ERROR && isError;
      if (!isFailure) count++;
      if (tag.isLong) into.oversized[row] = 1;
      const values = spanAttributes[tag.column];
      if (values !== undefined) values[row] = isFailure ? 0 : tag.valueId(into);
    } while (json.arrayNext());
  if (count > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
}

function interpret(name: (typeof MEANINGS)[number], row: number, into: SpanWriter): void {
  switch (name) {
    case 'span.kind':
      kind = kindOfTag(tagWord() ?? '');
      break;
    case 'otel.status_code':
      statusCode = tagWord() ?? '';
      break;
    case 'w3c.tracestate':
      into.weight[row] = WEIGHT_ONE;
      if (tag.type !== TAG_STRING) break;
      tag.loadText();
      into.weight[row] = weightOfTracestate(json.text, json.textStart, json.textEnd);
      break;
    case 'error':
      isError = tag.type === TAG_BOOL && tag.boolean();
      break;
    case 'http.status_code':
      httpStatus = tag.type === TAG_INT64 ? tag.integer().value : httpStatusOfText(tagWord() ?? '');
      break;
    case 'sampler.type':
      isSampled = isProbabilistic(tagWord() ?? '');
      break;
    case 'sampler.param':
      if (tag.type === TAG_FLOAT64) probability = tag.double();
      else if (tag.type === TAG_INT64) probability = tag.integer().value;
      else probability = Number.parseFloat(tagWord() ?? '');
      break;
    default:
  }
}

/** The tag's text as a string, where it is one; cut, as no word with a meaning is that long. */
function tagWord(): string | undefined {
  if (tag.type !== TAG_STRING) return undefined;
  tag.loadText();
  return latin1(json.text, json.textStart, Math.min(json.textEnd, json.textStart + WORD_BYTES_MAX));
}
