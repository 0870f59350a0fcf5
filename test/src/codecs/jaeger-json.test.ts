import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import auto from '../../../src/codecs/auto.ts';
import codec from '../../../src/codecs/jaeger-json.ts';
import proto from '../../../src/codecs/jaeger-proto.ts';
import { WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import golden from '../../golden/jaeger-kafka-vectors.json' with { type: 'json' };
import { decoded, type DecodedSpan, expectRobust, refusal } from '../../support/decoded.ts';

const KEYS = [
  'http.status_code',
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
];
const TRACE = Buffer.alloc(16, 1).toString('base64');
const OTHER = Buffer.alloc(16, 2).toString('base64');
const id = (byte: number): string => Buffer.alloc(8, byte).toString('base64');

const utf8 = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function spanOf(members: object): DecodedSpan {
  return decoded(codec, utf8({ traceId: TRACE, ...members }), { keys: KEYS })[0]!;
}

const tags = (...list: readonly object[]): object => ({ tags: list });

describe.each(golden.vectors)('golden vector $Name', ({ jaegerJsonRaw, jaegerProtoBase64 }) => {
  it('reads as its protobuf does, by auto too', () => {
    const json = Buffer.from(jaegerJsonRaw);
    const expected = decoded(proto, Buffer.from(jaegerProtoBase64, 'base64'), { keys: KEYS });
    expect(expected).toHaveLength(1);
    expect(decoded(codec, json, { keys: KEYS })).toEqual(expected);
    expect(decoded(auto, json, { keys: KEYS })).toEqual(expected);
    expect(decoded(auto, Buffer.from(jaegerProtoBase64, 'base64'), { keys: KEYS })).toEqual(expected);
  });
});

describe('the golden span with every kind of tag', () => {
  it('has the values it was made from', () => {
    const [span] = decoded(codec, Buffer.from(golden.vectors[0]!.jaegerJsonRaw), { keys: KEYS });
    expect(span).toEqual({
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
    });
  });
});

describe('what foreign producers write', () => {
  it('is read as Go reads it', () => {
    expect(spanOf({ startTime: '2026-08-20T17:20:54.5+02:00', duration: '1h2m3.5s' })).toMatchObject({
      startUs: 1_787_239_254_500_000,
      durationUs: 3_723_500_000,
    });
    expect(
      spanOf(tags({ v_int64: 7, v_type: 2, key: 'big' }, { vType: 'INT64', vInt64: 12, key: 'pid' }))
        .attributes,
    ).toEqual({ big: '7', pid: '12' });
    expect(spanOf({ traceId: id(3), unknown: [{ deep: [] }] }).traceId).toBe('0'.repeat(16) + '03'.repeat(8));
    expect(spanOf({ startTime: null, duration: null, tags: null, process: null })).toMatchObject({
      startUs: 0,
      durationUs: 0,
    });
    expect(decoded(codec, utf8({}))).toEqual([]);
  });

  it('is refused where Go refuses it', () => {
    expect(refusal(codec, utf8([]))).toBe('malformed');
    for (const [member, reason] of [
      [{ duration: 1.5 }, 'malformed'],
      [{ duration: '1.5' }, 'malformed'],
      [{ startTime: 'yesterday' }, 'malformed'],
      [{ traceId: 'AAAA' }, 'bad_id'],
      [{ spanId: TRACE }, 'bad_id'],
      [{ spanId: '****' }, 'malformed'],
      [{ tags: {} }, 'malformed'],
    ] as const)
      expect(refusal(codec, utf8({ traceId: TRACE, ...member })), JSON.stringify(member)).toBe(reason);
  });
});

it('is refused where nothing in it is of a Jaeger span', () => {
  for (const other of [{ resourceSpans: [] }, { data: [{ traceID: '1', spans: [] }] }, { a: 1 }])
    expect(refusal(codec, utf8(other)), JSON.stringify(other)).toBe('unknown_encoding');
  expect(decoded(codec, utf8({ a: 1, operation_name: 'GET /' }))).toMatchObject([{ operation: 'GET /' }]);
});

describe('the parent', () => {
  const child = (spanId: number, traceId = TRACE): object => ({ traceId, spanId: id(spanId) });
  const follows = (spanId: number, traceId = TRACE): object => ({
    refType: 'FOLLOWS_FROM',
    ...child(spanId, traceId),
  });
  const parentOf = (...references: readonly object[]): number =>
    Number.parseInt(decoded(codec, utf8({ references, traceId: TRACE }))[0]!.parentId.slice(0, 2), 16);

  it('is the first child-of in its own trace, else the first follows-from', () => {
    expect(parentOf(child(1), child(2))).toBe(1);
    expect(parentOf(follows(1), child(2), child(3))).toBe(2);
    expect(parentOf(child(1, OTHER), follows(2), follows(3))).toBe(2);
    expect(parentOf(follows(1, OTHER), child(2, OTHER))).toBe(0);
  });

  it('leaves the other references for links', () => {
    const linksOf = (...references: readonly object[]): number[] =>
      decoded(codec, utf8({ references, traceId: TRACE }), { hasLinks: true })[0]!.links!.map((link) =>
        Number.parseInt(link.split(' ')[1]!.slice(0, 2), 16),
      );
    expect(linksOf(child(1, OTHER), follows(2), child(3), child(3))).toEqual([1, 2, 3]);
  });
});

describe('tags', () => {
  it('decide kind, status and weight, the last of a name only', () => {
    const text = (key: string, vStr: string): object => ({ key, vStr });
    expect(spanOf(tags(text('span.kind', 'client'), text('span.kind', 'server'))).kind).toBe('server');
    expect(spanOf(tags(text('span.kind', 'client'))).attributes).toEqual({});
    expect(spanOf(tags(text('http.status_code', '404'), text('span.kind', 'client'))).status).toBe('error');
    expect(spanOf(tags(text('http.status_code', '404'), text('span.kind', 'server'))).status).toBe('unset');
    expect(spanOf(tags(text('otel.status_code', 'ok'), text('http.status_code', '500'))).status).toBe('ok');
    expect(spanOf(tags(text('error', 'true')))).toMatchObject({
      status: 'unset',
      attributes: { error: 'true' },
    });
    expect(spanOf(tags({ key: 'error', vType: 'BOOL', vBool: true }))).toMatchObject({
      status: 'error',
      attributes: {},
    });
    const error = { key: 'error', vType: 'BOOL' };
    expect(spanOf(tags({ ...error, vBool: true }, error))).toMatchObject({
      status: 'unset',
      attributes: { error: 'false' },
    });
    expect(spanOf(tags(error, { ...error, vBool: true }))).toMatchObject({
      status: 'error',
      attributes: {},
    });
    const states = tags(text('w3c.tracestate', 'ot=th:8'), { key: 'w3c.tracestate', vType: 'BOOL' });
    expect(spanOf(states).weight).toBe(WEIGHT_ONE);
    const sampled = tags(text('sampler.type', 'probabilistic'), {
      key: 'sampler.param',
      vType: 'FLOAT64',
      vFloat64: 0.25,
    });
    const weightOf = (members: object, weightFromSamplerParam: boolean): number =>
      decoded(codec, utf8({ traceId: TRACE, ...members }), { weightFromSamplerParam })[0]!.weight /
      WEIGHT_ONE;
    expect(weightOf(sampled, true)).toBe(4);
    expect(weightOf(sampled, false)).toBe(1);
    expect(weightOf({ ...sampled, references: [{ traceId: TRACE, spanId: id(1) }] }, true)).toBe(1);
  });
});

describe('the process', () => {
  const processOf = (process: object): Pick<DecodedSpan, 'service' | 'resource'> => {
    const { service, resource } = spanOf({ process });
    return { service, resource };
  };

  it('is the resource', () => {
    const pid = { key: 'pid', vType: 'INT64', vInt64: '42' };
    expect(processOf({ tags: [pid, { key: 'hostname', vStr: 'h' }], serviceName: 'cart' })).toEqual({
      service: 'cart',
      resource: { pid: '42', 'host.name': 'h' },
    });
    expect(processOf({ serviceName: '', tags: [{ key: 'service.name', vStr: 'tagged' }] }).service).toBe(
      'tagged',
    );
    const hosts = ['first', 'last'].map((vStr) => ({ key: 'hostname', vStr }));
    const names = ['first', 'last'].map((vStr) => ({ key: 'service.name', vStr }));
    const pids = [{ key: 'pid', vStr: '1' }, pid];
    expect(processOf({ tags: [...hosts, ...names, ...pids] })).toEqual({
      service: 'last',
      resource: { pid: '42', 'host.name': 'last' },
    });
    expect(processOf({ tags: [{ key: 'service.name', vType: 'BOOL' }] }).service).toBe(
      'service-name-wrong-type',
    );
    expect(processOf({ serviceName: 'OTLPResourceNoServiceName', tags: [pid] })).toEqual({
      service: 'missing-service-name',
      resource: {},
    });
  });

  it('names the tenant where its tag is configured', () => {
    const tenantAttribute = { key: 'team', tenantOf: (value: string) => `t-${value}` };
    const span = utf8({
      traceId: TRACE,
      process: { serviceName: 'cart', tags: [{ key: 'team', vStr: 'blue' }] },
    });
    expect(decoded(codec, span, { tenantAttribute })[0]!.tenant).toBe('t-blue');
  });
});

describe('any bytes', () => {
  it('are refused with a reason at worst', () => {
    expectRobust(codec, Buffer.from(golden.vectors[0]!.jaegerJsonRaw));
  });
});
