/** How members of OTLP's JSON are spelled: the table that the kernel finds them by. */
import {
  ATTRIBUTES,
  CODE,
  CODES,
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
  END_TIME,
  EVENTS,
  FLAGS,
  KEY,
  KEY_VALUE,
  KIND,
  KINDS,
  LINKS,
  MEMBER_BYTES,
  MEMBER_LENGTH,
  MEMBER_MASK,
  MEMBER_NEXT,
  MESSAGE,
  NAME,
  OF_RESOURCE,
  OF_SCOPE,
  OF_STATUS,
  PARENT_SPAN_ID,
  REQUEST,
  RESOURCE,
  RESOURCE_SCHEMA_URL,
  RESOURCE_SPANS,
  SCOPE,
  SCOPE_SCHEMA_URL,
  SCOPE_SPANS,
  SPAN,
  SPAN_ID,
  SPANS,
  START_TIME,
  STATUS,
  TRACE_ID,
  TRACE_STATE,
  VALUE,
} from './members.ts';

/** By number; objects have no spelling of their own. */
const SPELLINGS: Readonly<Record<number, string>> = {
  [REQUEST]: '',
  [RESOURCE_SPANS]: 'resourceSpans',
  [OF_RESOURCE]: '',
  [RESOURCE]: 'resource',
  [SCOPE_SPANS]: 'scopeSpans',
  [RESOURCE_SCHEMA_URL]: 'schemaUrl',
  [OF_SCOPE]: '',
  [SCOPE]: 'scope',
  [SPANS]: 'spans',
  [SCOPE_SCHEMA_URL]: 'schemaUrl',
  [SPAN]: '',
  [TRACE_ID]: 'traceId',
  [SPAN_ID]: 'spanId',
  [PARENT_SPAN_ID]: 'parentSpanId',
  [TRACE_STATE]: 'traceState',
  [NAME]: 'name',
  [KIND]: 'kind',
  [START_TIME]: 'startTimeUnixNano',
  [END_TIME]: 'endTimeUnixNano',
  [ATTRIBUTES]: 'attributes',
  [DROPPED_ATTRIBUTES]: 'droppedAttributesCount',
  [EVENTS]: 'events',
  [DROPPED_EVENTS]: 'droppedEventsCount',
  [STATUS]: 'status',
  [LINKS]: 'links',
  [DROPPED_LINKS]: 'droppedLinksCount',
  [FLAGS]: 'flags',
  [OF_STATUS]: '',
  [CODE]: 'code',
  [MESSAGE]: 'message',
  [KEY_VALUE]: '',
  [KEY]: 'key',
  [VALUE]: 'value',
  [KINDS]: '',
  [KINDS + 1]: 'SPAN_KIND_UNSPECIFIED',
  [KINDS + 2]: 'SPAN_KIND_INTERNAL',
  [KINDS + 3]: 'SPAN_KIND_SERVER',
  [KINDS + 4]: 'SPAN_KIND_CLIENT',
  [KINDS + 5]: 'SPAN_KIND_PRODUCER',
  [KINDS + 6]: 'SPAN_KIND_CONSUMER',
  [CODES]: '',
  [CODES + 1]: 'STATUS_CODE_UNSET',
  [CODES + 2]: 'STATUS_CODE_OK',
  [CODES + 3]: 'STATUS_CODE_ERROR',
};

/** What belongs at MEMBERS, with an empty record behind the last. */
export function memberTable(): Uint8Array {
  const numbers = Object.keys(SPELLINGS).map(Number);
  const table = new Uint8Array((Math.max(...numbers) + 2) * MEMBER_BYTES);
  const words = new Int32Array(table.buffer);
  for (const number of numbers) {
    const start = number * MEMBER_BYTES;
    const spelling = SPELLINGS[number]!;
    const bytes = new TextEncoder().encode(spelling === '' ? '' : `"${spelling}":`);
    table.set(bytes, start);
    table.fill(0xff, start + MEMBER_MASK, start + MEMBER_MASK + bytes.length);
    words[(start + MEMBER_LENGTH) / 4] = bytes.length;
    words[(start + MEMBER_NEXT) / 4] = (SPELLINGS[number + 1] ?? '') === '' ? 0 : number + 1;
  }
  return table;
}
