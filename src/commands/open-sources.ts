/** Opens the sources that the configuration names, each with what to do with its topics. */
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/schema.ts';
import type { Job } from '../engine/job.ts';
import type { SourceBinding, TopicOptions } from '../engine/options.ts';
import type { Logger } from '../log.ts';
import type { StoreReader } from '../sinks/store-reader.ts';
import { DEMO_TOPIC, startDemo } from '../sources/demo.ts';
import { OtlpHttpError, startOtlpHttp } from '../sources/otlp-http.ts';
import { DEFAULT_TENANT } from './assemble.ts';
import { listenError } from './failure.ts';
import { bindKafka } from './open-kafka.ts';
import { topicOptions } from './topic-options.ts';

export interface OpenSource {
  readonly binding: SourceBinding;
  /** For people: `Kafka` and where. */
  readonly name: string;
  readonly place: string;
}

export interface SourceParts {
  readonly jobs: readonly Job[];
  readonly log: Logger;
  readonly reader: StoreReader;
}

export async function openSources(
  config: Config,
  { jobs, log, reader }: SourceParts,
): Promise<readonly OpenSource[]> {
  const opened: OpenSource[] = [];
  if (config.kafka.brokers.length > 0) opened.push(await kafka(config, jobs, log));
  if (config.otlpHttp.enabled) opened.push(await otlpHttp(config));
  if (config.demo.enabled) opened.push(await demo(config, reader));
  if (opened.length === 0)
    throw new ConfigError([
      'nothing to read: set kafka.brokers, otlpHttp.enabled: true, or demo.enabled: true',
    ]);
  return opened;
}

async function kafka(config: Config, jobs: readonly Job[], log: Logger): Promise<OpenSource> {
  const { brokers, topics } = config.kafka;
  const read = topics.map(({ name, encoding }) => `${name} (${encoding})`);
  return {
    binding: await bindKafka(config, jobs, log),
    name: 'Kafka',
    place: `${brokers.join(', ')}, topic ${read.join(', ')}`,
  };
}

async function otlpHttp(config: Config): Promise<OpenSource> {
  const { host, port, requestBytesMax, bufferBytesMax, tenantShare } = config.otlpHttp;
  const source = await startOtlpHttp({
    host,
    port,
    bytesMax: bufferBytesMax,
    compressedBytesMax: requestBytesMax,
    bodyBytesMax: requestBytesMax,
    tenants: config.tenants.names,
    tenantShare,
  }).catch((error: unknown) => {
    throw error instanceof OtlpHttpError ? listenError(error.cause, 'otlpHttp', { host, port }) : error;
  });
  const topics = source.topics.map(async ({ topic, encoding }): Promise<[string, TopicOptions]> => [
    topic,
    await topicOptions(config, encoding),
  ]);
  return {
    binding: { source, topics: new Map(await Promise.all(topics)) },
    name: 'OTLP/HTTP',
    place: source.address,
  };
}

async function demo(config: Config, reader: StoreReader): Promise<OpenSource> {
  const { spansPerSecond } = config.demo;
  const source = startDemo({ spansPerSecond, filledToMs: await filledToMs(config, reader) });
  // A tenant that a reader may ask for, so that the demo is seen.
  const tenant = config.tenants.names.includes(DEFAULT_TENANT) ? undefined : config.tenants.names[0];
  return {
    binding: {
      source,
      topics: new Map([[source.topic, await topicOptions(config, source.encoding, { tenant })]]),
    },
    name: 'Demo shop',
    place: `${spansPerSecond} spans/s averaged over a day, the past hour filled in`,
  };
}

/** Where an earlier run of the demo ended: what it made is not made again. */
async function filledToMs({ clickhouse }: Config, reader: StoreReader): Promise<number> {
  const [row] = await reader.query<{ readonly ms: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(max(ifNull(watermark, toDateTime64(0, 3))))) AS ms FROM ${clickhouse.database}.progress WHERE topic = {topic:String}`,
    { topic: DEMO_TOPIC },
  );
  return row?.ms ?? 0;
}
