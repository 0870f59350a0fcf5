/** Encoders of another make than ours, from the published field numbers: what the protobuf codecs are compared with. */
import protobuf from 'protobufjs';

type Fields = Readonly<Record<string, readonly [id: number, type: string, rule?: 'repeated']>>;

function message(fields: Fields): object {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [
        name,
        rule ? { id, type, rule } : { id, type },
      ]),
    ),
  };
}

function oneofs(name: string): object {
  const oneof = ONEOFS[name];
  return oneof === undefined ? {} : { oneofs: { value: { oneof } } };
}

function root(messages: Readonly<Record<string, Fields>>): protobuf.Root {
  const nested = Object.entries(messages).map(([name, fields]) => [
    name,
    { ...message(fields), ...oneofs(name) },
  ]);
  return protobuf.Root.fromJSON({
    nested: Object.fromEntries(nested) as Record<string, protobuf.AnyNestedObject>,
  });
}

/** Fields of a oneof are written even where they hold their default. */
const ONEOFS: Readonly<Record<string, readonly string[]>> = {
  AnyValue: [
    'stringValue',
    'boolValue',
    'intValue',
    'doubleValue',
    'arrayValue',
    'kvlistValue',
    'bytesValue',
  ],
};

export const OTLP = root({
  TracesData: { resourceSpans: [1, 'ResourceSpans', 'repeated'] },
  ResourceSpans: {
    resource: [1, 'Resource'],
    scopeSpans: [2, 'ScopeSpans', 'repeated'],
    schemaUrl: [3, 'string'],
  },
  Resource: { attributes: [1, 'KeyValue', 'repeated'], droppedAttributesCount: [2, 'uint32'] },
  ScopeSpans: { scope: [1, 'Scope'], spans: [2, 'Span', 'repeated'], schemaUrl: [3, 'string'] },
  Scope: { name: [1, 'string'], version: [2, 'string'] },
  Span: {
    traceId: [1, 'bytes'],
    spanId: [2, 'bytes'],
    traceState: [3, 'string'],
    parentSpanId: [4, 'bytes'],
    name: [5, 'string'],
    kind: [6, 'int32'],
    startTimeUnixNano: [7, 'fixed64'],
    endTimeUnixNano: [8, 'fixed64'],
    attributes: [9, 'KeyValue', 'repeated'],
    droppedAttributesCount: [10, 'uint32'],
    events: [11, 'Event', 'repeated'],
    links: [13, 'Link', 'repeated'],
    status: [15, 'Status'],
    flags: [16, 'fixed32'],
  },
  Event: { timeUnixNano: [1, 'fixed64'], name: [2, 'string'], attributes: [3, 'KeyValue', 'repeated'] },
  Link: { traceId: [1, 'bytes'], spanId: [2, 'bytes'], traceState: [3, 'string'] },
  Status: { message: [2, 'string'], code: [3, 'int32'] },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  AnyValue: {
    stringValue: [1, 'string'],
    boolValue: [2, 'bool'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, 'ArrayValue'],
    kvlistValue: [6, 'KeyValueList'],
    bytesValue: [7, 'bytes'],
  },
  ArrayValue: { values: [1, 'AnyValue', 'repeated'] },
  KeyValueList: { values: [1, 'KeyValue', 'repeated'] },
});

export const JAEGER = root({
  Span: {
    traceId: [1, 'bytes'],
    spanId: [2, 'bytes'],
    operationName: [3, 'string'],
    references: [4, 'SpanRef', 'repeated'],
    flags: [5, 'uint32'],
    startTime: [6, 'Seconds'],
    duration: [7, 'Seconds'],
    tags: [8, 'KeyValue', 'repeated'],
    logs: [9, 'Log', 'repeated'],
    process: [10, 'Process'],
    processId: [11, 'string'],
    warnings: [12, 'string', 'repeated'],
  },
  SpanRef: { traceId: [1, 'bytes'], spanId: [2, 'bytes'], refType: [3, 'int32'] },
  Seconds: { seconds: [1, 'int64'], nanos: [2, 'int32'] },
  KeyValue: {
    key: [1, 'string'],
    vType: [2, 'int32'],
    vStr: [3, 'string'],
    vBool: [4, 'bool'],
    vInt64: [5, 'int64'],
    vFloat64: [6, 'double'],
    vBinary: [7, 'bytes'],
  },
  Log: { timestamp: [1, 'Seconds'], fields: [2, 'KeyValue', 'repeated'] },
  Process: { serviceName: [1, 'string'], tags: [2, 'KeyValue', 'repeated'] },
});

export const ZIPKIN = root({
  ListOfSpans: { spans: [1, 'Span', 'repeated'] },
  Span: {
    traceId: [1, 'bytes'],
    parentId: [2, 'bytes'],
    id: [3, 'bytes'],
    kind: [4, 'int32'],
    name: [5, 'string'],
    timestamp: [6, 'fixed64'],
    duration: [7, 'uint64'],
    localEndpoint: [8, 'Endpoint'],
    remoteEndpoint: [9, 'Endpoint'],
    annotations: [10, 'Annotation', 'repeated'],
    tags: [11, 'Tag', 'repeated'],
    debug: [12, 'bool'],
    shared: [13, 'bool'],
  },
  Endpoint: { serviceName: [1, 'string'], ipv4: [2, 'bytes'], ipv6: [3, 'bytes'], port: [4, 'int32'] },
  Annotation: { timestamp: [1, 'fixed64'], value: [2, 'string'] },
  Tag: { key: [1, 'string'], value: [2, 'string'] },
});

/** Encodes plain values; 64-bit integers are bigints, and only what is given is written. */
export function encode(schema: protobuf.Root, type: string, value: object): Uint8Array {
  return schema
    .lookupType(type)
    .encode(longs(value) as Record<string, unknown>)
    .finish();
}

/** The fields of a message, each with its tag: for putting them in another order. */
export function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    reader.skipType(reader.uint32() & 7);
    fields.push(bytes.subarray(start, reader.pos));
  }
  return fields;
}

function longs(value: unknown): unknown {
  if (typeof value === 'bigint')
    return new protobuf.util.Long(
      Number(BigInt.asIntN(32, value)),
      Number(BigInt.asIntN(32, value >> 32n)),
      value >= 2n ** 63n,
    );
  if (Array.isArray(value)) return value.map(longs);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, longs(inner)]));
}
