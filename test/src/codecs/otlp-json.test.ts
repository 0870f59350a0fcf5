import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import codec from '../../../src/codecs/otlp-json.ts';
import proto from '../../../src/codecs/otlp-proto.ts';
import { DEPTH_MAX } from '../../../src/limits.ts';
import { decoded, type DecodedSpan, expectRobust, refusal } from '../../support/decoded.ts';
import { messagesOf, utf8 } from '../../support/encoders.ts';
import { encode, OTLP } from '../../support/protobuf-schemas.ts';

const KEYS = ['a', 'b', 'service.name', 'région'];

const bytes = (text: string): Uint8Array => Buffer.from(text);
const named = (stringValue: string): object => ({
  attributes: [{ key: 'service.name', value: { stringValue } }],
});

function one(span: string, resource = '{}'): Uint8Array {
  return bytes(`{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"spans":[${span}]}]}]}`);
}

function spanOf(span: string, resource?: string): DecodedSpan {
  return decoded(codec, one(span, resource), { keys: KEYS })[0]!;
}

function serviceOf(resource: string): string {
  return spanOf('{}', resource).service;
}

describe('a span', () => {
  it('takes 64-bit times exactly, as strings, numbers and whole numbers with an exponent', () => {
    for (const [start, end] of [
      ['"1758463980000000999"', '"1758463980000002998"'],
      ['1758463980000000999', '1758463980000002998'],
      ['1.758463980000000999e18', '1758463980000002998.0'],
    ])
      expect(spanOf(`{"startTimeUnixNano":${start},"endTimeUnixNano":${end}}`)).toMatchObject({
        startUs: 1_758_463_980_000_000,
        endUs: 1_758_463_980_000_002,
        durationUs: 1,
      });
    for (const time of ['-1', '1.5', '"x"', '18446744073709551616', '"0x10"', '[]', 'true'])
      expect(refusal(codec, one(`{"startTimeUnixNano":${time}}`)), time).toBe('malformed');
  });

  it('takes enumerations as numbers and names', () => {
    for (const kind of ['2', '"2"', '"SPAN_KIND_SERVER"'])
      expect(spanOf(`{"kind":${kind}}`).kind).toBe('server');
    for (const kind of ['6', '99', '-1', '"x"', '"SPAN_KIND_OTHER"', 'null', '0'])
      expect(spanOf(`{"kind":${kind}}`).kind).toBe('unspecified');
    for (const code of ['2', '"STATUS_CODE_ERROR"'])
      expect(spanOf(`{"status":{"code":${code}}}`).status).toBe('error');
    expect(spanOf('{"status":null}').status).toBe('unset');
  });

  it('takes ids of either case, and refuses what is none', () => {
    expect(spanOf('{"traceId":"0102030405060708090A0b0C0d0E0f10"}').traceId).toBe(
      '0102030405060708090a0b0c0d0e0f10',
    );
    expect(spanOf('{"traceId":"","spanId":null}').traceId).toBe('0'.repeat(32));
    for (const id of ['0102', 'g'.repeat(32), 'AQIDBAUGBwgJCgsMDQ4PEA==', '0'.repeat(33)])
      expect(refusal(codec, one(`{"traceId":"${id}"}`))).toBe('bad_id');
  });

  it('takes the last of repeated members, and the first of repeated attributes', () => {
    const attribute = (key: string, value: string): string =>
      `{"key":"${key}","value":{"stringValue":"${value}"}}`;
    const span = spanOf(
      `{"name":"x","attributes":[${attribute('a', 'gone')},${attribute('b', 'gone')}],"kind":3,"name":"y","kind":2,` +
        `"attributes":[${attribute('a', '1')},${attribute('a', '2')}],"__proto__":{"name":"z"},"constructor":1}`,
    );
    expect(span).toMatchObject({ operation: 'y', kind: 'server', attributes: { a: '1' } });
    const spans = '[{"spans":[{"name":"gone"}]}]';
    const repeated = bytes(
      `{"resourceSpans":[{"scopeSpans":${spans}}],"resourceSpans":[{"resource":${JSON.stringify(named('gone'))},` +
        `"scopeSpans":${spans},"scopeSpans":[{"spans":[{"name":"gone"}],"spans":[{"name":"kept"}]}],"resource":${JSON.stringify(named('cart'))}}]}`,
    );
    expect(decoded(codec, repeated)).toMatchObject([{ operation: 'kept', service: 'cart' }]);
    const link = (digit: string): string =>
      `{"traceId":"${digit.repeat(32)}","spanId":"${digit.repeat(16)}","attributes":[{}]}`;
    const links = `{"links":[${link('1')},${link('2')}],"links":[${link('3')},{}]}`;
    const linked = bytes(`{"resourceSpans":[{"scopeSpans":[{"spans":[${links}]}]}]}`);
    expect(decoded(codec, linked, { hasLinks: true })).toMatchObject([
      { links: [`${'3'.repeat(32)} ${'3'.repeat(16)}`] },
    ]);
  });
});

describe('a resource', () => {
  it('names the service of its own spans', () => {
    expect(serviceOf(JSON.stringify(named('cart')))).toBe('cart');
    expect(serviceOf(JSON.stringify(named('')))).toBe('empty-service-name');
    expect(serviceOf('{"attributes":[{"key":"service.name","value":{"intValue":"1"}}]}')).toBe(
      'service-name-wrong-type',
    );
    expect(serviceOf('{"attributes":[{"key":"service.name"}]}')).toBe('service-name-wrong-type');
    const cart = { stringValue: 'cart' };
    for (const value of [
      { arrayValue: { values: [cart] } },
      { kvlistValue: { values: [{ key: 'name', value: cart }] } },
    ])
      expect(serviceOf(JSON.stringify({ attributes: [{ key: 'service.name', value }] }))).toBe(
        'service-name-wrong-type',
      );
    expect(serviceOf('null')).toBe('missing-service-name');
    expect(serviceOf(JSON.stringify(named('c'.repeat(2000))))).toHaveLength(1024);
    const two = utf8({
      resourceSpans: [
        { scopeSpans: [{ spans: [{}, {}] }], resource: named('late') },
        { scopeSpans: [{ spans: [{}] }] },
      ],
    });
    expect(decoded(codec, two).map((span) => span.service)).toEqual(['late', 'late', 'missing-service-name']);
  });

  it('names the tenant where its attribute is configured', () => {
    const tenantAttribute = { key: 'team', tenantOf: (value: string) => `t-${value}` };
    const resource = '{"attributes":[{"key":"team","value":{"stringValue":"blue"}}]}';
    expect(decoded(codec, one('{}', resource), { tenantAttribute })[0]!.tenant).toBe('t-blue');
    expect(decoded(codec, one('{}'), { tenantAttribute })[0]!.tenant).toBe('default');
  });
});

describe('attribute values', () => {
  const scalar = fc.oneof(
    fc.record({ stringValue: fc.string({ unit: 'grapheme' }) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ doubleValue: fc.double() }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 300 }) }),
    fc.constant({}),
  );
  const { value } = fc.letrec<{ value: object }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 4 }) }) }),
      fc.record({
        kvlistValue: fc.record({
          values: fc.array(fc.record({ key: fc.string(), value: tie('value') }), { maxLength: 4 }),
        }),
      }),
    ),
  }));

  /** As OTLP's JSON has it: bytes in base64, what JSON cannot say in words. */
  function jsonOf(inner: unknown): unknown {
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString('base64');
    if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner);
    if (Array.isArray(inner)) return inner.map(jsonOf);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, jsonOf(each)]));
  }

  it('have the text they have in protobuf', () => {
    fc.assert(
      fc.property(value, (drawn) => {
        const resourceSpans = (content: unknown): object => ({
          resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: [{ key: 'a', value: content }] }] }] }],
        });
        const json = decoded(codec, utf8(resourceSpans(jsonOf(drawn))), { keys: KEYS });
        expect(json).toEqual(
          decoded(proto, encode(OTLP, 'TracesData', resourceSpans(drawn)), { keys: KEYS }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('are as documented', () => {
    const textOf = (content: string): string | undefined =>
      spanOf(`{"attributes":[{"value":${content},"key":"r\\u00e9gion"}]}`).attributes['région'];
    expect(textOf('{"stringValue":"x\\ty"}')).toBe('x\ty');
    expect(textOf('{"intValue":-9223372036854775808}')).toBe('-9223372036854775808');
    expect(textOf('{"doubleValue":"-Infinity"}')).toBe('-Infinity');
    expect(textOf('{"bytesValue":"-_8"}')).toBe('+/8=');
    expect(textOf('{"stringValue":null}')).toBe('');
    expect(textOf('null')).toBe('');
    expect(
      textOf(
        '{"kvlistValue":{"values":[{"value":{"arrayValue":{"values":[{"intValue":"1"},null]}},"key":"k"},{}]}}',
      ),
    ).toBe('{"k":[1,null],"":null}');
    expect(
      refusal(codec, one('{"attributes":[{"key":"a","value":{"intValue":"9223372036854775808"}}]}')),
    ).toBe('malformed');
    expect(refusal(codec, one('{"attributes":[{"key":"a","value":{"bytesValue":"*"}}]}'))).toBe('malformed');
  });
});

describe('any bytes', () => {
  it('are refused with a reason at worst', () => {
    const span = {
      traceId: '0102030405060708090a0b0c0d0e0f10',
      spanId: '0102030405060708',
      parentId: '',
      service: 'cart',
      name: 'é\n',
      kind: 2,
      status: 2,
      startUs: 1_758_463_980_000_000,
      durationUs: 5,
      tracestate: 'ot=th:8',
      attributes: { region: 'x' },
    };
    expectRobust(codec, messagesOf('otlp_json', [span])[0]!);
  });

  it('name their fault', () => {
    for (const text of [
      '',
      ' ',
      '{"resourceSpans":[',
      '{"resourceSpans":[{"resource":{"attributes":[{"key":"a',
    ])
      expect(refusal(codec, bytes(text)), text).toBe('truncated');
    for (const text of [
      '[]',
      '{"resourceSpans":{}}',
      '{} {}',
      '{"resourceSpans":[{"scopeSpans":[{"spans":["x"]}]}]}',
      '{"a":1,}',
    ])
      expect(refusal(codec, bytes(text)), text).toBe('malformed');
    expect(refusal(codec, bytes('{"x":'.repeat(100_000)))).toBe('too_deep');
    const deep = '{"arrayValue":{"values":['.repeat(DEPTH_MAX) + '1' + ']}}'.repeat(DEPTH_MAX);
    expect(refusal(codec, one(`{"attributes":[{"key":"a","value":${deep}}]}`))).toBe('too_deep');
    expect(refusal(codec, one(Array(100_001).fill('{}').join(',')))).toBe('too_many_spans');
    for (const text of [
      '{}',
      'null',
      '{"resourceSpans":null}',
      '{"resourceSpans":[]}',
      '{"resourceSpans":[{}]}',
    ])
      expect(decoded(codec, bytes(text)), text).toEqual([]);
  });
});
