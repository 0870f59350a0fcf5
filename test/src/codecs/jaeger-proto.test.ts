import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import codec from '../../../src/codecs/jaeger-proto.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import {
  decoded,
  type DecodedSpan,
  type DecodeOptions,
  expectRobust,
  refusal,
} from '../../support/decoded.ts';
import { encode, fieldsOf, JAEGER } from '../../support/protobuf-schemas.ts';

interface Golden {
  readonly vectors: readonly { readonly Name: string; readonly jaegerProtoBase64: string }[];
}

const golden = JSON.parse(readFileSync('test/golden/jaeger-kafka-vectors.json', 'utf8')) as Golden;
const KEYS = [
  'zero',
  'big',
  'error',
  'cached',
  'ratio',
  'nan',
  'inf',
  'blob',
  'empty',
  'host.name',
  'pid',
  'span.kind',
  'http.status_code',
];
const TRACE = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const OTHER = new Uint8Array(16).fill(9);
const id = (last: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, last);
const text = (key: string, vStr: string): object => ({ key, vStr });

function vector(name: string): Uint8Array {
  const found = golden.vectors.find(({ Name }) => Name === name);
  if (found === undefined) throw new Error(`no golden vector ${name}`);
  return Buffer.from(found.jaegerProtoBase64, 'base64');
}

function spanOf(span: object, options: DecodeOptions = { keys: KEYS }): DecodedSpan {
  return decoded(codec, encode(JAEGER, 'Span', span), options)[0]!;
}

describe("Jaeger's own bytes", () => {
  it('of a server span', () => {
    expect(decoded(codec, vector('server-128bit'), { keys: KEYS })).toEqual([
      {
        tenant: 'default',
        traceId: '0102030405060708090a0b0c0d0e0f10',
        spanId: 'deadbeefcafe0001',
        parentId: 'deadbeefcafe0000',
        startUs: 1_787_239_254_123_456,
        endUs: 1_787_239_255_623_706,
        durationUs: 1_500_250,
        kind: 'server',
        status: 'error',
        service: 'checkout',
        operation: 'POST /pay',
        weight: WEIGHT_ONE,
        attributes: {
          'http.status_code': '503',
          zero: '0',
          big: '9223372036854775807',
          cached: 'false',
          ratio: '0.25',
          nan: 'NaN',
          inf: 'Infinity',
          blob: 'AAAwOQ==',
          empty: '',
        },
        resource: { 'host.name': 'h1', pid: '42' },
      },
    ]);
  });

  it.each([
    [
      'client-64bit-micros',
      '00000000000000001122334455667788',
      '0000000000000001',
      1_787_239_254_123_456,
      100,
      'svc',
    ],
    ['zero-duration-empty-slices', TRACE, '0000000000000002', 1_787_239_254_000_000, 0, 'svc'],
    ['whole-second-and-ms', TRACE, '0000000000000003', 1_787_239_254_123_000, 1_000_000, 'svc'],
    ['negative-duration', TRACE, '0000000000000004', 1_787_239_254_000_000, 0, 'svc'],
    ['zero-span-id-nil-process', TRACE, '0000000000000000', 0, 0, 'missing-service-name'],
  ])('of %s', (name, trace, spanId, startUs, durationUs, service) => {
    const traceId = typeof trace === 'string' ? trace : Buffer.from(trace).toString('hex');
    const span = decoded(codec, vector(name))[0]!;
    expect(span).toMatchObject({
      traceId,
      spanId,
      startUs,
      durationUs,
      endUs: startUs + durationUs,
      service,
    });
  });

  it('do no harm when damaged', () => {
    expectRobust(codec, vector('server-128bit'));
  });
});

describe('the parent', () => {
  const parentOf = (references: readonly object[]): string =>
    spanOf({ traceId: TRACE, references }).parentId.slice(-1);

  it.each([
    ['none', [], '0'],
    [
      'the first CHILD_OF',
      [
        { traceId: TRACE, spanId: id(1) },
        { traceId: TRACE, spanId: id(2) },
      ],
      '1',
    ],
    [
      'CHILD_OF before FOLLOWS_FROM',
      [
        { traceId: TRACE, spanId: id(1), refType: 1 },
        { traceId: TRACE, spanId: id(2) },
      ],
      '2',
    ],
    [
      'the first FOLLOWS_FROM',
      [
        { traceId: TRACE, spanId: id(1), refType: 1 },
        { traceId: TRACE, spanId: id(2), refType: 1 },
      ],
      '1',
    ],
    [
      'of no other trace',
      [
        { traceId: OTHER, spanId: id(1) },
        { traceId: TRACE, spanId: id(2), refType: 1 },
      ],
      '2',
    ],
    ['of no other type', [{ traceId: TRACE, spanId: id(1), refType: 2 }], '0'],
  ])('is %s', (_, references, parent) => {
    expect(parentOf(references)).toBe(parent);
  });

  it('is judged by the last trace id, a short one too', () => {
    const ids = [TRACE, TRACE.subarray(8)].map((traceId) => encode(JAEGER, 'Span', { traceId }));
    expect(decoded(codec, Buffer.concat(ids))[0]!.traceId).toBe('0000000000000000090a0b0c0d0e0f10');
  });

  it('is known whatever the order of fields, and by short ids too', () => {
    const short = TRACE.subarray(8);
    const long = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, ...short);
    const bytes = encode(JAEGER, 'Span', {
      traceId: short,
      spanId: id(5),
      references: [{ traceId: long, spanId: id(4) }],
    });
    const [span] = decoded(codec, Buffer.concat(fieldsOf(bytes).reverse()));
    expect(span).toMatchObject({ traceId: Buffer.from(long).toString('hex'), parentId: '0000000000000004' });
  });
});

describe('the links', () => {
  const references = [
    { traceId: OTHER, spanId: id(1) },
    { traceId: TRACE, spanId: id(2), refType: 1 },
    { traceId: TRACE, spanId: id(3) },
    { traceId: TRACE, spanId: id(3) },
  ];
  const message = encode(JAEGER, 'Span', { traceId: TRACE, references });
  const linksOf = (hasLinks: boolean): readonly (string | undefined)[] | undefined =>
    decoded(codec, message, { hasLinks })[0]!.links?.map((link) => link.at(-1));

  it('are the references that are not the parent', () => {
    expect(linksOf(true)).toEqual(['1', '2', '3']);
  });

  it('are skipped where nobody wants them', () => {
    expect(linksOf(false)).toBeUndefined();
  });
});

describe('the process', () => {
  it.each([
    ['missing-service-name', undefined],
    ['missing-service-name', {}],
    ['missing-service-name', { serviceName: 'OTLPResourceNoServiceName', tags: [text('pid', '1')] }],
    ['cart', { serviceName: 'cart' }],
    ['tagged', { serviceName: 'cart', tags: [text('service.name', 'tagged')] }],
    ['empty-service-name', { tags: [text('service.name', '')] }],
    ['service-name-wrong-type', { tags: [{ key: 'service.name', vType: 1 }] }],
  ])('gives the service %s', (service, process) => {
    expect(spanOf({ operationName: 'x', ...(process && { process }) }).service).toBe(service);
  });

  it('gives attributes and the tenant, but none where it has no name', () => {
    const tenantAttribute = { key: 'tenant', tenantOf: (name: string): string => name };
    const tags = [text('hostname', 'h9'), text('pid', '1'), text('tenant', 'acme')];
    const span = spanOf({ process: { serviceName: 's', tags } }, { keys: KEYS, tenantAttribute });
    expect(span).toMatchObject({ tenant: 'acme', resource: { 'host.name': 'h9', pid: '1' } });
    expect(spanOf({ process: { serviceName: 'OTLPResourceNoServiceName', tags } }).resource).toEqual({});
  });

  it('says by the last of several tags with one key what they say', () => {
    const tenantAttribute = { key: 'tenant', tenantOf: (name: string): string => name };
    const keys = ['hostname', 'pid', 'tenant', 'service.name'];
    const tags = [...keys.map((key) => text(key, 'first')), ...keys.map((key) => text(key, 'last'))];
    expect(spanOf({ process: { tags } }, { keys: KEYS, tenantAttribute })).toMatchObject({
      tenant: 'last',
      service: 'last',
      resource: { 'host.name': 'last', pid: 'last' },
    });
  });
});

describe('tags', () => {
  it('become fields, and are no attributes then', () => {
    const tags = [
      text('span.kind', 'client'),
      text('w3c.tracestate', 'ot=th:8'),
      text('http.status_code', '404'),
    ];
    expect(spanOf({ tags })).toMatchObject({ kind: 'client', status: 'error', weight: 2 * WEIGHT_ONE });
    expect(spanOf({ tags }).attributes).toEqual({ 'http.status_code': '404' });
  });

  it('with one key count as the last, which takes the place of those before it', () => {
    const bool = (vBool: boolean): object => ({ key: 'error', vType: 1, vBool });
    const status = (vStr: string): object => text('otel.status_code', vStr);
    expect(spanOf({ tags: [text('zero', 'a'), text('zero', 'b')] }).attributes).toEqual({ zero: 'b' });
    expect(spanOf({ tags: [text('span.kind', 'client'), text('span.kind', 'server')] }).kind).toBe('server');
    expect(spanOf({ tags: [text('span.kind', 'client'), text('span.kind', 'x')] }).kind).toBe('unspecified');
    expect(spanOf({ tags: [bool(false), bool(true)] })).toMatchObject({ status: 'error', attributes: {} });
    expect(spanOf({ tags: [bool(true), bool(false)] })).toMatchObject({
      status: 'unset',
      attributes: { error: 'false' },
    });
    expect(spanOf({ tags: [status('OK'), status('ERROR')] }).status).toBe('error');
    const codes = [text('http.status_code', '200'), text('http.status_code', '500')];
    expect(spanOf({ tags: codes }).status).toBe('error');
    const states = [text('w3c.tracestate', 'ot=th:8'), { key: 'w3c.tracestate', vType: 1, vBool: true }];
    expect(spanOf({ tags: states }).weight).toBe(WEIGHT_ONE);
  });

  it('error counts as a boolean only', () => {
    const bool = (vBool: boolean): object => ({ key: 'error', vType: 1, vBool });
    expect(spanOf({ tags: [text('error', 'true')] })).toMatchObject({
      status: 'unset',
      attributes: { error: 'true' },
    });
    expect(spanOf({ tags: [bool(true), text('otel.status_code', 'OK')] }).status).toBe('error');
    expect(spanOf({ tags: [bool(false), text('otel.status_code', 'OK')] }).status).toBe('ok');
  });

  it('hold what their type names, whatever else they hold', () => {
    const odd = { key: 'span.kind', vType: 1, vStr: 'client' };
    expect(spanOf({ tags: [odd] }).kind).toBe('unspecified');
    expect(spanOf({ tags: [{ key: 'zero', vType: 2, vStr: 'x', vFloat64: 2 }] }).attributes).toEqual({
      zero: '0',
    });
  });

  it('of the sampler give the weight of a root span, where that is asked for', () => {
    const tags = [text('sampler.type', 'probabilistic'), { key: 'sampler.param', vType: 3, vFloat64: 0.25 }];
    const weightOf = (span: object, weightFromSamplerParam = true): number =>
      spanOf(span, { weightFromSamplerParam }).weight;
    expect(weightOf({ tags })).toBe(4 * WEIGHT_ONE);
    expect(weightOf({ tags }, false)).toBe(WEIGHT_ONE);
    expect(weightOf({ tags: [text('sampler.type', 'const'), tags[1]!] })).toBe(WEIGHT_ONE);
    expect(weightOf({ traceId: TRACE, tags, references: [{ traceId: TRACE, spanId: id(1) }] })).toBe(
      WEIGHT_ONE,
    );
    expect(weightOf({ tags: [...tags, text('w3c.tracestate', 'ot=th:8')] })).toBe(2 * WEIGHT_ONE);
  });
});

describe('bytes', () => {
  it('that are no span are refused', () => {
    expect(refusal(codec, encode(JAEGER, 'Span', { traceId: new Uint8Array(4) }))).toBe('bad_id');
    expect(refusal(codec, encode(JAEGER, 'Span', { spanId: new Uint8Array(16) }))).toBe('bad_id');
    expect(refusal(codec, encode(JAEGER, 'Span', { startTime: { nanos: -1 } }))).toBe('malformed');
    expect(refusal(codec, encode(JAEGER, 'Span', { duration: { seconds: 1n, nanos: -1 } }))).toBe(
      'malformed',
    );
  });

  it('of no message are no span', () => {
    expect(decoded(codec, new Uint8Array(0))).toEqual([]);
  });

  it('of any span read as another encoder wrote them, in any order of fields', () => {
    const tag = fc.oneof(
      fc.string().map((vStr) => ({ wire: { vStr }, text: vStr })),
      fc.boolean().map((vBool) => ({ wire: { vType: 1, vBool }, text: String(vBool) })),
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        .map((n) => ({ wire: { vType: 2, vInt64: n }, text: String(n) })),
      fc.double().map((vFloat64) => ({ wire: { vType: 3, vFloat64 }, text: String(vFloat64) })),
    );
    const span = fc.record({
      tags: fc.array(tag, { maxLength: 3 }),
      startNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      durationNs: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
      name: fc.string(),
      order: fc.infiniteStream(fc.nat(99)),
    });
    fc.assert(
      fc.property(span, ({ tags, startNs, durationNs, name, order }) => {
        const seconds = (ns: bigint): object => ({
          seconds: ns / 1_000_000_000n,
          nanos: Number(ns % 1_000_000_000n),
        });
        const bytes = encode(JAEGER, 'Span', {
          operationName: name,
          startTime: seconds(startNs),
          duration: seconds(durationNs),
          tags: tags.map(({ wire }, i) => ({ key: `k${i}`, ...wire })),
          process: { serviceName: 's' },
        });
        const fields = fieldsOf(bytes).map((field) => ({ field, place: Number(order.next().value) }));
        const shuffled = Buffer.concat(fields.sort((a, b) => a.place - b.place).map(({ field }) => field));
        const endNs = startNs + (durationNs > 0n ? durationNs : 1n);
        expect(decoded(codec, shuffled, { keys: ['k0', 'k1', 'k2'] })[0]).toMatchObject({
          startUs: Number(startNs / 1000n),
          endUs: Number(endNs / 1000n),
          durationUs: durationNs > 0n ? Number(durationNs / 1000n) : 0,
          service: 's',
          operation: name || 'empty-span-name',
          attributes: Object.fromEntries(tags.map(({ text: value }, i) => [`k${i}`, value])),
        });
      }),
    );
  });
});
