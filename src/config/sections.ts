/**
 * The sections of the configuration that say where spans come from and where rows go. Every leaf has a description, which is its
 * documentation; numbers end in their unit.
 */
import { z } from 'zod';
import { ENCODINGS } from '../codecs/codec.ts';
import { Secret } from './secret.ts';
import { database, groupId, name, positive, topicName } from './values.ts';

const PORT_MAX = 65_535;
const port = z.int().min(0).max(PORT_MAX);

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

const secret = (description: string) =>
  z
    .string()
    .min(1)
    .transform((text) => new Secret(text))
    .optional()
    .meta({ description });

const secretFile = (of: string) =>
  name.optional().describe(`File that holds \`${of}\`; a final newline is dropped.`);

const topic = z.strictObject({
  name: topicName.describe('Name of the topic.'),
  encoding: z
    .enum(ENCODINGS)
    .default('auto')
    .describe('Encoding of its messages; `auto` decides for each message.'),
  tenant: name.optional().describe('Tenant of every span in this topic. Must be one of `tenants.names`.'),
  slotMessages: positive
    .optional()
    .describe(
      'Offsets in a slot of this topic, instead of `engine.slotMessages`. Keep three slots well inside its retention.',
    ),
  partitions: z
    .array(z.int().min(0))
    .min(1)
    .optional()
    .describe(
      'Partitions to read without a consumer group. Either every topic names its partitions or none does.',
    ),
  rekey: z
    .boolean()
    .default(false)
    .describe(
      'Join the spans of this topic by way of an internal topic keyed by trace id: for topics that scatter a trace over partitions.',
    ),
  stubTopic: topicName
    .optional()
    .describe('Name of that internal topic. Absent: `weir-stubs-` and the name of this one.'),
  stubPartitions: positive
    .optional()
    .describe('Partitions it is made with. Absent: as many as this topic has.'),
  stubRetentionMs: positive.default(172_800_000).describe('Retention it is made with.'),
  stubSlotMessages: positive
    .optional()
    .describe('Offsets in a slot of it, instead of `engine.slotMessages`.'),
});

/** The internal topic of a topic's stubs; undefined where it is not re-keyed. */
export function stubTopicOf({
  name: source,
  rekey,
  stubTopic = `weir-stubs-${source}`,
}: z.output<typeof topic>): string | undefined {
  return rekey ? stubTopic : undefined;
}

const sasl = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('SASL mechanism.'),
  username: name.describe('SASL user.'),
  password: secret('SASL password.'),
  passwordFile: secretFile('kafka.sasl.password'),
});

const tls = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Connect with TLS. The certificate of the broker is always verified.'),
  caFile: name.optional().describe('PEM file with the authorities to trust instead of those of Node.js.'),
  certFile: name.optional().describe('PEM file with the client certificate. Needs `keyFile`.'),
  keyFile: name.optional().describe('PEM file with the key of the client certificate.'),
});

const RFC_3339 = z.iso.datetime({ offset: true });
const start = z
  .string()
  .refine((text) => text === 'earliest' || text === 'latest' || RFC_3339.safeParse(text).success, {
    message: 'expected earliest, latest, or an RFC 3339 time such as 2026-01-31T00:00:00Z',
  });

const broker = z.string().refine((text) => isPort(/^[^\s/]+:(\d{1,5})$/.exec(text)?.[1]), {
  message: 'expected host:port, with a port from 1 to 65535',
});

function isPort(digits = '0'): boolean {
  return Number(digits) >= 1 && Number(digits) <= PORT_MAX;
}

export const kafka = z.strictObject({
  brokers: z
    .array(broker)
    .default([])
    .describe('Addresses `host:port` to find the cluster by. Empty: Kafka is not read.'),
  clientId: name.default('weir').describe('How Weir names itself to the brokers.'),
  groupId: groupId
    .default('weir')
    .describe("Consumer group. Never that of Jaeger's ingester: each would take spans from the other."),
  topics: z
    .array(topic)
    .min(1)
    .prefault([{ name: 'jaeger-spans' }])
    .describe('Topics to read.'),
  start: start
    .default('earliest')
    .describe(
      'Where a partition without stored progress starts: `earliest`, `latest`, or an RFC 3339 time. `latest` passes over what a partition added later holds when it is found.',
    ),
  tenantHeader: name
    .optional()
    .describe('Header that names the tenant of a message in topics without a `tenant` of their own.'),
  tls: tls.prefault({}),
  sasl: sasl.optional(),
  insecure: z
    .boolean()
    .default(false)
    .describe('Allow SASL PLAIN without TLS, which sends the password in the clear.'),
  deadLetterTopic: topicName
    .default('weir-dead-letters')
    .describe(
      'Topic that keeps undecodable messages, with their origin in headers. Keep its retention short: it holds raw payloads.',
    ),
});

export const otlpHttp = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Receive OTLP/HTTP (protobuf and JSON, gzip) at `/v1/traces`. gRPC is not served.'),
  host: name.default('127.0.0.1').describe('Address to listen on.'),
  port: port.default(4318).describe('Port to listen on; 0 takes a free one.'),
  allowUnauthenticated: z
    .boolean()
    .default(false)
    .describe(
      'Allow a `host` other than loopback. The receiver asks for no token: whoever reaches it can write spans.',
    ),
  requestBytesMax: positive
    .default(4 * 2 ** 20)
    .describe('Largest request, as sent and again after decompression.'),
  bufferBytesMax: positive
    .default(64 * 2 ** 20)
    .describe(
      'Bytes of accepted requests waiting for the engine. Beyond them a request is answered 503 with Retry-After.',
    ),
  tenantShare: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe(
      'Where `tenants.names` has several: how much of the buffer that the others leave one tenant may hold. Beyond it that tenant is answered 429 with Retry-After.',
    ),
});

export const demo = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Run the demo shop, which makes spans of about ten services. The same as `--demo`.'),
  spansPerSecond: positive.default(500).describe('Spans the demo shop makes a second, averaged over a day.'),
});

/** With less than half of it the server refuses the demo shop's rows. */
const EMBEDDED_BYTES_MIN = 2 ** 28;

const embedded = z.strictObject({
  path: name
    .default('./weir-data')
    .describe('Data directory of the embedded server, used while `clickhouse.url` is absent.'),
  memoryBytesMax: z
    .int()
    .min(EMBEDDED_BYTES_MIN)
    .default(2 * 2 ** 30)
    .describe('Memory the embedded server may use; 268435456 at least.'),
});

/** Whether nothing that may be a secret is in it. */
function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search } = new URL(text);
  return username === '' && password === '' && search === '';
}

export const clickhouse = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, message: 'expected an http:// or https:// address' })
    .refine(isPlainAddress, {
      message:
        'expected an address alone, since it is printed and logged; a name and a password go into clickhouse.username and clickhouse.password',
    })
    .optional()
    .describe('HTTP interface of a ClickHouse server. Absent: Weir starts an embedded one.'),
  username: name.default('default').describe('User of the server at `clickhouse.url`.'),
  password: secret('Password of that user.'),
  passwordFile: secretFile('clickhouse.password'),
  database: database
    .default('weir')
    .describe('Database of the tables and views; created where it is missing.'),
  ttlDays: z
    .int()
    .min(0)
    .max(36_500)
    .default(30)
    .describe('Days rows are kept after their window; 0 keeps them for good.'),
  embedded: embedded.prefault({}),
});

export const http = z.strictObject({
  host: name.default('127.0.0.1').describe('Address of the API and of `/metrics`.'),
  port: port
    .default(8889)
    .describe("Their port; 0 takes a free one. 8889 is what Jaeger's own monitoring set-up scrapes."),
  token: secret('Bearer token that every request must carry, `/livez` and `/readyz` excepted.'),
  tokenFile: secretFile('http.token'),
  allowUnauthenticated: z
    .boolean()
    .default(false)
    .describe('Allow a `host` other than loopback without a token.'),
  basePath: z
    .string()
    .regex(/^(\/[a-zA-Z0-9._~-]+)*$/, 'expected nothing, or a path such as /jaeger without a final slash')
    .default('')
    .describe(
      'Prefix of the paths of `/api` and `/analytics`, for use behind a proxy, such as `/weir`. `/metrics`, `/readyz` and `/livez` have none.',
    ),
});
