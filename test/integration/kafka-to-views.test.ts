/**
 * The whole path: real messages through a real Kafka and `weir start` into the embedded ClickHouse, whose public views equal a naive oracle row by
 * row. Every encoding and `auto` meets every compression, each in a topic and for a tenant of its own.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { ONE_ENCODINGS, type OneEncoding } from '../support/encoders.ts';
import { KAFKA_VERSIONS, kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { type EncodedMessage, sdkEncoded } from '../support/plain-messages.ts';
import type { PlainMessage, PlainSpan } from '../support/plain-span.ts';
import { expectedRed, expectViews } from '../support/public-views.ts';
import { sdkMessages } from '../support/real-sdk.ts';
import { type RunningWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';

const COMPRESSIONS = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const ENCODINGS = [...ONE_ENCODINGS, 'auto'] as const;
const PARTITIONS = 2;
const DIMENSIONS = ['http.request.method'];
const MINUTE_MS = 60_000;
/** Long enough ago for a record that is a day late to lie in the past, as Kafka 4 demands. */
const SPANS_START_MS = Date.now() - 3 * 24 * 60 * MINUTE_MS;

/** A topic, who it belongs to, and what is in it. */
interface Topic {
  /** Also the name of its tenant. */
  readonly name: string;
  readonly encoding: (typeof ENCODINGS)[number];
  readonly compression: (typeof COMPRESSIONS)[number];
  /** By partition. */
  readonly logs: readonly (readonly Stored[])[];
}

interface Stored extends PlainMessage {
  readonly value: Uint8Array;
}

const sdk = sdkMessages({
  seed: 11,
  messages: 30,
  spansPerMessage: 20,
  startMs: SPANS_START_MS,
  spreadMs: 5 * MINUTE_MS,
});
const encoded = new Map<string, readonly EncodedMessage[]>(
  ONE_ENCODINGS.map((encoding) => [encoding, sdkEncoded(sdk, encoding, DIMENSIONS)]),
);
// Each sixth message in another encoding.
encoded.set(
  'auto',
  ONE_ENCODINGS.flatMap((encoding, at) => encoded.get(encoding)!.filter((_, index) => index % 6 === at)),
);
/** What the vectors say, read by a person. */
const GOLDEN: readonly PlainSpan[] = [
  golden(1, 1, {
    service: 'checkout',
    operation: 'POST /pay',
    kind: 2,
    status: 2,
    durationNs: 1_500_250_001n,
  }),
  golden(2, 1, { operation: 'GET', durationNs: 100_000n }),
  golden(1, 2, { operation: 'noop' }),
  golden(1, 3, { durationNs: 1_000_000_000n }),
  golden(1, 4, { durationNs: -1_500_000n }),
  golden(1, 0, { service: 'missing-service-name', startNs: 0n }),
];

const topics: readonly Topic[] = [
  ...ENCODINGS.flatMap((encoding) =>
    COMPRESSIONS.map((compression) => ({
      name: `${encoding}-${compression}`,
      encoding,
      compression,
      logs: logsOf(encoded.get(encoding)!),
    })),
  ),
  ...goldenTopics(),
];

const reason = kafkaSkipReason();
const title = `kafka %s${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined).each(KAFKA_VERSIONS)(title, (version) => {
  let weir: RunningWeir;
  let directory: Awaited<ReturnType<typeof workDirectory>>;

  beforeAll(async () => {
    const kafka = await sharedKafka(version);
    directory = await workDirectory();
    await produce(kafka);
    weir = await startWeir(directory.path, [], { config: configOf(kafka) });
    const messages = topics.flatMap(({ logs }) => logs).reduce((sum, log) => sum + log.length, 0);
    await untilTrue(weir, async () => {
      const [row] = await weir.sql<{ read: number }>('SELECT sum(hi) AS read FROM weir.progress');
      return row!.read === messages;
    });
  });

  afterAll(async () => {
    await (weir as RunningWeir | undefined)?.end('SIGKILL');
    await directory.remove();
  });

  it.each(topics)('$name: the views are the oracle', async ({ name, encoding, logs }) => {
    const slotMessages = encoding.startsWith('jaeger_') ? 262_144 : 4096;
    await expectViews(weir, name, expectedRed(logs, { dimensions: DIMENSIONS, slotMessages }));
  });

  it('has rows of no other tenant, and no undecodable message', async () => {
    const rows = await weir.sql<{ tenant: string }>('SELECT DISTINCT tenant FROM weir.red ORDER BY tenant');
    expect(rows.map(({ tenant }) => tenant)).toEqual(topics.map(({ name }) => name).sort());
    expect(await (await weir.get('/metrics')).text()).not.toMatch(/^weir_poison_messages_total\{/m);
  });

  it("answers the Monitor tab's questions from these rows", async () => {
    const headers = { 'x-tenant': 'otlp_proto-zstd' };
    const names = await (await weir.get('/api/v3/services', headers)).json();
    expect(names).toEqual({ services: ['checkout', 'frontend', 'köln-zoll', 'payment'] });
    expect((await weir.get('/api/v3/services')).status).toBe(401);
  });
});

function configOf(kafka: TestKafka): object {
  return {
    kafka: {
      brokers: kafka.brokers,
      groupId: 'kafka-to-views',
      topics: topics.map(({ name, encoding }) => ({ name: `views-${name}`, encoding, tenant: name })),
    },
    otlpHttp: { enabled: false },
    clickhouse: { ttlDays: 0 },
    tenants: { names: topics.map(({ name }) => name) },
    red: { dimensions: DIMENSIONS },
    engine: { flushMs: 500 },
  };
}

async function produce(kafka: TestKafka): Promise<void> {
  const admin = kafka.client.admin();
  await admin.connect();
  await admin.createTopics({
    topics: topics.map(({ name, compression }) => ({
      topic: `views-${name}`,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
      // The broker recompresses with its own codecs, and golden spans are older than it would keep.
      configEntries: [
        { name: 'compression.type', value: compression },
        { name: 'retention.ms', value: '-1' },
      ],
    })),
    waitForLeaders: true,
  });
  await admin.disconnect();
  // A repeated send to a topic just made must not store messages twice.
  const producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const { name, logs } of topics)
    await producer.send({
      topic: `views-${name}`,
      messages: logs.flatMap((log, partition) =>
        log.map(({ value, recordMs }) => ({
          value: Buffer.from(value),
          timestamp: String(recordMs),
          partition,
        })),
      ),
    });
  await producer.disconnect();
}

/** Messages in turn on the partitions, the first of them again at the end; some come late, some early. */
function logsOf(messages: readonly EncodedMessage[]): readonly (readonly Stored[])[] {
  const logs: Stored[][] = Array.from({ length: PARTITIONS }, () => []);
  for (const [at, message] of messages.entries())
    logs[at % PARTITIONS]!.push({ ...message, recordMs: recordMsOf(at) });
  for (const log of logs) log.push(...log.slice(0, 3).map((again) => ({ ...again, recordMs: Date.now() })));
  return logs;
}

function recordMsOf(at: number): number {
  const punctualMs = SPANS_START_MS + 6 * MINUTE_MS;
  if (at % 10 === 8) return punctualMs - 30 * MINUTE_MS;
  return at % 10 === 9 ? punctualMs + 25 * 60 * MINUTE_MS : punctualMs;
}

/** Jaeger's own vectors in both of its encodings, and in both at once, where each span but the one without an id is a repeat. */
function goldenTopics(): readonly Topic[] {
  const { vectors } = JSON.parse(
    readFileSync(new URL('../golden/jaeger-kafka-vectors.json', import.meta.url), 'utf8'),
  ) as { vectors: { jaegerProtoBase64: string; jaegerJsonRaw: string }[] };
  const recordMs = Date.parse('2026-08-20T15:21:00Z');
  const stored = (value: Uint8Array, at: number): Stored => ({ value, recordMs, spans: [GOLDEN[at]!] });
  const proto = vectors.map((vector, at) => stored(Buffer.from(vector.jaegerProtoBase64, 'base64'), at));
  const json = vectors.map((vector, at) => stored(Buffer.from(vector.jaegerJsonRaw), at));
  const topic = (encoding: OneEncoding | 'auto', log: readonly Stored[]): Topic => ({
    name: `golden-${encoding}`,
    encoding,
    compression: 'lz4',
    logs: [log, []],
  });
  return [topic('jaeger_proto', proto), topic('jaeger_json', json), topic('auto', [...proto, ...json])];
}

interface GoldenSpan extends Partial<PlainSpan> {
  readonly durationNs?: bigint;
}

function golden(traceId: number, spanId: number, { durationNs = 0n, ...given }: GoldenSpan): PlainSpan {
  const startNs = given.startNs ?? BigInt(Date.parse('2026-08-20T15:20:54.123Z')) * 1_000_000n;
  return {
    traceId,
    spanId,
    parentId: 0,
    service: 'svc',
    operation: 'x',
    kind: 0,
    status: 0,
    weight: WEIGHT_ONE,
    attributes: {},
    ...given,
    startNs,
    endNs: startNs + durationNs,
  };
}
