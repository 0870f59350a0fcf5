import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import auto from '../../../src/codecs/auto.ts';
import zipkinProto from '../../../src/codecs/zipkin-proto.ts';
import { decoded, expectRobust, refusal } from '../../support/decoded.ts';
import { type AbstractSpan, messagesOf, ONE_ENCODINGS } from '../../support/encoders.ts';
import { encode, OTLP, ZIPKIN } from '../../support/protobuf-schemas.ts';

const SPAN: AbstractSpan = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: '0102030405060708',
  parentId: '',
  service: 'cart',
  name: 'GET',
  kind: 2,
  status: 0,
  startUs: 1_758_463_980_000_000,
  durationUs: 5,
  tracestate: undefined,
  attributes: {},
};

const bytes = (text: string): Uint8Array => Buffer.from(text);
const resourceOf = (key: string): object => ({ attributes: [{ key, value: {} }] });

describe('OTLP without spans', () => {
  it('is OTLP, whatever its parts look like', () => {
    const url = 'https:/x';
    const parts = [
      [],
      [{}],
      [{}, {}],
      [{ schemaUrl: url }],
      [{ resource: {} }],
      // The lengths of a Zipkin span's ids: 16 or 8, then 8.
      [{ resource: resourceOf('abcdefghij'), schemaUrl: url }],
      [{ resource: resourceOf('ab'), schemaUrl: url }],
      [{ resource: resourceOf('ab'), scopeSpans: [{ scope: { name: 'abcd' } }], schemaUrl: url }],
    ];
    expect(encode(OTLP, 'Resource', resourceOf('abcdefghij'))).toHaveLength(16);
    expect(encode(OTLP, 'Resource', resourceOf('ab'))).toHaveLength(8);
    for (const resourceSpans of parts)
      expect(
        decoded(auto, encode(OTLP, 'TracesData', { resourceSpans })),
        JSON.stringify(resourceSpans),
      ).toEqual([]);
    expect(decoded(auto, new Uint8Array(0))).toEqual([]);
    expect(decoded(auto, bytes('{}'))).toEqual([]);
    expect(decoded(auto, bytes('{"resource_spans":[]}'))).toEqual([]);
  });

  it('does not hide the spans after it', () => {
    const [message] = messagesOf('otlp_proto', [SPAN]);
    const empty = encode(OTLP, 'TracesData', {
      resourceSpans: [{}, { resource: {} }, { schemaUrl: 'https:/x' }],
    });
    expect(decoded(auto, Buffer.concat([empty, message!]))).toHaveLength(1);
  });
});

describe('Zipkin spans that are ids and nothing else', () => {
  it('are Zipkin', () => {
    const id = (length: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(
        fc.oneof(id(16), id(8)),
        id(8),
        fc.option(id(8), { nil: undefined }),
        (traceId, own, parentId) => {
          const message = encode(ZIPKIN, 'ListOfSpans', {
            spans: [{ traceId, ...(parentId && { parentId }), id: own }],
          });
          expect(decoded(auto, message)).toEqual(decoded(zipkinProto, message));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('JSON', () => {
  it('may have blanks before it, a line feed too', () => {
    for (const encoding of ['otlp_json', 'jaeger_json', 'zipkin_json'] as const)
      for (const blank of ['\n', ' \r\n\t'])
        expect(decoded(auto, Buffer.concat([bytes(blank), ...messagesOf(encoding, [SPAN])]))).toHaveLength(1);
    expect(decoded(auto, bytes('[]'))).toEqual([]);
  });

  it('is nobody’s without the keys of an encoding', () => {
    for (const text of [
      '{"a":1}',
      '{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA=="}',
      '{"startTime":"2026-08-20T15:20:54Z","operationName":"x"}',
      '[{"resourceSpans":[]}]',
      '[1]',
      '[[]]',
      '"x"',
      'null',
      '1',
      '\n\n',
      ' ',
    ])
      expect(refusal(auto, bytes(text)), text).toBe('unknown_encoding');
    expect(refusal(auto, bytes('{"traceId":"'))).toBe('truncated');
    expect(refusal(auto, bytes('{"traceId" 1}'))).toBe('malformed');
  });
});

describe('other bytes', () => {
  it('are unknown', () => {
    for (const message of [[0], [0x0a], [0x0a, 5, 1], [0xff, 0xff], [0x12, 0], [0x0a, 2, 0x20, 1]])
      expect(refusal(auto, Uint8Array.from(message)), String(message)).toBe('unknown_encoding');
    expect(refusal(auto, bytes('<html></html>'))).toBe('unknown_encoding');
  });

  it.each(ONE_ENCODINGS)('are refused with a reason at worst (%s)', (encoding) => {
    expectRobust(auto, messagesOf(encoding, [SPAN])[0]!);
  });
});
