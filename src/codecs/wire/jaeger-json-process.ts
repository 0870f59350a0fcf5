/**
 * Jaeger's Process in JSON: the resource of its span. A process without a name may be named by a tag `service.name`; one with the
 * name that stands for none has no attributes either.
 */
import { Buffer } from 'node:buffer';
import { AttributeKeys } from '../../spans/attribute-keys.ts';
import { SERVICE_NAME_WRONG_TYPE } from '../../spans/sanitize.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { NO_SERVICE_NAME } from '../jaeger-rules.ts';
import { type JaegerJsonTag, TAG_STRING } from './jaeger-json-tag.ts';
import type { JsonReader } from './json.ts';
import { JsonFields } from './json-fields.ts';

const PROCESS = new JsonFields(['serviceName', 'tags']);
const SERVICE_NAME = 'service.name';
const NOBODY = Buffer.from(NO_SERVICE_NAME);
const NONE = -1;

/** Reads the process that comes next into a row that was added before it was known. */
export function readProcess(json: JsonReader, tag: JaegerJsonTag, row: number, into: SpanWriter): void {
  let nameAt = NONE;
  let tagsAt = NONE;
  if (json.objectStart())
    do {
      const field = json.field(PROCESS);
      json.peek();
      if (field === 'serviceName') nameAt = json.at;
      else if (field === 'tags') tagsAt = json.at;
      json.skip();
    } while (json.objectNext());
  const { at } = json;
  into.beginResource();
  json.clearText();
  if (nameAt !== NONE) {
    json.at = nameAt;
    json.string();
  }
  if (!json.isText(NOBODY)) {
    const isNamed = readName(json, into);
    if (tagsAt !== NONE) {
      json.at = tagsAt;
      readTags(json, tag, into, isNamed);
    }
  }
  json.at = at;
  into.service[row] = into.resourceService;
  into.tenant[row] = into.resourceTenant;
  for (const [column, values] of into.resourceAttributes.entries())
    values[row] = into.resourceValues[column]!;
}

/** Takes the reader's text as the name of the service, which is a resource attribute as well; false for an empty one. */
function readName({ text, textStart, textEnd }: JsonReader, into: SpanWriter): boolean {
  if (textStart === textEnd) return false;
  const { names, options } = into;
  into.resourceService = names.service(text, textStart, textEnd);
  const id = names.attribute(text, textStart, textEnd);
  const column = options.keys.column(SERVICE_NAME);
  if (column >= 0) into.resourceValues[column] = id;
  if (options.tenantAttribute?.key === SERVICE_NAME) into.setResourceTenant(into.dictionary.text(id));
  return true;
}

function readTags(json: JsonReader, tag: JaegerJsonTag, into: SpanWriter, isNamed: boolean): void {
  const tenantKey = into.options.tenantAttribute?.key;
  const meanings = meaningsFor(tenantKey);
  let hasService = isNamed;
  let hasTenant = isNamed && tenantKey === SERVICE_NAME;
  if (json.arrayStart())
    do {
      tag.read(into.options.keys, meanings);
      const { column, meaning } = tag;
      if (column === NONE && meaning === NONE) continue;
      const { at } = json;
      const id = tag.valueId(into);
      if (column !== NONE && into.resourceValues[column] === 0) into.resourceValues[column] = id;
      if (meaning !== NONE && !hasService && meanings.keys[meaning] === SERVICE_NAME) {
        hasService = true;
        into.resourceService = serviceId(json, tag, into);
      }
      if (meaning !== NONE && !hasTenant && meanings.keys[meaning] === tenantKey) {
        hasTenant = true;
        into.setResourceTenant(into.dictionary.text(id));
      }
      json.at = at;
    } while (json.arrayNext());
}

function serviceId(json: JsonReader, tag: JaegerJsonTag, into: SpanWriter): number {
  if (tag.type !== TAG_STRING) return into.dictionary.internText(SERVICE_NAME_WRONG_TYPE);
  tag.loadText();
  return into.names.service(json.text, json.textStart, json.textEnd);
}

let meanings = new AttributeKeys([SERVICE_NAME]);
let meaningsTenantKey: string | undefined;

/** The keys that mean something in a process: made once per tenant attribute, of which an engine has one. */
function meaningsFor(tenantKey: string | undefined): AttributeKeys {
  if (tenantKey !== meaningsTenantKey) {
    meaningsTenantKey = tenantKey;
    meanings = new AttributeKeys(tenantKey === undefined ? [SERVICE_NAME] : [SERVICE_NAME, tenantKey]);
  }
  return meanings;
}
