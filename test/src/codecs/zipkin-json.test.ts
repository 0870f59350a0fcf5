import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import codec from '../../../src/codecs/zipkin-json.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { decoded, type DecodedSpan, expectRobust, refusal } from '../../support/decoded.ts';

const KEYS = ['http.path', 'error', 'peer.service', 'span.kind'];
const FULL = {
  traceId: '0000000000000001000000000000000A',
  parentId: '2',
  id: '000000000000000b',
  kind: 'CLIENT',
  name: 'get /api',
  timestamp: 1_758_463_980_000_000,
  duration: 207_000,
  localEndpoint: { ipv4: '10.0.0.1', serviceName: 'frontend', port: 8080 },
  remoteEndpoint: { serviceName: 'backend' },
  annotations: [{ timestamp: 1, value: 'ws' }],
  tags: { 'http.path': '/api', 'w3c.tracestate': 'ot=th:8' },
  shared: true,
};

const utf8 = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function spanOf(members: object): DecodedSpan {
  return decoded(codec, utf8([{ traceId: 'a', id: 'b', ...members }]), { keys: KEYS })[0]!;
}

describe('a span', () => {
  it('keeps what the columns hold', () => {
    expect(decoded(codec, utf8([FULL]), { keys: KEYS })).toEqual([
      {
        tenant: 'default',
        traceId: '0000000000000001000000000000000a',
        spanId: '000000000000000b',
        parentId: '0000000000000002',
        startUs: 1_758_463_980_000_000,
        endUs: 1_758_463_980_207_000,
        durationUs: 207_000,
        kind: 'client',
        status: 'unset',
        service: 'frontend',
        operation: 'get /api',
        weight: 2 * WEIGHT_ONE,
        attributes: { 'http.path': '/api', 'peer.service': 'backend' },
        resource: {},
      },
    ]);
  });

  it('reads as the collector translates it', () => {
    expect(spanOf({}).service).toBe('missing-service-name');
    expect(spanOf({ localEndpoint: { serviceName: '' } }).service).toBe('missing-service-name');
    expect(spanOf({ localEndpoint: { serviceName: 'OTLPResourceNoServiceName' } }).service).toBe(
      'missing-service-name',
    );
    expect(spanOf({ name: null }).operation).toBe('empty-span-name');
    expect(spanOf({ parentId: '000000000000000b' }).parentId).toBe('0'.repeat(16));
    expect(spanOf({ tags: { 'span.kind': 'internal' } })).toMatchObject({ kind: 'internal', attributes: {} });
    expect(spanOf({ kind: 'SERVER', tags: { 'span.kind': 'internal' } }).kind).toBe('server');
    expect(spanOf({ tags: { error: 'timeout' } })).toMatchObject({
      status: 'error',
      attributes: { error: 'timeout' },
    });
    expect(spanOf({ tags: { error: 'true' } })).toMatchObject({ status: 'error', attributes: {} });
    expect(spanOf({ tags: { 'otel.status_code': 'OK' } }).status).toBe('ok');
    expect(
      spanOf({ remoteEndpoint: { serviceName: 'named' }, tags: { 'peer.service': 'tagged' } }).attributes,
    ).toEqual({
      'peer.service': 'named',
    });
    expect(spanOf({ tags: { 'peer.service': 'tagged' }, remoteEndpoint: { port: 1 } }).attributes).toEqual({
      'peer.service': 'tagged',
    });
  });

  it('says by the last of several tags with one key what they say', () => {
    const tags = (key: string, first: string, last: string): Uint8Array =>
      Buffer.from(`[{"id":"1","tags":{"${key}":"${first}","${key}":"${last}"}}]`);
    const read = (key: string, first: string, last: string): DecodedSpan =>
      decoded(codec, tags(key, first, last), { keys: KEYS })[0]!;
    expect(read('http.path', 'a', 'b').attributes).toEqual({ 'http.path': 'b' });
    expect(read('span.kind', 'x', 'internal').kind).toBe('internal');
    expect(read('otel.status_code', 'OK', 'ERROR').status).toBe('error');
    expect(read('error', 'timeout', 'true')).toMatchObject({ status: 'error', attributes: {} });
    expect(read('w3c.tracestate', 'ot=th:8', '').weight).toBe(WEIGHT_ONE);
  });

  it('stands alone in its list', () => {
    const spans = decoded(codec, utf8([FULL, null, { traceId: 'a', id: 'b' }, FULL]), { keys: KEYS });
    expect(
      spans.map(({ service, weight, attributes }) => [
        service,
        weight / WEIGHT_ONE,
        Object.keys(attributes).length,
      ]),
    ).toEqual([
      ['frontend', 2, 2],
      ['missing-service-name', 1, 0],
      ['frontend', 2, 2],
    ]);
  });

  it('names the tenant where its tag is configured', () => {
    const tenantAttribute = { key: 'team', tenantOf: (value: string) => `t-${value}` };
    const list = utf8([{ tags: { team: 'blue' }, localEndpoint: { serviceName: 'x' } }, {}]);
    expect(decoded(codec, list, { tenantAttribute }).map((span) => span.tenant)).toEqual([
      't-blue',
      'default',
    ]);
  });
});

describe('any bytes', () => {
  it('are refused with a reason at worst', () => {
    expectRobust(codec, utf8([FULL]));
  });

  it('name their fault', () => {
    for (const [text, reason] of [
      ['', 'truncated'],
      ['[', 'truncated'],
      ['[{"id":"', 'truncated'],
      ['{}', 'malformed'],
      ['[1]', 'malformed'],
      ['[{"tags":{"a":1}}]', 'malformed'],
      ['[{"duration":-1}]', 'malformed'],
      ['[{"resourceSpans":[]}]', 'unknown_encoding'],
      ['[{"id":"1"},{"spanID":"1"}]', 'unknown_encoding'],
      ['[{"timestamp":1.5}]', 'malformed'],
      ['[{"id":"00000000000000001"}]', 'bad_id'],
      ['[{"id":"xyz"}]', 'bad_id'],
      [`[${Array(100_001).fill('{}').join(',')}]`, 'too_many_spans'],
      [`[{"annotations":${'['.repeat(100)}`, 'too_deep'],
    ] as const)
      expect(refusal(codec, Buffer.from(text)), text.slice(0, 40)).toBe(reason);
    expect(decoded(codec, Buffer.from('[]'))).toEqual([]);
  });
});
