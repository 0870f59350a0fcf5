/** Jaeger's SpanRefs in JSON. Which of them is the parent depends on the span's trace id: that must have been read before. */
import { ID_WORDS } from '../../spans/span-batch.ts';
import { LINK_WORDS } from '../../spans/span-links.ts';
import type { SpanWriter } from '../../spans/span-writer.ts';
import { readBase64SpanId, readBase64TraceId } from './base-64-id.ts';
import type { JsonReader } from './json.ts';
import { JsonFields } from './json-fields.ts';

const REFERENCE = new JsonFields(['traceId', 'spanId', 'refType']);
const REF_TYPES = ['CHILD_OF', 'FOLLOWS_FROM'];
const NONE = -1;

const referenceIds = new Int32Array(LINK_WORDS);

/** Reads the references of a row: sets its parent, and adds the other references as links. */
export function readReferences(json: JsonReader, row: number, into: SpanWriter): void {
  const { at } = json;
  const parent = parentOf(json, into.ids, row * ID_WORDS);
  if (!into.links.areWanted) return;
  json.at = at;
  if (json.arrayStart())
    do {
      readReference(json);
      into.links.next.set(referenceIds);
      if (json.at !== parent) into.links.add(row);
    } while (json.arrayNext());
}

/** Sets the parent: the first child-of in the span's own trace, else the first follows-from in it. Returns where its reference ends. */
function parentOf(json: JsonReader, ids: Int32Array, word: number): number {
  let best = NONE;
  let parent = NONE;
  if (json.arrayStart())
    do {
      const type = readReference(json);
      let isSameTrace = true;
      for (let i = 0; i < 4; i++) if (referenceIds[i] !== ids[word + i]) isSameTrace = false;
      if (!isSameTrace || (best !== NONE && best <= type)) continue;
      best = type;
      parent = json.at;
      ids[word + 6] = referenceIds[4]!;
      ids[word + 7] = referenceIds[5]!;
    } while (json.arrayNext());
  return parent;
}

/** Reads one reference into `referenceIds`, and returns its type. */
function readReference(json: JsonReader): number {
  let type = 0;
  referenceIds.fill(0);
  if (json.objectStart())
    do
      switch (json.field(REFERENCE)) {
        case 'traceId':
          readBase64TraceId(json, referenceIds, 0);
          break;
        case 'spanId':
          readBase64SpanId(json, referenceIds, 4);
          break;
        case 'refType':
          type = json.enumeration(REF_TYPES);
          break;
        default:
          json.skip();
      }
    while (json.objectNext());
  return type;
}
