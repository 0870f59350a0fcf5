/** Opens Kafka as the configuration says: the topics of spans, and the internal ones of those that are re-keyed. */
import type { Config } from '../config/schema.ts';
import { stubTopicOf } from '../config/sections.ts';
import type { Job } from '../engine/job.ts';
import type { SourceBinding, TopicOptions } from '../engine/options.ts';
import type { Logger } from '../log.ts';
import type { KafkaConnection } from '../sources/kafka-client.ts';
import { openDeadLetters } from '../sources/kafka-dead-letters.ts';
import { makeStubTopic, openStubs } from '../sources/kafka-stubs.ts';
import { openKafka } from '../sources/kafka.ts';
import { stubTopicOptions, topicOptions, type TopicWishes } from './topic-options.ts';

type Topic = Config['kafka']['topics'][number];

/** A topic to read: of spans, or of stubs. */
interface ReadTopic {
  readonly name: string;
  readonly options: TopicOptions;
  readonly partitions: readonly number[] | undefined;
}

export async function bindKafka(config: Config, jobs: readonly Job[], log: Logger): Promise<SourceBinding> {
  const { groupId, tenantHeader, deadLetterTopic } = config.kafka;
  const connection = kafkaConnection(config);
  const read: ReadTopic[] = [];
  for (const topic of config.kafka.topics) read.push(...(await topicsOf(config, topic, jobs, log)));
  const isStatic = read.some(({ partitions }) => partitions !== undefined);
  const assign = isStatic
    ? Object.fromEntries(read.map(({ name, partitions = [] }) => [name, partitions]))
    : 'group';
  const stubTopics = read.filter(({ options }) => options.codec === 'stubs').map(({ name }) => name);
  return {
    source: openKafka(
      { ...connection, topics: read.map(({ name }) => name), assign, groupId, tenantHeader },
      log,
    ),
    topics: new Map(read.map(({ name, options }) => [name, options])),
    deadLetters: openDeadLetters({ ...connection, topic: deadLetterTopic }, log),
    ...(stubTopics.length === 0 ? {} : { stubs: openStubs(connection, stubTopics, log) }),
  };
}

/** Whether any job looks beyond single spans: without, re-keying is for nothing. */
export function isJoining(jobs: readonly Job[]): boolean {
  return jobs.some(({ operators }) => operators.some((operator) => operator.isJoined === true));
}

/** The topic, and that of its stubs where there is one, which is made where it is missing. */
async function topicsOf(
  config: Config,
  topic: Topic,
  jobs: readonly Job[],
  log: Logger,
): Promise<readonly ReadTopic[]> {
  const { name, encoding, tenant, slotMessages, partitions, stubSlotMessages } = topic;
  const { start: from, tenantHeader } = config.kafka;
  const start = from === 'earliest' || from === 'latest' ? from : Date.parse(from);
  const wishes: TopicWishes = { tenant, tenantHeader, slotMessages, start };
  const stubTopic = isJoining(jobs) ? stubTopicOf(topic) : undefined;
  if (stubTopic === undefined) {
    const options = await topicOptions(config, encoding, wishes);
    return [{ name, options, partitions }];
  }
  const rekeyedTo = {
    topic: stubTopic,
    partitions: await makeStubTopic(
      kafkaConnection(config),
      {
        topic: stubTopic,
        source: name,
        partitions: topic.stubPartitions,
        retentionMs: topic.stubRetentionMs,
        mustMirror: partitions !== undefined,
      },
      log,
    ),
  };
  const options = await topicOptions(config, encoding, { ...wishes, rekeyedTo });
  return [
    { name, options, partitions },
    { name: stubTopic, options: stubTopicOptions(config, rekeyedTo, stubSlotMessages), partitions },
  ];
}

export function kafkaConnection({
  kafka: { brokers, clientId, tls, sasl, insecure },
}: Config): KafkaConnection {
  const { enabled, caFile, certFile, keyFile } = tls;
  return {
    brokers,
    clientId,
    insecure,
    tls: enabled ? { caFile, certFile, keyFile } : undefined,
    sasl: sasl === undefined ? undefined : { ...sasl, password: sasl.password?.reveal() ?? '' },
  };
}
