/**
 * Zipkin v2 JSON: a list of spans comes in, one row each goes out. A span's local endpoint is its resource. Members come in any
 * order; unknown ones are ignored. Of a repeated member the last counts, a tag too. What kinds and tags mean is in
 * zipkin-rules.ts.
 */
import { Buffer } from 'node:buffer';
import { AttributeKeys } from '../spans/attribute-keys.ts';
import { ID_WORDS, SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTES_MAX, WEIGHT_ONE } from '../spans/span-batch.ts';
import type { SpanWriter } from '../spans/span-writer.ts';
import type { Codec } from './codec.ts';
import { DecodeError } from './decode-error.ts';
import { weightOfTracestate } from './tracestate.ts';
import { Integer64, latin1 } from './wire/decimal.ts';
import { readPaddedHexId } from './wire/hex-id.ts';
import { JsonReader } from './wire/json.ts';
import { JsonFields, NO_FIELD } from './wire/json-fields.ts';
import { isLinkKey, readLinkTag } from './wire/zipkin-link.ts';
import { FIELD_TAGS, isParent, kindOf, NO_SERVICE_NAME, statusOf } from './zipkin-rules.ts';

const codec: Codec = {
  decode(message, into) {
    json.open(message);
    if (json.arrayStart())
      do {
        if (!json.isNull()) readSpan(into);
      } while (json.arrayNext());
    json.finish();
  },
};
export default codec;

const SPAN = new JsonFields([
  'traceId',
  'parentId',
  'id',
  'kind',
  'name',
  'timestamp',
  'duration',
  'localEndpoint',
  'remoteEndpoint',
  'tags',
]);
const ENDPOINT = new JsonFields(['serviceName']);
const NOBODY = Buffer.from(NO_SERVICE_NAME);
const TRUE = Buffer.from('true');
const NONE = -1;
/** Longest text that can be one of the words Zipkin gives a meaning. */
const WORD_BYTES_MAX = 32;

/** The tags that are more than attributes, by their place in this list; the first ones are no attributes. */
const MEANINGS = new AttributeKeys([...FIELD_TAGS, 'error']);
const KIND_TAG = MEANINGS.column('span.kind');
const STATUS_TAG = MEANINGS.column('otel.status_code');
const TRACESTATE_TAG = MEANINGS.column('w3c.tracestate');
const ERROR_TAG = MEANINGS.column('error');

const json = new JsonReader();
const integer = new Integer64();
/** What the span's tags said. */
let hasError = false;
let kindTag: string | undefined;
let statusTag: string | undefined;

function readSpan(into: SpanWriter): void {
  into.beginResource();
  const row = into.addRow();
  const word = row * ID_WORDS;
  let kind = '';
  let timestampUs = 0;
  let durationUs = 0;
  let peer = 0;
  forgetTags(row, into);
  if (json.objectStart()) {
    let isSpan = false;
    do {
      const field = json.field(SPAN);
      if (field !== NO_FIELD) isSpan = true;
      switch (field) {
        case 'traceId':
          readPaddedHexId(json, into.ids, word, 4);
          break;
        case 'id':
          readPaddedHexId(json, into.ids, word + 4, 2);
          break;
        case 'parentId':
          readPaddedHexId(json, into.ids, word + 6, 2);
          break;
        case 'kind':
          json.string();
          kind = lastWord();
          break;
        case 'name':
          json.string();
          into.operation[row] = into.names.operation(json.text, json.textStart, json.textEnd);
          break;
        case 'timestamp':
          timestampUs = readMicroseconds();
          break;
        case 'duration':
          durationUs = readMicroseconds();
          break;
        case 'localEndpoint':
          readLocalEndpoint(row, into);
          break;
        case 'remoteEndpoint':
          peer = readPeer(into);
          break;
        case 'tags':
          readTags(row, into);
          break;
        default:
          json.skip();
      }
    } while (json.objectNext());
    checkKnown(isSpan);
  }
  into.setTimesInUs(row, timestampUs, durationUs);
  checkParent(word, into);
  into.tenant[row] = into.resourceTenant;
  into.kind[row] = kindOf(kind, kindTag);
  into.status[row] = statusOf(hasError, statusTag);
  setPeer(peer, row, into);
}

function checkKnown(isSpan: boolean): void {
  if (!isSpan)
    throw new DecodeError('unknown_encoding', 'an object of the list has no field of a Zipkin span');
}

/** Takes away a parent that is none. */
function checkParent(word: number, { ids }: SpanWriter): void {
  if (!isParent(ids[word + 6]!, ids[word + 7]!, ids[word + 4]!, ids[word + 5]!))
    ids.fill(0, word + 6, word + 8);
}

function setPeer(peer: number, row: number, into: SpanWriter): void {
  const values = into.spanAttributes[into.options.keys.column('peer.service')];
  if (peer !== 0 && values !== undefined) values[row] = peer;
}

/** The id of the endpoint's name as an attribute; 0 where it is empty. */
function readPeer(into: SpanWriter): number {
  readEndpoint();
  return json.textStart === json.textEnd ? 0 : into.names.attribute(json.text, json.textStart, json.textEnd);
}

function readMicroseconds(): number {
  json.scalar();
  integer.read(json.text, json.textStart, json.textEnd);
  integer.checkUnsigned();
  return integer.value;
}

function readLocalEndpoint(row: number, into: SpanWriter): void {
  readEndpoint();
  if (json.textEnd > json.textStart && !json.isText(NOBODY))
    into.service[row] = into.names.service(json.text, json.textStart, json.textEnd);
  else into.service[row] = into.resourceService;
}

/** Reads an endpoint, and makes its service name the reader's text; an empty one where it has none. */
function readEndpoint(): void {
  let nameAt = NONE;
  if (json.objectStart())
    do {
      const field = json.field(ENDPOINT);
      json.peek();
      if (field === 'serviceName') nameAt = json.at;
      json.skip();
    } while (json.objectNext());
  json.clearText();
  if (nameAt === NONE) return;
  const { at } = json;
  json.at = nameAt;
  json.string();
  json.at = at;
}

function forgetTags(row: number, into: SpanWriter): void {
  hasError = false;
  kindTag = statusTag = undefined;
  into.weight[row] = WEIGHT_ONE;
  into.oversized[row] = 0;
  for (const values of into.spanAttributes) values[row] = 0;
  into.links.truncate(row);
}

/** Reads the span's tags: attributes into their columns, the rest into what tags said. */
function readTags(row: number, into: SpanWriter): void {
  const { spanAttributes, tenantKey } = into;
  let count = 0;
  forgetTags(row, into);
  if (json.objectStart())
    do {
      json.key();
      const column = into.options.keys.columnOf(json.text, json.textStart, json.textEnd);
      const meaning = MEANINGS.columnOf(json.text, json.textStart, json.textEnd);
      const isLink = isLinkKey(json.text, json.textStart, json.textEnd);
      const isTenant = tenantKey !== undefined && json.isText(tenantKey);
      json.string();
      if (isLink) {
        readLinkTag(json.text, json.textStart, json.textEnd, row, into);
        continue;
      }
      const isField = meaning !== NONE && meaning < FIELD_TAGS.length;
      const isFailure = meaning === ERROR_TAG && json.isText(TRUE);
      if (!isField && !isFailure) count++;
      if (!isField && json.textEnd - json.textStart > SPAN_ATTRIBUTE_BYTES_MAX) into.oversized[row] = 1;
      if (column === NONE && meaning === NONE && !isTenant) continue;
      if (isTenant) {
        const id = into.names.attribute(json.text, json.textStart, json.textEnd);
        into.setResourceTenant(into.dictionary.text(id));
      }
      if (meaning !== NONE) interpret(meaning, row, into);
      if (isField) continue;
      const values = spanAttributes[column];
      if (values !== undefined)
        values[row] = isFailure ? 0 : into.names.attribute(json.text, json.textStart, json.textEnd);
    } while (json.objectNext());
  if (count > SPAN_ATTRIBUTES_MAX) into.oversized[row] = 1;
}

function interpret(meaning: number, row: number, into: SpanWriter): void {
  if (meaning === KIND_TAG) kindTag = lastWord();
  else if (meaning === STATUS_TAG) statusTag = lastWord();
  else if (meaning === ERROR_TAG) hasError = true;
  else if (meaning === TRACESTATE_TAG)
    into.weight[row] = weightOfTracestate(json.text, json.textStart, json.textEnd);
}

/** The reader's text as a string; cut, as no word with a meaning is that long. */
function lastWord(): string {
  return latin1(json.text, json.textStart, Math.min(json.textEnd, json.textStart + WORD_BYTES_MAX));
}
