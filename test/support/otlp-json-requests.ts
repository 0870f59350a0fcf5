/** OTLP requests in JSON, made by hand, and writers to read them into. */
import { Buffer } from 'node:buffer';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import type { SpanWriter } from '../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../src/spans/writer-options.ts';
import { openTenantWriter } from './decode-outcome.ts';
import { KEYS } from './otlp-json-fields.ts';

export const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const RESOURCE = { attributes: [text('service.name', 'cart'), text('region', 'eu')] };
export const FULL = {
  traceId: '0123456789abcdef0123456789ABCDEF',
  spanId: '0123456789abcdef',
  parentSpanId: 'fedcba9876543210',
  traceState: 'ot=th:8',
  name: 'GET /\n"x"',
  kind: 2,
  startTimeUnixNano: '1758463980000000999',
  endTimeUnixNano: '1758463980000002998',
  attributes: [text('region', 'eu'), { key: 'n', value: { intValue: '300' } }, text('o', 'x'.repeat(30))],
  events: [{ name: 'e', attributes: [text('a', 'é\t')] }],
  status: { message: 'no', code: 2 },
  links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) }],
  flags: 257,
};

export const bytes = (json: string): Uint8Array => Buffer.from(json);

export function requestOf(spans: readonly object[], resource: object = RESOURCE): object {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 's' }, spans }] }] };
}

export function traces(...spans: readonly object[]): Uint8Array {
  return bytes(JSON.stringify(requestOf(spans)));
}

export function one(span: string): Uint8Array {
  return bytes(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
}

export function openWriter(options: Partial<WriterOptions> = {}): SpanWriter {
  return openTenantWriter({ keys: new AttributeKeys(KEYS), ...options });
}
