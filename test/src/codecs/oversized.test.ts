/** What all codecs make of spans with many attributes, or with long ones. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, loadCodec } from '../../../src/codecs/codec.ts';
import { SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTES_MAX } from '../../../src/spans/span-batch.ts';
import { decoded } from '../../support/decoded.ts';
import {
  abstractSpan,
  ATTRIBUTE_KEYS,
  messagesOf,
  ONE_ENCODINGS,
  type OneEncoding,
  utf8,
} from '../../support/encoders.ts';
import { encode, JAEGER, OTLP } from '../../support/protobuf-schemas.ts';

function isOversized(codec: Codec, message: Uint8Array, keys: readonly string[] = []): boolean {
  return decoded(codec, message, { keys }).some((row) => row.isOversized === true);
}

/** A value of so many bytes of UTF-8, most of them of characters that JSON escapes or that take several. */
function textOf(bytes: number, character: string): string {
  const each = Buffer.byteLength(character);
  return character.repeat(Math.floor(bytes / each)) + 'x'.repeat(bytes % each);
}

const sizes = fc.record({
  others: fc.oneof(fc.nat(4), fc.integer({ min: SPAN_ATTRIBUTES_MAX - 3, max: SPAN_ATTRIBUTES_MAX + 3 })),
  bytes: fc.oneof(
    fc.nat(300),
    fc.integer({ min: SPAN_ATTRIBUTE_BYTES_MAX - 30, max: SPAN_ATTRIBUTE_BYTES_MAX + 30 }),
    fc.constantFrom(SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTE_BYTES_MAX + 1, 10 * SPAN_ATTRIBUTE_BYTES_MAX),
  ),
  character: fc.constantFrom('x', '"', '\u0001', 'é', '\u{1f600}'),
  key: fc.constantFrom(ATTRIBUTE_KEYS[0], 'unread', 'k'.repeat(200)),
  isFirst: fc.boolean(),
});

describe.each(ONE_ENCODINGS)('%s', (encoding) => {
  it.each([[[]], [ATTRIBUTE_KEYS]])('tells them by count and bytes, whoever wants %j', async (keys) => {
    const codec = await loadCodec(encoding);
    fc.assert(
      fc.property(abstractSpan, sizes, (span, { others, bytes, character, key, isFirst }) => {
        const many = Array.from({ length: others }, (_, at) => [`other.${at}`, 'x'] as const);
        const one = [key, textOf(bytes, character)] as const;
        const attributes = Object.fromEntries(isFirst ? [one, ...many] : [...many, one]);
        const [message] = messagesOf(encoding, [{ ...span, attributes }, span]);
        expect(isOversized(codec, message!, keys)).toBe(
          others + 1 > SPAN_ATTRIBUTES_MAX || bytes > SPAN_ATTRIBUTE_BYTES_MAX,
        );
      }),
    );
  });
});

const ENDS = [SPAN_ATTRIBUTE_BYTES_MAX, SPAN_ATTRIBUTE_BYTES_MAX + 1] as const;

/** A message with one attribute that is no string, whose value takes so many bytes there. */
const OTHERS: readonly (readonly [OneEncoding, string, (bytes: number) => Uint8Array])[] = [
  ['otlp_proto', 'bytes', (bytes) => otlpProto({ bytesValue: Buffer.alloc(bytes) })],
  [
    'otlp_proto',
    'an array',
    // Each tag and its length take three bytes.
    (bytes) => otlpProto({ arrayValue: { values: [{ stringValue: 'x'.repeat(bytes - 6) }] } }),
  ],
  ['otlp_json', 'bytes', (bytes) => otlpJson({ bytesValue: base64Of(bytes) })],
  [
    'otlp_json',
    'an array',
    (bytes) => otlpJson({ arrayValue: { values: [{ stringValue: 'x'.repeat(bytes - 31) }] } }),
  ],
  [
    'jaeger_proto',
    'bytes',
    (bytes) => encode(JAEGER, 'Span', { tags: [{ key: 'a', vType: 4, vBinary: Buffer.alloc(bytes) }] }),
  ],
  [
    'jaeger_json',
    'bytes',
    (bytes) => utf8({ tags: [{ key: 'a', vType: 'BINARY', vBinary: base64Of(bytes) }] }),
  ],
];

/** So many letters, or one more: an odd number of them is no base64. */
function base64Of(letters: number): string {
  return 'A'.repeat(letters + (letters % 2));
}

function otlpProto(value: object): Uint8Array {
  const spans = [{ attributes: [{ key: 'a', value }] }];
  return encode(OTLP, 'TracesData', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function otlpJson(value: object): Uint8Array {
  return utf8({ resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: [{ key: 'a', value }] }] }] }] });
}

it.each(OTHERS)('%s measures %s', async (encoding, _, messageOf) => {
  const codec = await loadCodec(encoding);
  for (const keys of [[], ['b'], ['a']])
    expect(ENDS.map((bytes) => isOversized(codec, messageOf(bytes), keys))).toEqual([false, true]);
});

const LONG = 'x'.repeat(SPAN_ATTRIBUTE_BYTES_MAX + 1);

/** Spans with a long attribute, and then, in a second member of the name, none. */
const REPEATED: readonly (readonly [OneEncoding, string])[] = [
  [
    'otlp_json',
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"stringValue":"${LONG}"}}],"attributes":[]}]}]}]}`,
  ],
  ['jaeger_json', `{"tags":[{"key":"a","vStr":"${LONG}"}],"tags":[]}`],
  ['zipkin_json', `[{"tags":{"a":"${LONG}"},"tags":{}}]`],
];

it.each(REPEATED)('%s goes by the last member of the name', async (encoding, text) => {
  const codec = await loadCodec(encoding);
  expect(isOversized(codec, Buffer.from(text))).toBe(false);
  expect(isOversized(codec, Buffer.from(text.replace(/,"(attributes|tags)":(\[\]|\{\})/, '')))).toBe(true);
});

it.each([
  ['jaeger_proto', encode(JAEGER, 'Span', { tags: [{ key: 'w3c.tracestate', vStr: LONG }] })],
  ['jaeger_proto', encode(JAEGER, 'Span', { tags: [{ key: 'a', vType: 1, vStr: LONG }] })],
  ['jaeger_json', utf8({ tags: [{ key: 'w3c.tracestate', vStr: LONG }] })],
  ['jaeger_json', utf8({ tags: [{ key: 'a', vType: 'BOOL', vStr: LONG }] })],
  ['zipkin_json', utf8([{ tags: { 'w3c.tracestate': LONG } }])],
  ['otlp_json', otlpJson({ stringValue: null, unknown: LONG })],
] as const)('%s passes over what is no attribute, or no value', async (encoding, message) => {
  const codec = await loadCodec(encoding);
  for (const keys of [[], ['a']]) expect(isOversized(codec, message, keys)).toBe(false);
});
