/** Topics of a real Kafka, filled beforehand with a corpus in one partition. */
import type { TopicOptions, OwnKafka } from '../../test/support/kafka.ts';
import { type Corpus, makeCorpus } from './corpus.ts';
import { makeJaegerCorpus } from './single-spans.ts';

/** How spans lie in messages: those of a collector, 200 each, and one each. */
export const SHAPES = [
  { encoding: 'otlp_proto', corpus: (spans: number, seed: number) => makeCorpus({ spans, seed }) },
  { encoding: 'jaeger_proto', corpus: (spans: number, seed: number) => makeJaegerCorpus({ spans, seed }) },
] as const;

export type Shape = (typeof SHAPES)[number];

export interface FilledTopic {
  readonly name: string;
  readonly spans: number;
  readonly messages: number;
  /** Of their values. */
  readonly bytes: number;
}

/** Spans made and sent at a time. */
const CHUNK_SPANS = 20_000;
/** When the corpus' traces happened, so that nothing is late. */
const RECORD_MS = '1758000060000';
const SEND_BYTES_MAX = 4_000_000;

export async function fillTopic(
  kafka: OwnKafka,
  {
    name,
    spans,
    corpus,
  }: { readonly name: string; readonly spans: number; readonly corpus: Shape['corpus'] },
  config: TopicOptions['config'] = {},
): Promise<FilledTopic> {
  await kafka.createTopic(name, { config: { 'retention.ms': '-1', ...config } });
  const producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const filled = { name, spans: 0, messages: 0, bytes: 0 };
  for (let seed = 1; filled.spans < spans; seed++) {
    const chunk = corpus(Math.min(CHUNK_SPANS, spans - filled.spans), seed);
    filled.spans += chunk.spans;
    for (const batch of inBatches(chunk)) {
      filled.messages += batch.length;
      for (const { length } of batch) filled.bytes += length;
      const messages = batch.map((value) => ({
        value: Buffer.from(value),
        timestamp: RECORD_MS,
        partition: 0,
      }));
      await producer.send({ topic: name, messages });
    }
  }
  await producer.disconnect();
  return filled;
}

function inBatches({ messages }: Corpus): readonly (readonly Uint8Array[])[] {
  const batches: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const message of messages) {
    bytes += message.length;
    if (bytes > SEND_BYTES_MAX) {
      batches.push([]);
      bytes = message.length;
    }
    batches.at(-1)!.push(message);
  }
  return batches;
}
