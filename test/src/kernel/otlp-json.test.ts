/** Which messages in JSON the kernel reads itself, and what it remembers between them. */
import { describe, expect, it } from 'vitest';
import { makeJsonCorpus } from '../../../benchmarks/support/json-corpus.ts';
import codec from '../../../src/codecs/otlp-json.ts';
import protobuf from '../../../src/codecs/otlp-proto.ts';
import { decodeJsonTraces } from '../../../src/codecs/wire/otlp-json-traces.ts';
import { decodeJsonByKernel } from '../../../src/kernel/otlp-json.ts';
import { INPUT_BYTES_MAX, ROWS_MAX } from '../../../src/kernel/layout.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import type { WriterOptions } from '../../../src/spans/writer-options.ts';
import { type Decode, outcome } from '../../support/decode-outcome.ts';
import { bytes, FULL, one, openWriter, requestOf, text, traces } from '../../support/otlp-json-requests.ts';
import { encode, OTLP } from '../../support/protobuf-schemas.ts';
import { sdkMessages } from '../../support/real-sdk.ts';

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
      const decode: Decode = (from, into) => {
        each.decode(from, into);
      };
      expect(outcome(decode, message, writer)).toMatchObject([expected]);
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
