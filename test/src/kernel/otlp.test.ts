/** The kernel and the plain reader are two ways to the same rows, the same texts, and the same refusals. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCorpus } from '../../../benchmarks/support/corpus.ts';
import codec from '../../../src/codecs/otlp-proto.ts';
import { decodeTraces } from '../../../src/codecs/wire/otlp-traces.ts';
import { kernel } from '../../../src/kernel/instance.ts';
import { EPOCH, INPUT_BYTES_MAX, ROWS_MAX, TEXT_COUNT, TEXTS_MAX } from '../../../src/kernel/layout.ts';
import { decodeByKernel } from '../../../src/kernel/otlp.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import type { SpanWriter } from '../../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../../src/spans/writer-options.ts';
import { type Decode, openTenantWriter, outcome } from '../../support/decode-outcome.ts';
import { damaged } from '../../support/hostile-bytes.ts';
import { KEYS, tracesData } from '../../support/otlp-fields.ts';
import { field } from '../../support/wire-fields.ts';
import { encode, OTLP } from '../../support/protobuf-schemas.ts';

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

function traces(...spans: readonly object[]): Uint8Array {
  const resource = { attributes: [text('service.name', 'cart'), text('region', 'eu')] };
  return encode(OTLP, 'TracesData', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

function openWriter(options: Partial<WriterOptions> = {}): SpanWriter {
  return openTenantWriter({ keys: new AttributeKeys(KEYS), ...options });
}

const byCodec: Decode = (message, into) => {
  codec.decode(message, into);
};

const byKernel: Decode = (message, into) => {
  expect(decodeByKernel(message, into)).toBe(true);
};

it('is there', () => {
  expect(kernel).toBeDefined();
});

it('remembers a Resource for messages that name their tenant apart from those that do not', () => {
  const resource = { attributes: [text('service.name', 'cart'), text('tenant.id', 'acme')] };
  const spans = [{ traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1), name: 'pay' }];
  const message = encode(OTLP, 'TracesData', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  const writer = openWriter();
  const { tenantKey } = writer;
  const tenants = [tenantKey, undefined, tenantKey, undefined].map((key) => {
    writer.tenantKey = key;
    writer.begin(7, 42, 'default');
    codec.decode(message, writer);
    return writer.dictionary.text(writer.tenant[writer.length - 1]!);
  });
  expect(tenants).toEqual(['t-acme', 'default', 't-acme', 'default']);
});

describe('law: both give the same', () => {
  const plain = openWriter();
  const ours = openWriter();
  const same = (message: Uint8Array): void => {
    if (plain.length > 40) {
      plain.reset(0);
      ours.reset(0);
    }
    expect(outcome(byCodec, message, ours)).toEqual(outcome(decodeTraces, message, plain));
  };

  it('of any message', () => {
    fc.assert(
      fc.property(tracesData, (message) => {
        same(message);
      }),
      { numRuns: 1000, endOnFailure: true },
    );
  });

  it('of messages damaged anywhere', () => {
    const full = traces(
      {
        traceId: new Uint8Array(16).fill(1),
        spanId: new Uint8Array(8).fill(2),
        parentSpanId: new Uint8Array(8).fill(3),
        traceState: 'ot=th:8',
        name: 'GET /',
        kind: 3,
        startTimeUnixNano: 1_758_463_980_000_000_999n,
        endTimeUnixNano: 1_758_463_980_000_002_998n,
        attributes: [
          text('region', 'eu'),
          { key: 'n', value: { intValue: 300n } },
          text('o', 'x'.repeat(130)),
        ],
        events: [{ name: 'e' }],
        links: [{ traceId: new Uint8Array(16).fill(4), spanId: new Uint8Array(8).fill(5) }],
        status: { message: 'no', code: 2 },
        flags: 0x101,
      },
      {},
    );
    for (const message of damaged(full, 1)) same(message);
  });

  it('of any message cut anywhere', () => {
    fc.assert(
      fc.property(tracesData, (message) => {
        for (let end = Math.max(0, message.length - 400); end < message.length; end++)
          same(message.subarray(0, end));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});

it('takes what producers write', () => {
  for (const message of makeCorpus({ spans: 2000 }).messages) {
    const plain = outcome(decodeTraces, message, openWriter());
    expect(outcome(byKernel, message, openWriter())).toEqual(plain);
    expect(plain).toHaveLength(200);
  }
});

it('leaves to the plain reader what is larger than its input, and what has more spans than its columns', () => {
  const large = Buffer.concat([traces({ name: 'a' }), field(14, new Uint8Array(INPUT_BYTES_MAX))]);
  const many = traces(...Array<object>(ROWS_MAX + 1).fill({ name: 'b' }));
  for (const message of [large, many]) {
    expect(decodeByKernel(message, openWriter())).toBe(false);
    expect(outcome(byCodec, message, openWriter())).toEqual(outcome(decodeTraces, message, openWriter()));
  }
  const most = traces(...Array<object>(ROWS_MAX).fill({ name: 'b' }));
  expect(outcome(byKernel, most, openWriter())).toHaveLength(ROWS_MAX);
});

it('numbers texts anew when its table is full, in every writer', () => {
  const [first, second] = [openWriter(), openWriter()];
  const epoch = kernel!.counts[EPOCH]!;
  for (let at = 0; at < TEXTS_MAX * 1.2; at += 4000) {
    const spans = Array.from({ length: 4000 }, (_, i) => ({
      name: `name ${at + i}`,
      attributes: [text('n', 'x')],
    }));
    const message = traces(...spans);
    for (const writer of [first, second]) {
      writer.reset(0);
      writer.begin(0, 0, 'default');
      byKernel(message, writer);
      expect(writer.length).toBe(4000);
      for (let row = 0; row < 4000; row++)
        if (writer.dictionary.text(writer.operation[row]!) !== `name ${at + row}`)
          throw new Error('wrong name');
    }
  }
  expect(kernel!.counts[EPOCH]).toBeGreaterThan(epoch);
  expect(kernel!.counts[TEXT_COUNT]).toBeLessThan(TEXTS_MAX);
});

it('knows no ids from before a compaction', () => {
  const writer = openWriter();
  for (const name of ['a', 'b', 'a', 'c']) {
    writer.reset(0);
    const message = traces({ name, attributes: [text('region', name)] });
    expect(outcome(byKernel, message, writer)).toEqual(outcome(decodeTraces, message, openWriter()));
    writer.reset(0);
    writer.compactDictionary(new Uint8Array(writer.dictionary.size));
  }
});

it('serves writers that want different keys, and other tenants, by turns', () => {
  const keys = [['n'], ['region'], ['region', 'n'], []].map((list) => new AttributeKeys(list));
  const writers = keys.map((wanted) => openWriter({ keys: wanted, hasLinks: wanted.keys.length === 2 }));
  for (let round = 0; round < 20; round++) {
    const attributes = [text('region', `r${round % 3}`), text('n', `n${round % 5}`)];
    const resource = {
      attributes: round % 2 === 0 ? attributes : [...attributes, text('tenant.id', 'acme')],
    };
    const spans = [
      {
        name: 'a',
        attributes,
        links: [{ traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(2) }],
      },
    ];
    const message = encode(OTLP, 'TracesData', {
      resourceSpans: [{ resource, scopeSpans: [{ spans }] }, {}],
    });
    for (const writer of writers)
      expect(outcome(byKernel, message, writer)).toEqual(
        outcome(decodeTraces, message, openWriter(writer.options)),
      );
  }
});

it('is left out by a writer that wants more keys than it takes', () => {
  const keys = new AttributeKeys(Array.from({ length: 300 }, (_, i) => `key ${i}`));
  expect(decodeByKernel(traces({}), openWriter({ keys }))).toBe(false);
});
