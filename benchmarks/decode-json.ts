/**
 * Spans per second that encoding otlp_json decodes into columns on one core, with six attribute keys wanted, and how many times what
 * JSON.parse alone does with the same bytes that is. Higher is better.
 *
 *     node dist/benchmarks/decode-json.js [spans] [seconds]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The two take turns, so that a busy machine slows both. The checksum
 * covers every column, so no work can be left out.
 */
import codec from '../src/codecs/otlp-json.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import type { SpanBatch } from '../src/spans/span-batch.ts';
import { SpanWriter } from '../src/spans/span-writer.ts';
import { checksumOf } from './support/checksum.ts';
import { WANTED_KEYS } from './support/corpus.ts';
import { type JsonRequest, makeJsonCorpus } from './support/json-corpus.ts';

const seconds = Number(process.argv[3] ?? 3);

const { messages, spans, bytes } = makeJsonCorpus(Number(process.argv[2] ?? 20_000));
const writer = new SpanWriter({ keys: new AttributeKeys(WANTED_KEYS) });

let checksum = 0;
decodeAll((batch) => void (checksum = (checksum * 31 + checksumOf(batch)) >>> 0));
parseAll();
const decodeRates: number[] = [];
const parseRates: number[] = [];
for (const stop = performance.now() + seconds * 1000; parseRates.length === 0 || performance.now() < stop;) {
  decodeRates.push(rateOf(() => decodeAll()));
  parseRates.push(rateOf(parseAll));
}
const spansPerS = median(decodeRates);
const parsedSpansPerS = median(parseRates);
const ratio = Math.round((spansPerS / parsedSpansPerS) * 100) / 100;

process.stderr.write(
  `decode otlp_json: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${((spansPerS * bytes) / spans / 1e6).toFixed(0)} MB/s, ` +
    `${ratio.toFixed(2)} times JSON.parse\n`,
);
const result = {
  benchmark: 'decode-json',
  encoding: 'otlp_json',
  spans_per_s: spansPerS,
  json_parse_spans_per_s: parsedSpansPerS,
  ratio,
  spans,
  bytes_per_span: Math.round((bytes / spans) * 10) / 10,
  checksum,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function decodeAll(see?: (batch: SpanBatch) => void): number {
  let rows = 0;
  for (const [offset, message] of messages.entries()) {
    writer.reset(0);
    writer.begin(offset, offset, 'default');
    codec.decode(message, writer);
    see?.(writer);
    rows += writer.length;
  }
  return rows;
}

function parseAll(): number {
  let rows = 0;
  for (const message of messages) {
    const request = JSON.parse(message.toString()) as JsonRequest;
    for (const { scopeSpans } of request.resourceSpans) rows += scopeSpans[0]!.spans.length;
  }
  return rows;
}

function rateOf(work: () => number): number {
  const start = performance.now();
  const rows = work();
  if (rows !== spans) throw new Error(`BUG: ${rows} spans of ${spans}`);
  return (rows * 1000) / (performance.now() - start);
}

function median(rates: number[]): number {
  return Math.round(rates.toSorted((a, b) => a - b)[rates.length >> 1]!);
}
