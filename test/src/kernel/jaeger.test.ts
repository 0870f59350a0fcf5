/** The kernel and the plain reader are two ways to the same rows of Jaeger's spans, the same texts, and the same refusals. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeCorpus } from '../../../benchmarks/support/corpus.ts';
import { makeJaegerCorpus } from '../../../benchmarks/support/single-spans.ts';
import codec from '../../../src/codecs/jaeger-proto.ts';
import type { RunReader } from '../../../src/codecs/codec.ts';
import type { Messages } from '../../../src/codecs/messages.ts';
import { DecodeError } from '../../../src/codecs/decode-error.ts';
import otlp from '../../../src/codecs/otlp-proto.ts';
import { decodeSpan } from '../../../src/codecs/wire/jaeger-span.ts';
import { kernel } from '../../../src/kernel/instance.ts';
import { openSpanRuns } from '../../../src/kernel/jaeger.ts';
import { EPOCH, INPUT_BYTES_MAX, TEXTS_MAX } from '../../../src/kernel/layout.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import type { SpanWriter } from '../../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../../src/spans/writer-options.ts';
import { type Decode, openTenantWriter, outcome } from '../../support/decode-outcome.ts';
import { type DecodedSpan, rowsOf } from '../../support/decoded.ts';
import { damaged } from '../../support/hostile-bytes.ts';
import { jaegerSpan, KEYS } from '../../support/jaeger-fields.ts';
import { encode, JAEGER } from '../../support/protobuf-schemas.ts';
import { slicesOf } from '../../support/slices.ts';

function openWriter(options: Partial<WriterOptions> = {}): SpanWriter {
  return openTenantWriter({ keys: new AttributeKeys(KEYS), weightFromSamplerParam: true, ...options });
}

/** Reads each as a run of its own, or as the codec does where it is in none. */
function checkSame(messages: Messages, ours: SpanWriter, plain: SpanWriter): void {
  const runs = openSpanRuns(messages, ours);
  for (const [at, message] of [...messages].entries()) {
    if (plain.length > 40) {
      plain.reset(0);
      ours.reset(0);
    }
    const decode: Decode = (_, into) => {
      if (runs === undefined || runs.readable(at) === 0 || runs.read(at, 1) === 0)
        codec.decode(message!, into);
    };
    expect(outcome(decode, message!, ours)).toEqual(outcome(decodeSpan, message!, plain));
  }
}

/** Reads them all, as a partition does. */
function readAll(messages: Messages, into: SpanWriter): DecodedSpan[] {
  const runs = openSpanRuns(messages, into);
  for (let at = 0; at < messages.length;) {
    into.begin(7, 42, 'default');
    const count = runs?.read(at, runs.readable(at)) ?? 0;
    if (count === 0) decodeOrNot(messages.at(at)!, into);
    at += Math.max(1, count);
  }
  return rowsOf(into);
}

function decodeOrNot(message: Uint8Array, into: SpanWriter): void {
  const before = into.length;
  try {
    decodeSpan(message, into);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    into.length = before;
  }
}

function readPlainly(messages: readonly Uint8Array[], into: SpanWriter): DecodedSpan[] {
  for (const message of messages) {
    into.begin(7, 42, 'default');
    decodeOrNot(message, into);
  }
  return rowsOf(into);
}

/** As sources hand them out: each an array of its own, or slices of buffers that hold so many. */
function handedOut(messages: readonly Uint8Array[], perBuffer: number): Messages {
  if (perBuffer === 0) return messages.map((message) => Uint8Array.from(message));
  return slicesOf(messages, { perBuffer, gap: perBuffer % 4 });
}

const perBuffer = fc.nat(6);

const span = (fields: object): Uint8Array =>
  encode(JAEGER, 'Span', { operationName: 'pay', process: { serviceName: 'cart' }, ...fields });
const text = (key: string, vStr: string): object => ({ key, vStr });

it('law: both give the same of any messages, one after the other', () => {
  const [plain, ours] = [openWriter(), openWriter()];
  fc.assert(
    fc.property(fc.array(jaegerSpan, { minLength: 2, maxLength: 5 }), perBuffer, (messages, each) => {
      checkSame(handedOut(messages, each), ours, plain);
    }),
    { numRuns: 1000, endOnFailure: true },
  );
});

it('law: both give the same of any messages read together', () => {
  const [plain, ours] = [openWriter(), openWriter()];
  const broken = jaegerSpan.chain((bytes) =>
    fc.nat({ max: bytes.length }).map((end) => bytes.subarray(0, end)),
  );
  const messages = fc.array(fc.oneof({ weight: 4, arbitrary: jaegerSpan }, broken), { maxLength: 12 });
  fc.assert(
    fc.property(messages, perBuffer, (drawn, each) => {
      plain.reset(0);
      ours.reset(0);
      expect(readAll(handedOut(drawn, each), ours)).toEqual(readPlainly(drawn, plain));
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
  checkSame(slicesOf(cuts, { perBuffer: 50, gap: 0 }), ours, plain);
});

it('a number that goes on beyond its tag is damage, however long it is', () => {
  const full = span({ traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(2) });
  const endless = [7, 8, 9, 10].map((bytes) => {
    const tag = [0x0a, 1, 0x7a, 0x28, ...new Array<number>(bytes).fill(0xff)];
    return Uint8Array.of(...full, 0x42, tag.length, ...tag);
  });
  const [plain, ours] = [openWriter(), openWriter()];
  checkSame(endless, ours, plain);
});

it('takes what producers write, all of it', () => {
  const { messages } = makeJaegerCorpus({ spans: 2000 });
  const [plain, writer] = [openWriter(), openWriter()];
  const runs = openSpanRuns(messages, writer)!;
  writer.begin(7, 42, 'default');
  for (let at = 0; at < messages.length;) {
    const count = runs.read(at, runs.readable(at));
    expect(count).toBeGreaterThan(0);
    expect(runs.bytes).toBe(messages.slice(at, at + count).reduce((sum, { length }) => sum + length, 0));
    at += count;
  }
  expect(rowsOf(writer)).toEqual(readPlainly(messages, plain));
});

it('reads what it is asked for, whatever is passed over and whatever else uses the kernel meanwhile', () => {
  const [first, second] = [openWriter(), openWriter()];
  const messages = ['a', 'b', 'c', 'd', 'e'].map((operationName) => span({ operationName }));
  const runs = openSpanRuns(messages, first)!;
  const others = openSpanRuns(messages, second)!;
  const names = (by: RunReader, at: number, into: SpanWriter): string[] => {
    into.reset(0);
    into.begin(7, 42, 'default');
    by.read(at, Math.min(2, by.readable(at)));
    return rowsOf(into).map(({ operation }) => operation);
  };
  expect(names(runs, 0, first)).toEqual(['a', 'b']);
  otlp.decode(makeCorpus({ spans: 200 }).messages[0]!, second);
  expect(names(runs, 2, first)).toEqual(['c', 'd']);
  expect(names(others, 1, second)).toEqual(['b', 'c']);
  first.reset(0);
  first.compactDictionary(new Uint8Array(first.dictionary.size));
  expect(names(runs, 3, first)).toEqual(['d', 'e']);
  expect(names(runs, 0, first)).toEqual(['a', 'b']);
  expect(openSpanRuns([messages[0]!], first)).toBeUndefined();
});

it('remembers a process for messages that name their tenant apart from those that do not, and for each tenant', () => {
  const process = { serviceName: 'cart', tags: [text('tenant.id', 'acme')] };
  const nameless = { serviceName: 'cart' };
  const messages = [process, nameless, process, nameless, process, nameless].map((one) =>
    span({ process: one }),
  );
  const writer = openWriter();
  const { tenantKey } = writer;
  const runs = openSpanRuns(messages, writer)!;
  const tenants = messages.map((_, at) => {
    writer.tenantKey = at === 2 ? undefined : tenantKey;
    writer.begin(7, 42, at > 3 ? 'late' : 'default');
    expect(runs.readable(at)).toBe(messages.length - at);
    expect(runs.read(at, 1)).toBe(1);
    return writer.dictionary.text(writer.tenant[writer.length - 1]!);
  });
  expect(tenants).toEqual(['t-acme', 'default', 'default', 'default', 't-acme', 'late']);
});

it('numbers texts anew when its table is full', () => {
  const [plain, ours] = [openWriter(), openWriter()];
  const epoch = kernel!.counts[EPOCH]!;
  for (let at = 0; at < TEXTS_MAX * 1.1; at += 4000) {
    const messages = Array.from({ length: 4000 }, (_, one) => span({ operationName: `name ${at + one}` }));
    const runs = openSpanRuns(messages, ours)!;
    for (const one of messages.keys()) {
      ours.reset(0);
      ours.begin(0, 0, 'default');
      if (runs.readable(one) === 0 || runs.read(one, 1) === 0) throw new Error('not read');
      if (ours.dictionary.text(ours.operation[0]!) !== `name ${at + one}`) throw new Error('wrong name');
    }
  }
  expect(kernel!.counts[EPOCH]).toBeGreaterThan(epoch);
  checkSame([span({ operationName: 'name 1' }), span({ operationName: 'new' })], ours, plain);
});

it('leaves to the plain reader what is larger than its input, and writers that want more keys than it takes', () => {
  const large = span({ warnings: ['w'.repeat(INPUT_BYTES_MAX)] });
  const [plain, ours] = [openWriter(), openWriter()];
  const messages = [span({}), large, span({ operationName: 'b' }), new Uint8Array(0), span({})];
  checkSame(messages, ours, plain);
  checkSame(slicesOf(messages, { perBuffer: 9, gap: 1 }), ours, plain);
  checkSame(slicesOf(messages, { perBuffer: 1, gap: 0 }), ours, plain);
  const keys = new AttributeKeys(Array.from({ length: 300 }, (_, i) => `key ${i}`));
  const many = openWriter({ keys });
  expect(openSpanRuns([span({}), span({})], many)).toBeUndefined();
});
