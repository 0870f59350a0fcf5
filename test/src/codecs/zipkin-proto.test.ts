import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import codec from '../../../src/codecs/zipkin-proto.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import {
  decoded,
  type DecodedSpan,
  type DecodeOptions,
  expectRobust,
  refusal,
} from '../../support/decoded.ts';
import { encode, fieldsOf, ZIPKIN } from '../../support/protobuf-schemas.ts';

const KEYS = ['peer.service', 'http.path', 'error', 'span.kind'];
const TRACE = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const ID = Uint8Array.from({ length: 8 }, (_, i) => 0xf0 + i);
const tag = (key: string, value: string): object => ({ key, value });

function list(...spans: readonly object[]): Uint8Array {
  return encode(ZIPKIN, 'ListOfSpans', { spans });
}

function spanOf(span: object, options: DecodeOptions = { keys: KEYS }): DecodedSpan {
  return decoded(codec, list(span), options)[0]!;
}

const FULL = {
  traceId: TRACE,
  parentId: ID.map((byte) => byte - 0x80),
  id: ID,
  kind: 1,
  name: 'get /cart',
  timestamp: 1_758_463_980_000_123n,
  duration: 1500n,
  localEndpoint: { serviceName: 'web', ipv4: Uint8Array.of(10, 0, 0, 1), port: 80 },
  remoteEndpoint: { serviceName: 'cart' },
  annotations: [{ timestamp: 1n, value: 'ws' }],
  tags: [tag('http.path', '/cart'), tag('w3c.tracestate', 'ot=th:8')],
  debug: true,
  shared: true,
};

describe('a span', () => {
  it('keeps what the columns hold', () => {
    expect(decoded(codec, list(FULL, {}), { keys: KEYS })).toEqual([
      {
        tenant: 'default',
        traceId: '0102030405060708090a0b0c0d0e0f10',
        spanId: 'f0f1f2f3f4f5f6f7',
        parentId: '7071727374757677',
        startUs: 1_758_463_980_000_123,
        endUs: 1_758_463_980_001_623,
        durationUs: 1500,
        kind: 'client',
        status: 'unset',
        service: 'web',
        operation: 'get /cart',
        weight: 2 * WEIGHT_ONE,
        attributes: { 'http.path': '/cart', 'peer.service': 'cart' },
        resource: {},
      },
      {
        tenant: 'default',
        traceId: '0'.repeat(32),
        spanId: '0'.repeat(16),
        parentId: '0'.repeat(16),
        startUs: 0,
        endUs: 0,
        durationUs: 0,
        kind: 'unspecified',
        status: 'unset',
        service: 'missing-service-name',
        operation: 'empty-span-name',
        weight: WEIGHT_ONE,
        attributes: {},
        resource: {},
      },
    ]);
  });

  it('that names itself as its parent is a root', () => {
    expect(spanOf({ id: ID, parentId: ID }).parentId).toBe('0'.repeat(16));
  });

  it('may have a short trace id', () => {
    expect(spanOf({ traceId: ID }).traceId).toBe('0000000000000000f0f1f2f3f4f5f6f7');
    expect(refusal(codec, list({ traceId: TRACE.subarray(1) }))).toBe('bad_id');
    expect(refusal(codec, list({ id: TRACE }))).toBe('bad_id');
  });

  it.each([
    ['missing-service-name', {}],
    ['missing-service-name', { localEndpoint: { serviceName: '' } }],
    ['missing-service-name', { localEndpoint: { serviceName: 'OTLPResourceNoServiceName' } }],
    ['web', { localEndpoint: { serviceName: 'web' } }],
  ])('belongs to %s', (service, span) => {
    expect(spanOf(span).service).toBe(service);
  });

  it.each([
    ['error', [tag('error', '')]],
    ['error', [tag('error', 'timeout')]],
    ['error', [tag('otel.status_code', 'ERROR')]],
    ['ok', [tag('otel.status_code', 'OK')]],
    ['unset', []],
  ])('has status %s by its tags', (status, tags) => {
    expect(spanOf({ tags }).status).toBe(status);
  });

  it('keeps an error tag that says more than that', () => {
    expect(spanOf({ tags: [tag('error', 'true')] }).attributes).toEqual({});
    expect(spanOf({ tags: [tag('error', 'timeout')] }).attributes).toEqual({ error: 'timeout' });
  });

  it('is internal by its tag, and of the tenant its tag names', () => {
    const tenantAttribute = { key: 'tenant', tenantOf: (name: string): string => name };
    const span = spanOf({ tags: [tag('span.kind', 'internal'), tag('tenant', 'acme')] }, { tenantAttribute });
    expect(span).toMatchObject({ kind: 'internal', tenant: 'acme' });
  });

  it('says by the last of several tags with one key what they say', () => {
    const tenantAttribute = { key: 'tenant', tenantOf: (name: string): string => name };
    const both = (key: string, first: string, last: string): object[] => [tag(key, first), tag(key, last)];
    expect(spanOf({ tags: both('tenant', 'a', 'b') }, { tenantAttribute }).tenant).toBe('b');
    expect(spanOf({ tags: both('http.path', 'a', 'b') }).attributes).toEqual({ 'http.path': 'b' });
    expect(spanOf({ tags: both('span.kind', 'x', 'internal') }).kind).toBe('internal');
    expect(spanOf({ tags: both('otel.status_code', 'OK', 'ERROR') }).status).toBe('error');
    expect(spanOf({ tags: both('error', 'timeout', 'true') }).attributes).toEqual({});
    expect(spanOf({ tags: both('w3c.tracestate', 'ot=th:8', '') }).weight).toBe(WEIGHT_ONE);
  });

  it('has the links that the collector made tags of', () => {
    const ids = `${'1'.repeat(32)}|${'2'.repeat(16)}`;
    const read = (key: string, value: string): readonly string[] =>
      spanOf({ tags: [tag(key, value)] }, { keys: KEYS, hasLinks: true }).links!;
    expect(read('otlp.link.0', `${ids}|||0`)).toEqual([ids.replace('|', ' ')]);
    expect(read('otlp.link.127', `${ids}|a=b|{}|0`)).toHaveLength(1);
    for (const key of ['otlp.link.', 'otlp.link.x', 'otlp.link.1000', 'otlp.links.0'])
      expect(read(key, `${ids}|||0`)).toEqual([]);
    for (const value of ['', '|||{}|0', ids, `0${ids}|||0`]) expect(read('otlp.link.0', value)).toEqual([]);
    expect(refusal(codec, list({ tags: [tag('otlp.link.0', `x${ids.slice(1)}|||0`)] }))).toBe('bad_id');
    expect(spanOf({ tags: [tag('otlp.link.0', ids)] }, { keys: ['otlp.link.0'] }).attributes).toEqual({});
  });

  it('names its peer by the remote endpoint before any tag', () => {
    const tags = [tag('peer.service', 'tagged')];
    expect(spanOf({ tags }).attributes).toEqual({ 'peer.service': 'tagged' });
    expect(spanOf({ tags, remoteEndpoint: { serviceName: 'cart' } }).attributes).toEqual({
      'peer.service': 'cart',
    });
  });
});

describe('bytes', () => {
  it('do no harm when damaged', () => {
    expectRobust(codec, list({ ...FULL, tags: [tag('a', 'b'), tag('error', 'true')] }));
  });

  it('read the same in any order of fields', () => {
    const [expected] = decoded(codec, list(FULL), { keys: KEYS });
    const fields = fieldsOf(encode(ZIPKIN, 'Span', FULL));
    fc.assert(
      fc.property(fc.shuffledSubarray(fields, { minLength: fields.length }), (shuffled) => {
        const span = Buffer.concat(shuffled);
        const message = Buffer.concat([
          Uint8Array.of(0x0a, (span.length & 0x7f) | 0x80, span.length >> 7),
          span,
        ]);
        expect(decoded(codec, message, { keys: KEYS })).toEqual([expected]);
      }),
    );
  });
});
