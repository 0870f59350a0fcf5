/** What `weir check` says of traces whose spans lie on several partitions: it reads the end of each topic and looks. */
import { type Codec, loadCodec } from '../codecs/codec.ts';
import { DecodeError } from '../codecs/decode-error.ts';
import type { Config } from '../config/schema.ts';
import { stubTopicOf } from '../config/sections.ts';
import { SplitTraces } from '../engine/split-traces.ts';
import type { Logger } from '../log.ts';
import type { TopicReport } from '../sources/kafka-check.ts';
import { sampleTopic } from '../sources/kafka-sample.ts';
import type { LogBatch } from '../sources/log-source.ts';
import { AttributeKeys } from '../spans/attribute-keys.ts';
import { SpanWriter } from '../spans/span-writer.ts';
import type { Finding } from './monitor-findings.ts';
import { kafkaConnection } from './open-kafka.ts';
import { SPLIT_CURE, SPLIT_SHARE_MIN } from './watch-traces.ts';

const SAMPLE_MESSAGES = 500;
const SAMPLE_MS_MAX = 10_000;

/** One finding where spans of the topic are joined; `report` is of the topic itself. */
export async function splitFindings(
  config: Config,
  { topic, partitions }: TopicReport,
  log: Logger,
): Promise<readonly Finding[]> {
  const settings = config.kafka.topics.find(({ name }) => name === topic);
  if (settings === undefined || partitions === undefined || partitions.length === 1) return [];
  const stubTopic = stubTopicOf(settings);
  if (stubTopic !== undefined)
    return [{ verdict: 'ok', text: `topic ${topic}: re-keyed through ${stubTopic}` }];
  const sample = new SampledTraces(await loadCodec(settings.encoding));
  const wanted = { topic, partitions, messagesMax: SAMPLE_MESSAGES, msMax: SAMPLE_MS_MAX };
  await sampleTopic(kafkaConnection(config), wanted, log, (batch) => sample.take(batch));
  return [splitFinding(topic, sample.traces)];
}

export function splitFinding(
  topic: string,
  { sampled, split }: Pick<SplitTraces, 'sampled' | 'split'>,
): Finding {
  if (sampled === 0)
    return { verdict: 'ok', text: `topic ${topic}: no spans yet to tell whether traces are split` };
  const found = `topic ${topic}: ${split} of the last ${sampled} traces lie on several partitions`;
  if (split <= sampled * SPLIT_SHARE_MIN) return { verdict: 'ok', text: found };
  return { verdict: 'warn', text: `${found}, so that dependencies and paths miss calls; ${SPLIT_CURE}` };
}

/** The traces of the messages sampled. */
class SampledTraces {
  readonly traces = new SplitTraces({ oneIn: 1, tracesMax: 1 << 20 });
  readonly #codec: Codec;
  readonly #writer = new SpanWriter({ keys: new AttributeKeys([]) });

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  take({ partition, length, offsets, values }: LogBatch): void {
    const writer = this.#writer;
    for (let at = 0; at < length; at++) {
      const value = values.at(at) ?? null;
      if (value === null) continue;
      writer.reset(0);
      writer.begin(offsets[at]!, Number.NaN, '');
      try {
        this.#codec.decode(value, writer);
        this.traces.see(partition, writer);
      } catch (error) {
        // What cannot be decoded is another finding's matter.
        if (!(error instanceof DecodeError)) throw error;
      }
    }
  }
}
