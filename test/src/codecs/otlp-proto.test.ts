import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import codec from '../../../src/codecs/otlp-proto.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { decoded, type DecodedSpan, expectRobust, refusal } from '../../support/decoded.ts';
import { encode, fieldsOf, OTLP } from '../../support/protobuf-schemas.ts';

const KEYS = ['http.route', 'n', 'ok', 'ratio', 'blob', 'list', 'region', ''];
const TRACE = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const SPAN = Uint8Array.from({ length: 8 }, (_, i) => 0xf0 + i);

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const named = (name: string): object => ({ attributes: [text('service.name', name)] });

function traces(...resourceSpans: readonly object[]): Uint8Array {
  return encode(OTLP, 'TracesData', { resourceSpans });
}

function one(span: object, resource: object = named('cart')): Uint8Array {
  return traces({ resource, scopeSpans: [{ spans: [span] }] });
}

function spanOf(span: object, resource?: object): DecodedSpan {
  return decoded(codec, one(span, resource), { keys: KEYS })[0]!;
}

describe('a span', () => {
  it('keeps what the columns hold', () => {
    const span = spanOf({
      traceId: TRACE,
      spanId: SPAN,
      parentSpanId: SPAN.map((byte) => byte - 0x80),
      traceState: 'vendor=1, ot=th:8;rv:00',
      name: 'GET /cart',
      kind: 2,
      startTimeUnixNano: 1_758_463_980_000_000_999n,
      endTimeUnixNano: 1_758_463_980_000_002_998n,
      attributes: [text('http.route', '/cart'), text('unwanted', 'x')],
      status: { message: 'no', code: 2 },
      flags: 0x101,
    });
    expect(span).toEqual({
      tenant: 'default',
      traceId: '0102030405060708090a0b0c0d0e0f10',
      spanId: 'f0f1f2f3f4f5f6f7',
      parentId: '7071727374757677',
      startUs: 1_758_463_980_000_000,
      endUs: 1_758_463_980_000_002,
      durationUs: 1,
      kind: 'server',
      status: 'error',
      service: 'cart',
      operation: 'GET /cart',
      weight: 2 * WEIGHT_ONE,
      attributes: { 'http.route': '/cart' },
      resource: {},
    });
  });

  it('has defaults, also after a fuller one and a message taken back', () => {
    const full = {
      traceId: TRACE,
      spanId: SPAN,
      kind: 3,
      status: { code: 1 },
      traceState: 'ot=th:c',
      attributes: [text('n', '1')],
    };
    const [, empty] = decoded(codec, traces({ resource: {}, scopeSpans: [{ spans: [full, {}] }] }), {
      keys: KEYS,
    });
    expect(empty).toEqual({
      ...empty,
      traceId: '0'.repeat(32),
      kind: 'unspecified',
      status: 'unset',
      service: 'missing-service-name',
      operation: 'empty-span-name',
      weight: WEIGHT_ONE,
      attributes: {},
    });
  });

  it('ends after it starts', () => {
    const span = spanOf({ startTimeUnixNano: 1_999n, endTimeUnixNano: 5n });
    expect([span.startUs, span.endUs, span.durationUs]).toEqual([1, 2, 0]);
  });

  it.each([
    ['traceId', 15],
    ['traceId', 8],
    ['spanId', 16],
    ['parentSpanId', 1],
  ])('with a %s of %i bytes is refused', (field, length) => {
    expect(refusal(codec, one({ [field]: new Uint8Array(length) }))).toBe('bad_id');
  });

  it('of a later version has an unspecified kind and an unset status', () => {
    const span = spanOf({ kind: 6, status: { code: 3 } });
    expect([span.kind, span.status]).toEqual(['unspecified', 'unset']);
    expect(spanOf({ kind: -1 }).kind).toBe('unspecified');
  });
});

describe('a service name', () => {
  it.each([
    ['missing-service-name', []],
    ['empty-service-name', [text('service.name', '')]],
    ['service-name-wrong-type', [{ key: 'service.name', value: { intValue: 1n } }]],
    ['service-name-wrong-type', [{ key: 'service.name' }]],
    ['first', [text('service.name', 'first'), text('service.name', 'second')]],
  ])('is %s', (service, attributes) => {
    expect(spanOf({}, { attributes }).service).toBe(service);
  });

  it('that is not UTF-8 has a name of its own, and so has such a span name', () => {
    const damage = (name: string): Uint8Array => {
      const message = one({ name: 'span-name' });
      message[Buffer.from(message).indexOf(name)] = 0xff;
      return message;
    };
    expect(decoded(codec, damage('cart'))[0]!.service).toBe('invalid-service-name');
    expect(decoded(codec, damage('span-name'))[0]!.operation).toBe('invalid-span-name');
  });
});

describe('attributes', () => {
  const value = (key: string, any: object): string | undefined =>
    spanOf({ attributes: [{ key, value: any }] }).attributes[key];

  it('are text', () => {
    expect(value('n', { intValue: -9_223_372_036_854_775_808n })).toBe('-9223372036854775808');
    expect(value('n', { intValue: 200n })).toBe('200');
    expect(value('n', { intValue: 4_294_967_295n })).toBe('4294967295');
    expect(value('ok', { boolValue: true })).toBe('true');
    expect(value('ok', { boolValue: false })).toBe('false');
    expect(value('ratio', { doubleValue: 0.1 })).toBe('0.1');
    expect(value('ratio', { doubleValue: Number.NaN })).toBe('NaN');
    expect(value('blob', { bytesValue: Uint8Array.of(0, 255) })).toBe('AP8=');
    expect(value('n', {})).toBe('');
    expect(value('n', { stringValue: '' })).toBe('');
  });

  it('that nest are JSON in the order they came in', () => {
    const any = {
      kvlistValue: {
        values: [
          text('b', 'é"'),
          {
            key: 'a',
            value: {
              arrayValue: { values: [{ intValue: 1n }, { doubleValue: Infinity }, {}, { boolValue: true }] },
            },
          },
          { key: 'c', value: { bytesValue: Uint8Array.of(1) } },
          { key: 'd', value: { arrayValue: {} } },
        ],
      },
    };
    expect(value('list', any)).toBe(String.raw`{"b":"é\"","a":[1,"Infinity",null,true],"c":"AQ==","d":[]}`);
  });

  it('are cut at 256 bytes, between characters', () => {
    expect(value('http.route', { stringValue: 'é'.repeat(200) })).toBe('é'.repeat(128));
    expect(value('http.route', { stringValue: `a${'é'.repeat(200)}` })).toBe(`a${'é'.repeat(127)}`);
    expect(value('list', { arrayValue: { values: [{ stringValue: 'x'.repeat(9999) }] } })).toBe(
      `["${'x'.repeat(254)}`,
    );
  });

  it('that nest too deep are refused where they are wanted', () => {
    const nested = (key: string, depth: number): Uint8Array => {
      let any: Uint8Array = new Uint8Array(0);
      for (let level = 0; level < depth; level++) any = field(5, field(1, any));
      const attribute = Buffer.concat([field(1, Buffer.from(key)), field(2, any)]);
      return field(1, field(2, field(2, field(9, attribute))));
    };
    expect(refusal(codec, nested('a', 64))).toBeUndefined();
    expect(refusal(codec, nested('a', 65))).toBe('too_deep');
    expect(refusal(codec, nested('b', 65))).toBeUndefined();
  });

  it('with one key count once: the first', () => {
    const attributes = [text('n', '1'), text('n', '2')];
    expect(spanOf({ attributes }).attributes).toEqual({ n: '1' });
    expect(spanOf({}, { attributes }).resource).toEqual({ n: '1' });
  });

  it('name the tenant', () => {
    const tenantAttribute = { key: 'tenant.id', tenantOf: (name: string): string => `t-${name}` };
    const message = one({}, { attributes: [text('tenant.id', 'acme')] });
    expect(decoded(codec, message, { tenantAttribute })[0]!.tenant).toBe('t-acme');
  });
});

describe('bytes', () => {
  const full = one(
    {
      traceId: TRACE,
      spanId: SPAN,
      name: 'x',
      traceState: 'ot=th:8',
      attributes: [
        { key: 'a', value: { arrayValue: { values: [{ stringValue: 'b' }, { intValue: 1n }] } } },
        text('zz', 'y'),
      ],
      events: [{ name: 'e' }],
      status: { code: 1 },
    },
    { attributes: [text('service.name', 's'), text('a', 'b')] },
  );

  it('of any kind do no harm', () => {
    expectRobust(codec, full);
  });

  it.each([
    ['a group', [0x0b, 0x0c], 'malformed'],
    ['field 0', [0x02, 0x00], 'malformed'],
    ['a length beyond the end', [0x0a, 0x05, 0x0a], 'truncated'],
    ['a length without end', [0x0a, ...Array<number>(10).fill(0xff), 1], 'malformed'],
    ['a huge length', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 'truncated'],
    ['a cut fixed64', [0x11, 0, 0], 'truncated'],
    ['a huge field number', [0xf8, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00], 'malformed'],
  ])('with %s are refused', (_, bytes, reason) => {
    expect(refusal(codec, Uint8Array.from(bytes))).toBe(reason);
  });

  it('of no message are no span', () => {
    expect(decoded(codec, new Uint8Array(0))).toEqual([]);
  });
});

describe('any valid message', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 12 });
  const any = fc.oneof(
    name.map((stringValue) => ({ wire: { stringValue }, text: stringValue })),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((intValue) => ({ wire: { intValue }, text: String(intValue) })),
    fc.boolean().map((boolValue) => ({ wire: { boolValue }, text: String(boolValue) })),
    fc.double().map((doubleValue) => ({ wire: { doubleValue }, text: String(doubleValue) })),
    fc.uint8Array({ maxLength: 9 }).map((bytesValue) => ({
      wire: { bytesValue },
      text: Buffer.from(bytesValue).toString('base64'),
    })),
    fc.array(name, { maxLength: 3 }).map((names) => ({
      wire: { arrayValue: { values: names.map((stringValue) => ({ stringValue })) } },
      text: JSON.stringify(names),
    })),
  );
  const attributes = fc.array(fc.record({ key: fc.constantFrom(...KEYS, 'other', 'x'.repeat(200)), any }), {
    maxLength: 6,
  });
  const id = (length: number): fc.Arbitrary<Uint8Array> =>
    fc.oneof(fc.uint8Array({ minLength: length, maxLength: length }), fc.constant(new Uint8Array(0)));
  const time = fc.bigInt({ min: 0n, max: 2n ** 62n });
  const span = fc.record({
    traceId: id(16),
    spanId: id(8),
    parentSpanId: id(8),
    name,
    kind: fc.integer({ min: 0, max: 5 }),
    startTimeUnixNano: time,
    endTimeUnixNano: fc.oneof(time, fc.constant(0n)),
    attributes,
    code: fc.integer({ min: 0, max: 2 }),
  });
  const resource = fc.record({
    service: fc.option(name, { nil: undefined }),
    attributes,
    spans: fc.array(span, { maxLength: 4 }),
  });
  const wireOf = (list: readonly { key: string; any: { wire: object } }[]): object[] =>
    list.map(({ key, any: { wire } }) => ({ key, value: wire }));
  const expectedOf = (list: readonly { key: string; any: { text: string } }[]): Record<string, string> =>
    Object.fromEntries(
      list
        .filter(({ key }) => KEYS.includes(key))
        .map(({ key, any: { text: value } }): [string, string] => [key, value])
        .reverse(),
    );
  const hex = (bytes: Uint8Array, length: number): string =>
    Buffer.from(bytes)
      .toString('hex')
      .padEnd(length * 2, '0');

  it('reads as another encoder wrote it, in any order of fields and with unknown ones', () => {
    fc.assert(
      fc.property(
        fc.array(resource, { maxLength: 3 }),
        fc.infiniteStream(fc.nat(1000)),
        (resources, stream) => {
          const next = (): number => Number(stream.next().value);
          const shuffled = (type: string, value: object): Uint8Array =>
            mixed(encode(OTLP, type, value), next);
          const parts = resources.map(({ service, attributes: list, spans }) => {
            const own = service === undefined ? [] : [text('service.name', service)];
            const scopes = spans.map(({ code, attributes: spanList, ...rest }) =>
              field(
                2,
                field(2, shuffled('Span', { ...rest, status: { code }, attributes: wireOf(spanList) })),
              ),
            );
            // The resource comes in two parts, each anywhere among the scopes.
            scopes.splice(
              next() % (scopes.length + 1),
              0,
              field(1, encode(OTLP, 'Resource', { attributes: wireOf(list) })),
            );
            scopes.splice(
              next() % (scopes.length + 1),
              0,
              field(1, encode(OTLP, 'Resource', { attributes: own })),
            );
            return field(1, Buffer.concat(scopes));
          });
          const expected = resources.flatMap(({ service, attributes: list, spans }) =>
            spans.map((plain) => {
              const { startTimeUnixNano: start, endTimeUnixNano } = plain;
              const end = endTimeUnixNano <= start ? start + 1n : endTimeUnixNano;
              return {
                tenant: 'default',
                traceId: hex(plain.traceId, 16),
                spanId: hex(plain.spanId, 8),
                parentId: hex(plain.parentSpanId, 8),
                startUs: Number(start / 1000n),
                endUs: Number(end / 1000n),
                durationUs: Number((end - start) / 1000n),
                kind: ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'][plain.kind],
                status: ['unset', 'ok', 'error'][plain.code],
                service: service === undefined ? 'missing-service-name' : service || 'empty-service-name',
                operation: plain.name || 'empty-span-name',
                weight: WEIGHT_ONE,
                attributes: expectedOf(plain.attributes),
                resource: expectedOf(list),
              };
            }),
          );
          expect(decoded(codec, Buffer.concat(parts), { keys: KEYS })).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** The field as a length-delimited one. */
function field(id: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.of((id << 3) | 2, ...length, rest), content]);
}

/** A message with its fields in another order (repeated ones keep theirs) and unknown fields among them. */
function mixed(message: Uint8Array, next: () => number): Uint8Array {
  const fields = fieldsOf(message).map((bytes) => ({ bytes, place: bytes[0] === 0x4a ? 500 : next() }));
  const unknown = [
    field(14, Uint8Array.of(1, 2)),
    Uint8Array.of(0x85, 0x06, 1, 2, 3, 4),
    Uint8Array.of(0x98, 0x06, 0x80, 0x01),
  ];
  for (const bytes of unknown) if (next() % 2 === 0) fields.push({ bytes, place: next() });
  return Buffer.concat(fields.sort((a, b) => a.place - b.place).map(({ bytes }) => bytes));
}
