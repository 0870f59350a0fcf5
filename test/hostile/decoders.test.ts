/** Whatever the bytes of a message are, it is counted once, as spans or as a dead letter with a reason, and the next one is read. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { type Encoding, loadCodec } from '../../src/codecs/codec.ts';
import { SPANS_PER_MESSAGE_MAX } from '../../src/limits.ts';
import { type AbstractSpan, messagesOf, ONE_ENCODINGS, type OneEncoding } from '../support/encoders.ts';
import { ROWS_MAX, feed, openFullPartition, spansCounted } from '../support/full-partition.ts';
import { damaged } from '../support/hostile-bytes.ts';
import { BASE_MS } from '../support/plain-span.ts';
import { encode, JAEGER, OTLP, ZIPKIN } from '../support/protobuf-schemas.ts';

const REASONS = new Set([
  'truncated',
  'malformed',
  'bad_id',
  'bad_utf8',
  'too_deep',
  'too_large',
  'too_many_spans',
  'unknown_encoding',
]);

const SPAN: AbstractSpan = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: '1112131415161718',
  parentId: '2122232425262728',
  service: 'кошик',
  name: 'GET /\u{1f600}',
  kind: 3,
  status: 2,
  startUs: BASE_MS * 1000,
  durationUs: 1_234_567,
  tracestate: undefined,
  attributes: { region: 'eu', __proto__: 'x' },
  links: [{ traceId: '3132333435363738393a3b3c3d3e3f30', spanId: '4142434445464748' }],
};

/** Feeds the messages and gives the reasons of those that were refused, by offset. */
async function fate(encoding: Encoding, messages: readonly Uint8Array[]): Promise<Map<number, string>> {
  const codec = await loadCodec(encoding);
  const partition = openFullPartition(codec);
  for (let at = 0; at < messages.length; at += 100) feed(partition, messages.slice(at, at + 100));
  const { rows, deadLetters, hi } = partition.flush();
  expect(hi).toBe(messages.length);
  expect(partition.tally.messages).toBe(messages.length);
  expect(spansCounted(rows)).toBe(partition.tally.spans);
  expect(partition.pipeline.rowsHeld).toBeLessThanOrEqual(3 * ROWS_MAX);
  const reasons = new Map(deadLetters.map(({ offset, reason }) => [offset, reason]));
  expect(reasons.size).toBe(deadLetters.length);
  for (const { offset, reason, value } of deadLetters) {
    expect(REASONS).toContain(reason);
    expect(Buffer.compare(value, messages[offset]!)).toBe(0);
  }
  return reasons;
}

const cases: readonly (readonly [Encoding, OneEncoding])[] = ONE_ENCODINGS.flatMap((encoding) => [
  [encoding, encoding],
  ['auto', encoding],
]);

test.each(cases)('%s reads on after every damage to %s', async (encoding, written) => {
  const [message] = messagesOf(written, [SPAN]);
  const messages = [message!, ...damaged(message!, 1), message!];
  const reasons = await fate(encoding, messages);
  expect(reasons.has(0)).toBe(false);
  expect(reasons.has(messages.length - 1)).toBe(false);
  expect(reasons.size).toBeGreaterThan(messages.length / 20);
  // What is refused depends on the message alone, not on those before it.
  const backwards = await fate(encoding, messages.toReversed());
  for (let at = 0; at < messages.length; at++)
    expect(backwards.get(messages.length - 1 - at)).toBe(reasons.get(at));
});

describe('deep nesting', () => {
  const deep = 200_000;
  const json = (open: string, close: string): Buffer => Buffer.from(open.repeat(deep) + close.repeat(deep));

  test.each(['otlp_json', 'jaeger_json', 'zipkin_json', 'auto'] as const)(
    'of JSON in %s is refused without recursion',
    async (encoding) => {
      const unknown = `{"x":${'['.repeat(deep)}${']'.repeat(deep)},"resourceSpans":[]}`;
      const messages = [json('[', ']'), json('{"a":', '1}'), json('[{"a":', '0}]'), Buffer.from(unknown)];
      const reasons = await fate(encoding, messages);
      expect(reasons.size).toBe(messages.length);
    },
  );

  test('of attribute values in protobuf is refused without recursion', async () => {
    let value: Uint8Array = encode(OTLP, 'AnyValue', { stringValue: 'x' });
    for (let depth = 0; depth < 3000; depth++) {
      const inner = Buffer.concat([Buffer.from([0x0a]), varint(value.length), value]);
      value = Buffer.concat([Buffer.from([0x2a]), varint(inner.length), inner]);
    }
    const pair = Buffer.concat([
      Buffer.from([0x0a, 6]),
      Buffer.from('region'),
      Buffer.from([0x12]),
      varint(value.length),
      value,
    ]);
    const span = Buffer.concat([Buffer.from([0x4a]), varint(pair.length), pair]);
    const wrap = (tag: number, inner: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from([tag]), varint(inner.length), inner]);
    const reasons = await fate('otlp_proto', [wrap(0x0a, wrap(0x12, wrap(0x12, span)))]);
    expect([...reasons.values()]).toEqual(['too_deep']);
  });
});

describe('giant repeats', () => {
  test.each([
    ['otlp_proto', encode(OTLP, 'TracesData', { resourceSpans: [{ scopeSpans: [{ spans: [{}] }] }] })],
    [
      'zipkin_proto',
      encode(ZIPKIN, 'ListOfSpans', {
        spans: [{ traceId: new Uint8Array(8).fill(1), id: new Uint8Array(8).fill(2) }],
      }),
    ],
    ['zipkin_json', Buffer.from('{"traceId":"1","id":"2"},')],
  ] as const)('of spans in %s end at the limit', async (encoding, one) => {
    const many = Buffer.concat(Array<Uint8Array>(SPANS_PER_MESSAGE_MAX + 1).fill(one));
    const message =
      encoding === 'zipkin_json'
        ? Buffer.concat([Buffer.from('['), many.subarray(0, -1), Buffer.from(']')])
        : many;
    expect([...(await fate(encoding, [message])).values()]).toEqual(['too_many_spans']);
  });

  test('of one field cost a message no more than its bytes', async () => {
    const name = encode(OTLP, 'Span', { name: 'again' });
    const jaeger = encode(JAEGER, 'Span', { operationName: 'again' });
    const spans = Buffer.concat(Array<Uint8Array>(500_000).fill(name));
    const wrap = (tag: number, inner: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from([tag]), varint(inner.length), inner]);
    expect((await fate('otlp_proto', [wrap(0x0a, wrap(0x12, wrap(0x12, spans)))])).size).toBe(0);
    expect((await fate('jaeger_proto', [Buffer.concat(Array<Uint8Array>(500_000).fill(jaeger))])).size).toBe(
      0,
    );
  });
});

test('names of built-in properties are names like any other', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
  for (const encoding of ONE_ENCODINGS) {
    const spans = names.map((name, at) => ({
      ...SPAN,
      spanId: `111213141516171${at}`,
      service: name,
      name,
      attributes: Object.fromEntries(names.map((key) => [key, name])),
    }));
    const codec = await loadCodec(encoding);
    const partition = openFullPartition(codec);
    feed(partition, messagesOf(encoding, spans));
    const { rows, deadLetters } = partition.flush();
    expect(deadLetters).toEqual([]);
    const counted = rows.find(({ name }) => name === 'red_v1')!;
    expect([...new Set(counted.columns['service'] as readonly string[])].sort()).toEqual([...names].sort());
    for (const dimensions of counted.columns['dimensions'] as readonly string[])
      expect(dimensions).toContain('"__proto__":"');
  }
  expect(({} as Record<string, unknown>)['region']).toBeUndefined();
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
