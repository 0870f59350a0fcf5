/**
 * Spans per second that encoding otlp_proto decodes into columns on one core, with six attribute keys wanted. Higher is better.
 *
 *     node dist/benchmarks/decode.js [spans] [seconds]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The checksum covers every column, so no work can be left out;
 * it depends on the corpus alone.
 */
import codec from '../src/codecs/otlp-proto.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { SpanWriter } from '../src/spans/span-writer.ts';
import { makeCorpus, WANTED_KEYS } from './support/corpus.ts';

const spans = Number(process.argv[2] ?? 250_000);
const seconds = Number(process.argv[3] ?? 3);

const corpus = makeCorpus({ spans });
const writer = new SpanWriter({ keys: new AttributeKeys(WANTED_KEYS) });
const checksum = decodeAll(true);
const rates: number[] = [];
for (const stop = performance.now() + seconds * 1000; rates.length === 0 || performance.now() < stop;) {
  const start = performance.now();
  decodeAll(false);
  rates.push((corpus.spans * 1000) / (performance.now() - start));
}
rates.sort((a, b) => a - b);
const spansPerS = Math.round(rates[rates.length >> 1]!);
const bytesPerSpan = Math.round((corpus.bytes / corpus.spans) * 10) / 10;

process.stderr.write(
  `decode otlp_proto: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${((spansPerS * bytesPerSpan) / 1e6).toFixed(0)} MB/s\n`,
);
const result = {
  benchmark: 'decode',
  encoding: 'otlp_proto',
  spans_per_s: spansPerS,
  best_spans_per_s: Math.round(rates.at(-1)!),
  spans: corpus.spans,
  bytes_per_span: bytesPerSpan,
  checksum,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function decodeAll(isChecked: boolean): number {
  let sum = 0;
  for (const [offset, message] of corpus.messages.entries()) {
    writer.reset(0);
    writer.begin(offset, offset, 'default');
    codec.decode(message, writer);
    if (isChecked) sum = (sum * 31 + checksumOf(writer)) >>> 0;
  }
  return sum;
}

/** Ids carry no meaning, so texts are summed by their content. */
function checksumOf(batch: SpanBatch): number {
  const { dictionary } = batch;
  let sum = 0;
  const add = (value: number): void => void (sum = (Math.imul(sum, 31) + (value % 2 ** 32)) | 0);
  const addText = (text: string): void => {
    for (let at = 0; at < text.length; at++) add(text.charCodeAt(at));
  };
  const numbers = [
    batch.offset,
    batch.startUs,
    batch.endUs,
    batch.durationUs,
    batch.kind,
    batch.status,
    batch.weight,
  ];
  const texts = [
    batch.tenant,
    batch.service,
    batch.operation,
    ...batch.spanAttributes,
    ...batch.resourceAttributes,
  ];
  for (let row = 0; row < batch.length; row++) {
    for (const column of numbers) add(column[row]!);
    for (const column of texts) addText(dictionary.text(column[row]!));
    for (let word = row * 8; word < row * 8 + 8; word++) add(batch.ids[word]!);
  }
  return sum >>> 0;
}
