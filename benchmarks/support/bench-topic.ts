/** Topics of a real Kafka, filled beforehand with a corpus in one partition. */
import type { TestKafka, TopicOptions } from '../../test/support/kafka.ts';
import { makeCorpus } from './corpus.ts';
import { openTopic } from './open-topic.ts';
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
const RECORD_MS = 1_758_000_060_000;

export async function fillTopic(
  kafka: TestKafka,
  {
    name,
    spans,
    corpus,
  }: { readonly name: string; readonly spans: number; readonly corpus: Shape['corpus'] },
  config: TopicOptions['config'] = {},
): Promise<FilledTopic> {
  const topic = await openTopic(kafka, name, config);
  const filled = { name, spans: 0, messages: 0, bytes: 0 };
  for (let seed = 1; filled.spans < spans; seed++) {
    const chunk = corpus(Math.min(CHUNK_SPANS, spans - filled.spans), seed);
    await topic.send(chunk.messages, RECORD_MS);
    filled.spans += chunk.spans;
    filled.messages += chunk.messages.length;
    filled.bytes += chunk.bytes;
  }
  await topic.close();
  return filled;
}
