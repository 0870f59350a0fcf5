/** OTLP's Resource in JSON: service name, tenant and wanted attributes of the spans to come. Of attributes with one key the first holds. */
import type { SpanWriter } from '../../spans/span-writer.ts';
import type { JsonReader } from './json.ts';
import { JsonFields } from './json-fields.ts';
import { type JsonKeyValue, NONE } from './json-key-value.ts';

const RESOURCE = new JsonFields(['attributes']);

/** Reads the Resource that comes next; whether it names the tenant. `into` has begun it. */
export function readResource(json: JsonReader, attribute: JsonKeyValue, into: SpanWriter): boolean {
  let hasTenant = false;
  if (json.objectStart())
    do {
      if (json.field(RESOURCE) === 'attributes') {
        into.beginResource();
        hasTenant = readAttributes(json, attribute, into);
      } else json.skip();
    } while (json.objectNext());
  return hasTenant;
}

function readAttributes(json: JsonReader, attribute: JsonKeyValue, into: SpanWriter): boolean {
  let hasService = false;
  let hasTenant = false;
  if (json.arrayStart())
    do {
      attribute.read(into, true);
      const { column, isService, isTenant } = attribute;
      if (column === NONE && !isService && !isTenant) continue;
      const id = attribute.valueId(into);
      if (column !== NONE && into.resourceValues[column] === 0) into.resourceValues[column] = id;
      if (isTenant && !hasTenant) into.setResourceTenant(into.dictionary.text(id));
      if (isService && !hasService) into.resourceService = attribute.serviceId(into);
      hasTenant ||= isTenant;
      hasService ||= isService;
    } while (json.arrayNext());
  return hasTenant;
}
