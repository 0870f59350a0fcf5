/** The kernel and the plain reader of OTLP's JSON are two ways to the same rows, the same texts, and the same refusals. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeJsonCorpus } from '../../../benchmarks/support/json-corpus.ts';
import codec from '../../../src/codecs/otlp-json.ts';
import protobuf from '../../../src/codecs/otlp-proto.ts';
import { decodeJsonTraces } from '../../../src/codecs/wire/otlp-json-traces.ts';
import { decodeJsonByKernel } from '../../../src/kernel/otlp-json.ts';
import { INPUT_BYTES_MAX, ROWS_MAX } from '../../../src/kernel/layout.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import type { SpanWriter } from '../../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../../src/spans/writer-options.ts';
import { type Decode, openTenantWriter, outcome } from '../../support/decode-outcome.ts';
import { damaged } from '../../support/hostile-bytes.ts';
import { KEYS, request } from '../../support/otlp-json-fields.ts';
import { encode, OTLP } from '../../support/protobuf-schemas.ts';
import { sdkMessages } from '../../support/real-sdk.ts';

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const RESOURCE = { attributes: [text('service.name', 'cart'), text('region', 'eu')] };
const FULL = {
  traceId: '0123456789abcdef0123456789ABCDEF',
  spanId: '0123456789abcdef',
  parentSpanId: 'fedcba9876543210',
  traceState: 'ot=th:8',
  name: 'GET /\n"x"',
  kind: 2,
  startTimeUnixNano: '1758463980000000999',
  endTimeUnixNano: '1758463980000002998',
  attributes: [text('region', 'eu'), { key: 'n', value: { intValue: '300' } }, text('o', 'x'.repeat(30))],
  events: [{ name: 'e', attributes: [text('a', 'é\t')] }],
  status: { message: 'no', code: 2 },
  links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) }],
  flags: 257,
};

const bytes = (json: string): Uint8Array => Buffer.from(json);

function requestOf(spans: readonly object[], resource: object = RESOURCE): object {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 's' }, spans }] }] };
}

function traces(...spans: readonly object[]): Uint8Array {
  return bytes(JSON.stringify(requestOf(spans)));
}

function one(span: string): Uint8Array {
  return bytes(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
}

function openWriter(options: Partial<WriterOptions> = {}): SpanWriter {
  return openTenantWriter({ keys: new AttributeKeys(KEYS), ...options });
}

const byCodec: Decode = (message, into) => {
  codec.decode(message, into);
};

const byKernel: Decode = (message, into) => {
  expect(decodeJsonByKernel(message, into)).toBe(true);
};

/** That the kernel reads a message itself, and as the plain reader does. */
function expectRead(message: Uint8Array, options: Partial<WriterOptions> = {}): void {
  const plain = outcome(decodeJsonTraces, message, openWriter(options));
  expect(plain).toBeInstanceOf(Array);
  expect(outcome(byKernel, message, openWriter(options))).toEqual(plain);
}

describe('law: both give the same', () => {
  const plain = openWriter();
  const ours = openWriter();
  const unasked = { keys: new AttributeKeys([]), hasLinks: false };
  const [plainUnasked, oursUnasked] = [openWriter(unasked), openWriter(unasked)];
  let read = 0;
  let left = 0;
  const same = (message: Uint8Array): void => {
    for (const [reference, writer] of [
      [plain, ours],
      [plainUnasked, oursUnasked],
    ] as const) {
      if (reference.length > 40) {
        reference.reset(0);
        writer.reset(0);
      }
      const expected = outcome(decodeJsonTraces, message, reference);
      let isRead = false;
      const given = outcome(
        (from, into) => {
          isRead = decodeJsonByKernel(from, into);
          if (!isRead) decodeJsonTraces(from, into);
        },
        message,
        writer,
      );
      expect(given).toEqual(expected);
      if (isRead) read++;
      else left++;
    }
  };

  it('of any message', () => {
    read = left = 0;
    fc.assert(
      fc.property(request, (json) => {
        same(bytes(json));
      }),
      { numRuns: 3000, endOnFailure: true },
    );
    // Neither way may be the only one that was tried.
    expect(read).toBeGreaterThan(600);
    expect(left).toBeGreaterThan(600);
  });

  it('of any message that something was put into, or taken out of', () => {
    const pieces = fc.constantFrom(
      ...Array.from('"\\{}[],:0- e.\n\0é'),
      'null',
      '":',
      '"a":1,',
      '{}',
      '[],',
      '\\u12',
    );
    fc.assert(
      fc.property(
        request,
        fc.array(fc.tuple(fc.nat(), fc.nat(3), pieces), { maxLength: 12 }),
        (json, edits) => {
          for (const [place, cut, piece] of edits) {
            const at = place % (json.length + 1);
            same(bytes(json.slice(0, at) + piece + json.slice(at + cut)));
          }
        },
      ),
      { numRuns: 500, endOnFailure: true },
    );
  });

  it('of any message cut anywhere', () => {
    fc.assert(
      fc.property(request, (json) => {
        const message = bytes(json);
        for (let end = Math.max(0, message.length - 200); end < message.length; end++)
          same(message.subarray(0, end));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('of messages damaged anywhere', () => {
    for (const message of damaged(traces(FULL, {}), 1)) same(message);
  });
});

describe('the kernel reads', () => {
  it('what the OpenTelemetry SDK for JavaScript writes', () => {
    const options = {
      seed: 1,
      messages: 20,
      spansPerMessage: 20,
      startMs: 1_758_463_980_000,
      spreadMs: 1000,
    };
    for (const message of sdkMessages(options).json) expectRead(message);
  });

  it('the corpus of the benchmarks', () => {
    for (const message of makeJsonCorpus(1000).messages) expectRead(message);
  });

  it('any order of members, blanks, and members that nobody knows', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, reversed(inner)]),
      );
    };
    expectRead(bytes(JSON.stringify(reversed(requestOf([FULL, FULL])))));
    expectRead(bytes(JSON.stringify(requestOf([FULL, FULL]), null, 2)));
    expectRead(
      bytes(
        ` ${JSON.stringify(requestOf([FULL]), null, '\t')
          .replaceAll('\n', '\r\n')
          .replaceAll(':', ' :')}\n`,
      ),
    );
    expectRead(traces({ newMember: { a: [1, -2.5e-3, true, false, null, {}, []] }, ...FULL, other: 'x' }));
  });

  it('times as numbers, enumerations as names, and what is left out', () => {
    expectRead(one('{"startTimeUnixNano":1758463980000000999,"endTimeUnixNano":9999999999999999999}'));
    expectRead(one('{"startTimeUnixNano":"0","endTimeUnixNano":"12"}'));
    for (const name of ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'])
      expectRead(one(`{"kind":"SPAN_KIND_${name}"}`));
    for (const name of ['UNSET', 'OK', 'ERROR']) expectRead(one(`{"status":{"code":"STATUS_CODE_${name}"}}`));
    expectRead(one('{},{"parentSpanId":"","status":{},"attributes":[],"links":[]}'));
    expectRead(bytes('{"resourceSpans":[]}'));
    expectRead(
      bytes('{"resourceSpans":[{},{"resource":{}},{"scopeSpans":[]},{"scopeSpans":[{},{"spans":[]}]}]}'),
    );
  });

  it('texts of any characters and lengths', () => {
    const texts = [
      '',
      '名前',
      '\u{1f600}',
      '\u007f',
      'a\\b"c/d\n',
      'x'.repeat(1100),
      '\n'.repeat(5000),
      'é'.repeat(5000),
    ];
    for (const each of texts)
      expectRead(traces({ name: each, attributes: [text('n', each), text('other', each)] }));
    for (const escaped of ['\\/', '\\u0041', '\\uD83D\\ude00', '\\ud800', '\\"\\\\\\b\\f\\n\\r\\t'])
      expectRead(
        one(`{"name":"${escaped}","attributes":[{"key":"n","value":{"stringValue":"${escaped}"}}]}`),
      );
    for (let length = 0; length < 40; length++)
      expectRead(
        traces({ name: 'a'.repeat(length), attributes: [text('k'.repeat(length), 'v'.repeat(length))] }),
      );
  });

  it('values of every kind', () => {
    const values = [
      { stringValue: 'a' },
      { intValue: '-5' },
      { intValue: 5 },
      { doubleValue: 0.5 },
      { boolValue: true },
      {},
    ];
    const nested = { kvlistValue: { values: [{ key: 'k', value: { arrayValue: { values } } }] } };
    for (const value of [...values, nested, { bytesValue: 'AQI=' }])
      expectRead(
        traces({
          attributes: [
            { key: 'n', value },
            { key: 'other', value },
          ],
        }),
      );
  });
});

it('leaves to the plain reader what is larger than its input, and what has more spans than its columns', () => {
  const large = traces({ other: 'x'.repeat(INPUT_BYTES_MAX) });
  const many = traces(...Array<object>(ROWS_MAX + 1).fill({ name: 'b' }));
  for (const message of [large, many]) {
    expect(decodeJsonByKernel(message, openWriter())).toBe(false);
    expect(outcome(byCodec, message, openWriter())).toEqual(outcome(decodeJsonTraces, message, openWriter()));
  }
  expect(outcome(byKernel, traces(...Array<object>(ROWS_MAX).fill({})), openWriter())).toHaveLength(ROWS_MAX);
});

it('is not misled by what messages before it left behind', () => {
  const message = traces(FULL);
  for (let end = message.length - 1; end > message.length - 120; end--) {
    expectRead(message);
    expect(decodeJsonByKernel(message.subarray(0, end), openWriter())).toBe(false);
  }
});

it('remembers a Resource for messages that name their tenant apart from those that do not', () => {
  const resource = { attributes: [text('service.name', 'cart'), text('tenant.id', 'acme')] };
  const message = bytes(JSON.stringify(requestOf([{ name: 'pay' }], resource)));
  const writer = openWriter();
  const { tenantKey } = writer;
  const tenants = [tenantKey, undefined, tenantKey, undefined].map((key) => {
    writer.tenantKey = key;
    writer.begin(7, 42, 'default');
    byKernel(message, writer);
    return writer.dictionary.text(writer.tenant[writer.length - 1]!);
  });
  expect(tenants).toEqual(['t-acme', 'default', 't-acme', 'default']);
});

it('tells bytes of JSON from the same bytes in protobuf', () => {
  const writer = openWriter();
  const name = 'a\\nb';
  // As protobuf this value is a field 15 of group type, or malformed: what it holds in JSON it must not hold there.
  const value = '{"stringValue":"eu"}';
  const json = one(`{"name":"${name}","attributes":[{"key":"n","value":${value}}]}`);
  const binary = encode(OTLP, 'TracesData', {
    resourceSpans: [{ scopeSpans: [{ spans: [{ name, attributes: [text('n', value)] }] }] }],
  });
  for (let round = 0; round < 2; round++)
    for (const [each, message, expected] of [
      [codec, json, { operation: 'a\nb', attributes: { n: 'eu' } }],
      [protobuf, binary, { operation: name, attributes: { n: value } }],
    ] as const) {
      writer.reset(0);
      expect(outcome((from, into) => void each.decode(from, into), message, writer)).toMatchObject([
        expected,
      ]);
    }
});

it('serves writers that want different keys by turns', () => {
  const writers = [['n'], ['region'], ['region', 'n'], []].map((list) =>
    openWriter({ keys: new AttributeKeys(list), hasLinks: list.length === 2 }),
  );
  for (let round = 0; round < 20; round++) {
    const attributes = [text('region', `r${round % 3}`), text('n', `n${round % 5}`)];
    const message = traces({ ...FULL, attributes });
    for (const writer of writers) {
      const plain = outcome(decodeJsonTraces, message, openWriter(writer.options));
      expect(outcome(byKernel, message, writer)).toEqual(plain);
    }
  }
});

it('knows no ids from before a compaction', () => {
  const writer = openWriter();
  for (const name of ['a', 'b', 'a', 'c']) {
    writer.reset(0);
    const message = traces({ name, attributes: [text('region', name)] });
    expect(outcome(byKernel, message, writer)).toEqual(outcome(decodeJsonTraces, message, openWriter()));
    writer.reset(0);
    writer.compactDictionary(new Uint8Array(writer.dictionary.size));
  }
});

it('is left out by a writer that wants more keys than it takes', () => {
  const keys = new AttributeKeys(Array.from({ length: 300 }, (_, i) => `key ${i}`));
  expect(decodeJsonByKernel(traces({}), openWriter({ keys }))).toBe(false);
});
