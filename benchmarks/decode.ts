/**
 * Spans per CPU-second that each binary encoding decodes into columns on one core, with six attribute keys wanted. Higher is better.
 *
 *     node dist/benchmarks/decode.js [spans] [seconds] [encoding...]
 *
 * Prints for each one line for people on stderr and one line of JSON on stdout. The checksum covers every column, so no work can be left
 * out; it depends on the corpus alone.
 */
import type { Codec } from '../src/codecs/codec.ts';
import jaegerProto from '../src/codecs/jaeger-proto.ts';
import otlpProto from '../src/codecs/otlp-proto.ts';
import zipkinProto from '../src/codecs/zipkin-proto.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import { SpanWriter } from '../src/spans/span-writer.ts';
import { checksumOf } from './support/checksum.ts';
import { type Corpus, makeCorpus, WANTED_KEYS } from './support/corpus.ts';
import { makeJaegerCorpus, makeZipkinCorpus } from './support/single-spans.ts';

interface Encoding {
  readonly codec: Codec;
  readonly corpus: () => Corpus;
}

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);
const asked = process.argv.slice(4);
/** Rows after which a batch is emptied, as the engine does. */
const BATCH_SPANS = 2048;

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  otlp_proto: { codec: otlpProto, corpus: () => makeCorpus({ spans }) },
  jaeger_proto: { codec: jaegerProto, corpus: () => makeJaegerCorpus({ spans }) },
  zipkin_proto: { codec: zipkinProto, corpus: () => makeZipkinCorpus({ spans, spansPerMessage: 200 }) },
};

for (const [name, encoding] of Object.entries(ENCODINGS))
  if (asked.length === 0 || asked.includes(name)) measure(name, encoding);

function measure(encoding: string, { codec, corpus: make }: Encoding): void {
  const corpus = make();
  const writer = new SpanWriter({ keys: new AttributeKeys(WANTED_KEYS) });
  const checksum = decodeAll(corpus, codec, writer, true);
  const rates: number[] = [];
  for (const stop = performance.now() + seconds * 1000; rates.length === 0 || performance.now() < stop;) {
    const before = process.cpuUsage();
    decodeAll(corpus, codec, writer, false);
    const { user, system } = process.cpuUsage(before);
    rates.push((corpus.spans * 1e6) / (user + system));
  }
  rates.sort((a, b) => a - b);
  const spansPerS = Math.round(rates[rates.length >> 1]!);
  const bytesPerSpan = Math.round((corpus.bytes / corpus.spans) * 10) / 10;
  process.stderr.write(
    `decode ${encoding}: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${((spansPerS * bytesPerSpan) / 1e6).toFixed(0)} MB/s\n`,
  );
  const result = {
    benchmark: 'decode',
    encoding,
    spans_per_s: spansPerS,
    best_spans_per_s: Math.round(rates.at(-1)!),
    spans: corpus.spans,
    bytes_per_span: bytesPerSpan,
    checksum,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function decodeAll({ messages }: Corpus, codec: Codec, writer: SpanWriter, isChecked: boolean): number {
  let sum = 0;
  writer.reset(0);
  const runs = codec.openRuns?.(messages, writer);
  for (let at = 0; at < messages.length;) {
    writer.begin(at, at, 'default');
    // A batch of one message: what the checksum covers does not depend on how they are read.
    const most = isChecked ? 1 : BATCH_SPANS - writer.length;
    const read = runs?.read(at, Math.min(runs.readable(at), most)) ?? 0;
    if (read === 0) codec.decode(messages[at]!, writer);
    at += Math.max(1, read);
    if (writer.length < BATCH_SPANS && !isChecked) continue;
    if (isChecked) sum = (sum * 31 + checksumOf(writer)) >>> 0;
    writer.reset(0);
  }
  return sum;
}
