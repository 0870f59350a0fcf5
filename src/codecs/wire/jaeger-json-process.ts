/**
 * Jaeger's Process in JSON: the resource of its span. A process with the name that stands for none has no attributes
 * either.
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
const HOSTNAME = 'hostname';
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
    if (json.textEnd > json.textStart)
      into.resourceService = into.names.service(json.text, json.textStart, json.textEnd);
    if (tagsAt !== NONE) {
      json.at = tagsAt;
      readTags(json, tag, into);
    }
  }
  json.at = at;
  into.service[row] = into.resourceService;
  into.tenant[row] = into.resourceTenant;
  for (const [column, values] of into.resourceAttributes.entries())
    values[row] = into.resourceValues[column]!;
}

/** Tags come after the name: one called `service.name` replaces it. `hostname` is `host.name` where nothing else is. */
function readTags(json: JsonReader, tag: JaegerJsonTag, into: SpanWriter): void {
  const { resourceValues } = into;
  const host = into.options.keys.column('host.name');
  const tenantKey = into.options.tenantAttribute?.key;
  const meanings = meaningsFor(tenantKey);
  let hostname = 0;
  if (json.arrayStart())
    do {
      tag.read(into.options.keys, meanings);
      const { column, meaning } = tag;
      if (column === NONE && meaning === NONE) continue;
      const { at } = json;
      const id = tag.valueId(into);
      if (column !== NONE) resourceValues[column] = id;
      const name = meanings.keys[meaning];
      if (name === HOSTNAME) hostname = id;
      if (name === SERVICE_NAME) into.resourceService = serviceId(json, tag, into);
      if (name !== undefined && name === tenantKey) into.setResourceTenant(into.dictionary.text(id));
      json.at = at;
    } while (json.arrayNext());
  if (hostname !== 0 && host >= 0 && resourceValues[host] === 0) resourceValues[host] = hostname;
}

function serviceId(json: JsonReader, tag: JaegerJsonTag, into: SpanWriter): number {
  if (tag.type !== TAG_STRING) return into.dictionary.internText(SERVICE_NAME_WRONG_TYPE);
  tag.loadText();
  return into.names.service(json.text, json.textStart, json.textEnd);
}

let meanings = new AttributeKeys([SERVICE_NAME, HOSTNAME]);
let meaningsTenantKey: string | undefined;

/** The keys that mean something in a process: made once per tenant attribute, of which an engine has one. */
function meaningsFor(tenantKey: string | undefined): AttributeKeys {
  if (tenantKey !== meaningsTenantKey) {
    meaningsTenantKey = tenantKey;
    meanings = new AttributeKeys([SERVICE_NAME, HOSTNAME, ...(tenantKey === undefined ? [] : [tenantKey])]);
  }
  return meanings;
}
