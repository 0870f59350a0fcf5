/** Opens the sources that the configuration names, each with what to do with its topics. */
import { type Encoding, loadCodec } from '../codecs/codec.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/schema.ts';
import type { SourceBinding, TopicOptions } from '../engine/options.ts';
import type { Logger } from '../log.ts';
import type { StoreReader } from '../sinks/store-reader.ts';
import { DEMO_TOPIC, startDemo } from '../sources/demo.ts';
import type { KafkaConnection } from '../sources/kafka-client.ts';
import { openDeadLetters } from '../sources/kafka-dead-letters.ts';
import { openKafka } from '../sources/kafka.ts';
import { OtlpHttpError, startOtlpHttp } from '../sources/otlp-http.ts';
import { DEFAULT_TENANT, fingerprintFrom, slotMessagesOf, tenantFrom } from './assemble.ts';
import { listenError } from './failure.ts';

export interface OpenSource {
  readonly binding: SourceBinding;
  /** For people: `Kafka` and where. */
  readonly name: string;
  readonly place: string;
}

export async function openSources(
  config: Config,
  log: Logger,
  reader: StoreReader,
): Promise<readonly OpenSource[]> {
  const opened: OpenSource[] = [];
  if (config.kafka.brokers.length > 0) opened.push(await kafka(config, log));
  if (config.otlpHttp.enabled) opened.push(await otlpHttp(config));
  if (config.demo.enabled) opened.push(await demo(config, reader));
  if (opened.length === 0)
    throw new ConfigError([
      'nothing to read: set kafka.brokers, otlpHttp.enabled: true, or demo.enabled: true',
    ]);
  return opened;
}

async function kafka(config: Config, log: Logger): Promise<OpenSource> {
  const { brokers, groupId, topics, start, tenantHeader, deadLetterTopic } = config.kafka;
  const connection = kafkaConnection(config);
  const isStatic = topics.some(({ partitions }) => partitions !== undefined);
  const assign = isStatic
    ? Object.fromEntries(topics.map(({ name, partitions = [] }) => [name, partitions]))
    : 'group';
  const from = start === 'earliest' || start === 'latest' ? start : Date.parse(start);
  const listed = topics.map(
    async ({ name, encoding, tenant, slotMessages }): Promise<[string, TopicOptions]> => {
      const options = await topicOptions(config, encoding, { tenant, slotMessages });
      return [name, { ...options, start: from }];
    },
  );
  return {
    binding: {
      source: openKafka(
        { ...connection, topics: topics.map(({ name }) => name), assign, groupId, tenantHeader },
        log,
      ),
      topics: new Map(await Promise.all(listed)),
      deadLetters: openDeadLetters({ ...connection, topic: deadLetterTopic }, log),
    },
    name: 'Kafka',
    place: `${brokers.join(', ')}, topic ${topics.map(({ name, encoding }) => `${name} (${encoding})`).join(', ')}`,
  };
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

async function otlpHttp(config: Config): Promise<OpenSource> {
  const { host, port, requestBytesMax, bufferBytesMax } = config.otlpHttp;
  const source = await startOtlpHttp({
    host,
    port,
    bytesMax: bufferBytesMax,
    compressedBytesMax: requestBytesMax,
    bodyBytesMax: requestBytesMax,
    tenants: config.tenants.names,
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
    place: `about ${spansPerSecond} spans/s, the past hour filled in`,
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

/** How a topic is read, and the fingerprint of that. */
async function topicOptions(
  config: Config,
  encoding: Encoding,
  own: { readonly tenant?: string | undefined; readonly slotMessages?: number | undefined } = {},
): Promise<TopicOptions> {
  const { tenant, slotMessages = slotMessagesOf(config, encoding) } = own;
  return {
    codec: await loadCodec(encoding),
    slotMessages,
    tenantOf: tenant === undefined ? tenantFrom(config) : () => tenant,
    start: 'earliest',
    fingerprint: fingerprintFrom(config, { encoding, slotMessages, tenant: tenant ?? null }),
  };
}
