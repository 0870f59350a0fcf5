/** OTLP's Span.Links in JSON: the ids of the spans they name. */
import type { LinkColumns } from '../../spans/span-links.ts';
import { readHexId } from './hex-id.ts';
import type { JsonReader } from './json.ts';
import { JsonFields } from './json-fields.ts';

const LINK = new JsonFields(['traceId', 'spanId']);

/** Reads the links of a row, in place of those it has. */
export function readLinks(json: JsonReader, row: number, links: LinkColumns): void {
  links.truncate(row);
  if (json.arrayStart())
    do {
      links.next.fill(0);
      readIds(json, links.next);
      links.add(row);
    } while (json.arrayNext());
}

function readIds(json: JsonReader, ids: Int32Array): void {
  if (json.objectStart())
    do {
      const field = json.field(LINK);
      if (field === 'traceId') readHexId(json, ids, 0, 4);
      else if (field === 'spanId') readHexId(json, ids, 4, 2);
      else json.skip();
    } while (json.objectNext());
}
