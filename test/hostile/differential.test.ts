/** Valid messages in the three protobuf encodings: what Weir decodes is what protobufjs decodes, mapped by the encodings' own rules. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import jaegerProto from '../../src/codecs/jaeger-proto.ts';
import otlpProto from '../../src/codecs/otlp-proto.ts';
import zipkinProto from '../../src/codecs/zipkin-proto.ts';
import { SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { type DecodedSpan, decoded } from '../support/decoded.ts';
import { encode, JAEGER, OTLP, ZIPKIN } from '../support/protobuf-schemas.ts';

type Expected = Omit<DecodedSpan, 'tenant' | 'resource' | 'links'>;

const KEYS = ['region', 'http.route', 'peer.service'];
const RUNS = { numRuns: 500 };

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom('', 'é\u{1f600}', '__proto__'),
);
const id = (bytes: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: bytes, maxLength: bytes });
const key = fc.constantFrom(...KEYS, 'other', 'service.name', 'span.kind', 'error', 'otel.status_code');
const enumeration = fc.integer({ min: -2, max: 7 });
/** Up to the year 2255: the last that a double holds in microseconds. */
const ns = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 53n * 1000n }), fc.bigInt({ min: 0n, max: 3000n }));

/** A record of which any field may be missing. */
function partial<T extends object>(fields: { [name in keyof T]: fc.Arbitrary<T[name]> }): fc.Arbitrary<
  Partial<T>
> {
  return fc.record<T, never>(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

test('otlp_proto decodes as protobufjs does: law', () => {
  const value = fc.oneof(
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
  );
  const attributes = fc.array(fc.record({ key, value }), { maxLength: 6 });
  const event = partial({ timeUnixNano: ns, name: text, attributes });
  const span = partial({
    traceId: id(16),
    spanId: id(8),
    parentSpanId: id(8),
    traceState: fc.constantFrom('', 'a=b', 'ot=th:8'),
    name: text,
    kind: enumeration,
    startTimeUnixNano: ns,
    endTimeUnixNano: ns,
    attributes,
    events: fc.array(event, { maxLength: 2 }),
    links: fc.array(partial({ traceId: id(16), spanId: id(8) }), { maxLength: 2 }),
    status: partial({ message: text, code: enumeration }),
    flags: fc.nat(2 ** 32 - 1),
  });
  const resourceSpans = partial({
    resource: partial({ attributes, droppedAttributesCount: fc.nat() }),
    scopeSpans: fc.array(
      partial({ scope: partial({ name: text }), spans: fc.array(span, { maxLength: 3 }), schemaUrl: text }),
      {
        maxLength: 2,
      },
    ),
    schemaUrl: text,
  });
  fc.assert(
    fc.property(fc.array(resourceSpans, { maxLength: 3 }), (draft) => {
      const bytes = encode(OTLP, 'TracesData', { resourceSpans: draft });
      expect(spansOf(otlpProto, bytes)).toEqual(otlpExpected(bytes));
    }),
    RUNS,
  );
});

test('jaeger_proto decodes as protobufjs does: law', () => {
  const tag = fc
    .tuple(key, fc.nat(2), text, fc.boolean(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    .map(([name, type, vStr, vBool, vInt64]) => ({
      key: name,
      ...[{ vStr }, { vType: 1, vBool }, { vType: 2, vInt64 }][type],
    }));
  const span = partial({
    traceId: id(16),
    spanId: id(8),
    operationName: text,
    flags: fc.nat(3),
    startTime: fc.record({
      seconds: fc.bigInt({ min: 0n, max: 4_000_000_000n }),
      nanos: fc.nat(999_999_999),
    }),
    duration: fc.record({ seconds: fc.bigInt({ min: 0n, max: 100_000n }), nanos: fc.nat(999_999_999) }),
    tags: fc.array(tag, { maxLength: 6 }),
    logs: fc.array(partial({ fields: fc.array(tag, { maxLength: 2 }) }), { maxLength: 2 }),
    process: partial({ serviceName: text }),
    processId: text,
    warnings: fc.array(text, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(span, id(8), fc.boolean(), (draft, parentId, hasParent) => {
      const references = hasParent ? [{ traceId: draft.traceId ?? id16, spanId: parentId }] : [];
      const bytes = encode(JAEGER, 'Span', { traceId: id16, ...draft, references });
      expect(spansOf(jaegerProto, bytes)).toEqual(jaegerExpected(bytes));
    }),
    RUNS,
  );
});

test('zipkin_proto decodes as protobufjs does: law', () => {
  const endpoint = partial({ serviceName: text, ipv4: id(4), port: fc.nat(65_535) });
  const span = fc
    .record({
      required: fc.record({ traceId: fc.oneof(id(16), id(8)), id: id(8) }),
      rest: partial({
        parentId: id(8),
        kind: enumeration,
        name: text,
        timestamp: fc.bigInt({ min: 0n, max: 2n ** 51n }),
        duration: fc.bigInt({ min: 0n, max: 2n ** 40n }),
        localEndpoint: endpoint,
        remoteEndpoint: endpoint,
        annotations: fc.array(partial({ timestamp: ns, value: text }), { maxLength: 2 }),
        tags: fc.array(fc.record({ key, value: text }), { maxLength: 6 }),
        shared: fc.boolean(),
      }),
    })
    .map(({ required, rest }) => ({ ...rest, ...required }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), (spans) => {
      const bytes = encode(ZIPKIN, 'ListOfSpans', { spans });
      expect(spansOf(zipkinProto, bytes)).toEqual(zipkinExpected(bytes));
    }),
    RUNS,
  );
});

const id16 = new Uint8Array(16).fill(9);

function spansOf(codec: Parameters<typeof decoded>[0], bytes: Uint8Array): Expected[] {
  return decoded(codec, bytes, { keys: KEYS }).map(
    ({ tenant: _tenant, resource: _resource, links: _links, ...rest }) => rest,
  );
}

/** A message as protobufjs reads it: fields that are not there are undefined, 64-bit integers are decimal texts. */
type Message = Readonly<Record<string, unknown>>;

function read(schema: typeof OTLP, type: string, bytes: Uint8Array): Message {
  const message = schema.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: String, arrays: true });
}

const list = (message: Message, field: string): readonly Message[] =>
  (message[field] ?? []) as readonly Message[];
const part = (message: Message, field: string): Message => (message[field] ?? {}) as Message;
const string = (message: Message, field: string): string => (message[field] ?? '') as string;
const number = (message: Message, field: string): number => (message[field] ?? 0) as number;
const long = (message: Message, field: string): bigint => BigInt((message[field] ?? 0) as string);
const hex = (message: Message, field: string, digits: number): string =>
  Buffer.from((message[field] ?? []) as Uint8Array)
    .toString('hex')
    .padStart(digits, '0');

function otlpExpected(bytes: Uint8Array): Expected[] {
  return list(read(OTLP, 'TracesData', bytes), 'resourceSpans').flatMap((resourceSpans) => {
    const named = list(part(resourceSpans, 'resource'), 'attributes').find(
      (one) => one['key'] === 'service.name',
    );
    const name = named === undefined ? undefined : part(named, 'value')['stringValue'];
    const service =
      named === undefined
        ? 'missing-service-name'
        : name === undefined
          ? 'service-name-wrong-type'
          : (name as string) || 'empty-service-name';
    return list(resourceSpans, 'scopeSpans').flatMap((scopeSpans) =>
      list(scopeSpans, 'spans').map((span) => ({
        ...times(long(span, 'startTimeUnixNano'), long(span, 'endTimeUnixNano')),
        traceId: hex(span, 'traceId', 32),
        spanId: hex(span, 'spanId', 16),
        parentId: hex(span, 'parentSpanId', 16),
        kind: SPAN_KINDS[number(span, 'kind')] ?? 'unspecified',
        status: STATUS_CODES[number(part(span, 'status'), 'code')] ?? 'unset',
        service,
        operation: string(span, 'name') || 'empty-span-name',
        weight: string(span, 'traceState') === 'ot=th:8' ? 2 * WEIGHT_ONE : WEIGHT_ONE,
        attributes: firsts(list(span, 'attributes'), (one) => String(Object.values(part(one, 'value'))[0])),
      })),
    );
  });
}

function jaegerExpected(bytes: Uint8Array): Expected[] {
  const span = read(JAEGER, 'Span', bytes);
  const tags = list(span, 'tags');
  const last = (name: string): Message | undefined => tags.findLast((one) => one['key'] === name);
  const isString = (tag: Message | undefined): boolean => tag !== undefined && number(tag, 'vType') === 0;
  const kind = last('span.kind');
  const status = last('otel.status_code');
  const isTrue = (tag: Message | undefined): boolean => tag?.['vType'] === 1 && tag['vBool'] === true;
  const startNs = seconds(part(span, 'startTime'));
  const durationNs = seconds(part(span, 'duration'));
  const statusText = status === undefined ? '' : isString(status) ? string(status, 'vStr') : '';
  const kindText = isString(kind) ? string(kind!, 'vStr') : '';
  const service = string(part(span, 'process'), 'serviceName');
  return [
    {
      ...times(startNs, startNs + durationNs),
      traceId: hex(span, 'traceId', 32),
      spanId: hex(span, 'spanId', 16),
      parentId: hex(list(span, 'references')[0] ?? {}, 'spanId', 16),
      kind: ['internal', 'server', 'client', 'producer', 'consumer'].includes(kindText)
        ? kindText
        : 'unspecified',
      status: isTrue(last('error'))
        ? 'error'
        : ({ OK: 'ok', ERROR: 'error' }[statusText.toUpperCase()] ?? 'unset'),
      service: service === '' ? 'missing-service-name' : service,
      operation: string(span, 'operationName') || 'empty-span-name',
      weight: WEIGHT_ONE,
      attributes: lasts(tags, (tag) =>
        number(tag, 'vType') === 0
          ? string(tag, 'vStr')
          : number(tag, 'vType') === 1
            ? String(tag['vBool'] === true)
            : String(long(tag, 'vInt64')),
      ),
    },
  ];
}

function zipkinExpected(bytes: Uint8Array): Expected[] {
  return list(read(ZIPKIN, 'ListOfSpans', bytes), 'spans').map((span) => {
    const tags = list(span, 'tags');
    const last = (name: string): string | undefined => {
      const tag = tags.findLast((one) => one['key'] === name);
      return tag === undefined ? undefined : string(tag, 'value');
    };
    const startUs = Number(long(span, 'timestamp'));
    const durationUs = Number(long(span, 'duration'));
    const peer = string(part(span, 'remoteEndpoint'), 'serviceName');
    const parentId = hex(span, 'parentId', 16);
    const spanId = hex(span, 'id', 16);
    const byNumber = [undefined, 'client', 'server', 'producer', 'consumer'][number(span, 'kind')];
    return {
      startUs,
      endUs: startUs + durationUs,
      durationUs,
      traceId: hex(span, 'traceId', 32),
      spanId,
      parentId: parentId === spanId ? '0'.repeat(16) : parentId,
      kind: byNumber ?? (last('span.kind') === 'internal' ? 'internal' : 'unspecified'),
      status: last('error') === undefined ? 'unset' : 'error',
      service: string(part(span, 'localEndpoint'), 'serviceName') || 'missing-service-name',
      operation: string(span, 'name') || 'empty-span-name',
      weight: WEIGHT_ONE,
      attributes: {
        ...lasts(tags, (tag) => string(tag, 'value')),
        ...(peer === '' ? {} : { 'peer.service': peer }),
      },
    };
  });
}

/** Of each wanted key its first value. */
function firsts(pairs: readonly Message[], textOf: (pair: Message) => string): Record<string, string> {
  return Object.fromEntries(
    KEYS.flatMap((name) => {
      const found = pairs.find((one) => one['key'] === name);
      return found === undefined ? [] : [[name, textOf(found)]];
    }),
  );
}

function lasts(pairs: readonly Message[], textOf: (pair: Message) => string): Record<string, string> {
  return firsts(pairs.toReversed(), textOf);
}

/** A span that does not end after it started ends a nanosecond later. */
function times(startNs: bigint, givenEndNs: bigint): Pick<Expected, 'startUs' | 'endUs' | 'durationUs'> {
  const endNs = givenEndNs <= startNs ? startNs + 1n : givenEndNs;
  return {
    startUs: Number(startNs / 1000n),
    endUs: Number(endNs / 1000n),
    durationUs: Number((endNs - startNs) / 1000n),
  };
}

function seconds(message: Message): bigint {
  return long(message, 'seconds') * 1_000_000_000n + BigInt(number(message, 'nanos'));
}
