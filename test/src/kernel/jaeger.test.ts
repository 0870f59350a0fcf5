/** The kernel and the plain reader are two ways to the same rows of Jaeger's spans, the same texts, and the same refusals. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeCorpus } from '../../../benchmarks/support/corpus.ts';
import { makeJaegerCorpus } from '../../../benchmarks/support/single-spans.ts';
import codec from '../../../src/codecs/jaeger-proto.ts';
import otlp from '../../../src/codecs/otlp-proto.ts';
import { decodeSpan } from '../../../src/codecs/wire/jaeger-span.ts';
import { kernel } from '../../../src/kernel/instance.ts';
import { decodeSpanByKernel, expectSpans } from '../../../src/kernel/jaeger.ts';
import { EPOCH, INPUT_BYTES_MAX, TEXTS_MAX } from '../../../src/kernel/layout.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import type { SpanWriter } from '../../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../../src/spans/writer-options.ts';
import { type Decode, openTenantWriter, outcome } from '../../support/decode-outcome.ts';
import type { DecodedSpan } from '../../support/decoded.ts';
import { damaged } from '../../support/hostile-bytes.ts';
import { jaegerSpan, KEYS } from '../../support/jaeger-fields.ts';
import { encode, JAEGER } from '../../support/protobuf-schemas.ts';

function openWriter(options: Partial<WriterOptions> = {}): SpanWriter {
  return openTenantWriter({ keys: new AttributeKeys(KEYS), weightFromSamplerParam: true, ...options });
}

const byCodec: Decode = (message, into) => {
  codec.decode(message, into);
};

const byKernel: Decode = (message, into) => {
  expect(decodeSpanByKernel(message, into)).toBe(true);
};

/** Copies, each of an array of its own or all of one, as sources hand them out. */
function handedOut(messages: readonly Uint8Array[], isOne: boolean): Uint8Array[] {
  if (!isOne) return messages.map((message) => Uint8Array.from(message));
  const all = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  return messages.map((message) => {
    all.set(message, at);
    return all.subarray(at, (at += message.length));
  });
}

function checkSame(messages: readonly Uint8Array[], ours: SpanWriter, plain: SpanWriter): void {
  codec.expect!(messages, ours);
  for (const message of messages) {
    if (plain.length > 40) {
      plain.reset(0);
      ours.reset(0);
    }
    expect(outcome(byCodec, message, ours)).toEqual(outcome(decodeSpan, message, plain));
  }
}

const span = (fields: object): Uint8Array =>
  encode(JAEGER, 'Span', { operationName: 'pay', process: { serviceName: 'cart' }, ...fields });
const text = (key: string, vStr: string): object => ({ key, vStr });

it('law: both give the same of any messages, one after the other', () => {
  const [plain, ours] = [openWriter(), openWriter()];
  fc.assert(
    fc.property(fc.array(jaegerSpan, { minLength: 2, maxLength: 5 }), fc.boolean(), (messages, isOne) => {
      checkSame(handedOut(messages, isOne), ours, plain);
    }),
    { numRuns: 1000, endOnFailure: true },
  );
});

it('law: both give the same of messages damaged anywhere, and cut anywhere', () => {
  const full = span({
    traceId: new Uint8Array(16).fill(1),
    spanId: new Uint8Array(8).fill(2),
    references: [{ traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(3) }],
    startTime: { seconds: 1_758_463_980n, nanos: 999_999_999 },
    duration: { nanos: 2_500_000 },
    flags: 1,
    tags: [
      text('span.kind', 'client'),
      { key: 'n', vType: 2, vInt64: 300n },
      text('x', 'y'),
      text('region', 'eu'),
    ],
    process: { serviceName: 'cart', tags: [text('region', 'eu'), text('tenant.id', 'acme')] },
  });
  const cuts = Array.from({ length: full.length }, (_, end) => full.subarray(0, end));
  const [plain, ours] = [openWriter(), openWriter()];
  checkSame([...damaged(full, 1), ...cuts], ours, plain);
});

it('takes what producers write', () => {
  const { messages } = makeJaegerCorpus({ spans: 2000 });
  const writer = openWriter();
  expectSpans(messages, writer);
  for (const message of messages) {
    const plain = outcome(decodeSpan, message, openWriter());
    expect(outcome(byKernel, message, writer)).toEqual(plain);
    expect(plain).toHaveLength(1);
  }
});

it('reads nothing ahead of a message that nobody said would come, for a writer that nobody named, or between others', () => {
  const [first, second] = [openWriter(), openWriter()];
  const messages = ['a', 'b', 'c', 'd', 'e'].map((operationName) => span({ operationName }));
  const names = ([operation]: readonly DecodedSpan[]): string => operation!.operation;
  expectSpans(messages, first);
  expect(decodeSpanByKernel(messages[0]!, second)).toBe(false);
  expect(names(outcome(byKernel, messages[0]!, first) as DecodedSpan[])).toBe('a');
  // Messages that are passed over, and what else uses the kernel meanwhile, change nothing.
  otlp.decode(makeCorpus({ spans: 200 }).messages[0]!, second);
  expect(names(outcome(byKernel, messages[2]!, first) as DecodedSpan[])).toBe('c');
  first.reset(0);
  first.compactDictionary(new Uint8Array(first.dictionary.size));
  expect(names(outcome(byKernel, messages[3]!, first) as DecodedSpan[])).toBe('d');
  first.reset(0);
  expect(decodeSpanByKernel(span({ operationName: 'z' }), first)).toBe(false);
  expect(decodeSpanByKernel(messages[4]!, first)).toBe(false);
});

it('remembers a process for messages that name their tenant apart from those that do not, and for each tenant', () => {
  const process = { serviceName: 'cart', tags: [text('tenant.id', 'acme')] };
  const nameless = { serviceName: 'cart' };
  const messages = [process, nameless, process, nameless, process, nameless].map((one) =>
    span({ process: one }),
  );
  const writer = openWriter();
  const { tenantKey } = writer;
  expectSpans(messages, writer);
  const tenants = messages.map((message, at) => {
    writer.tenantKey = at === 2 ? undefined : tenantKey;
    writer.begin(7, 42, at > 3 ? 'late' : 'default');
    expect(decodeSpanByKernel(message, writer)).toBe(true);
    return writer.dictionary.text(writer.tenant[writer.length - 1]!);
  });
  expect(tenants).toEqual(['t-acme', 'default', 'default', 'default', 't-acme', 'late']);
});

it('numbers texts anew when its table is full', () => {
  const [plain, ours] = [openWriter(), openWriter()];
  const epoch = kernel!.counts[EPOCH]!;
  for (let at = 0; at < TEXTS_MAX * 1.1; at += 4000) {
    const messages = Array.from({ length: 4000 }, (_, one) => span({ operationName: `name ${at + one}` }));
    expectSpans(messages, ours);
    for (const [one, message] of messages.entries()) {
      ours.reset(0);
      ours.begin(0, 0, 'default');
      byKernel(message, ours);
      if (ours.dictionary.text(ours.operation[0]!) !== `name ${at + one}`) throw new Error('wrong name');
    }
  }
  expect(kernel!.counts[EPOCH]).toBeGreaterThan(epoch);
  checkSame([span({ operationName: 'name 1' }), span({ operationName: 'new' })], ours, plain);
});

it('leaves to the plain reader what is larger than its input, and writers that want more keys than it takes', () => {
  const large = span({ warnings: ['w'.repeat(INPUT_BYTES_MAX)] });
  const [plain, ours] = [openWriter(), openWriter()];
  checkSame([span({}), large, span({ operationName: 'b' }), new Uint8Array(0), span({})], ours, plain);
  const keys = new AttributeKeys(Array.from({ length: 300 }, (_, i) => `key ${i}`));
  const many = openWriter({ keys });
  expectSpans([span({}), span({})], many);
  expect(decodeSpanByKernel(span({}), many)).toBe(false);
});
