/** The Kafka source against real brokers: what was produced arrives once, in order, whatever compressed it and whatever happens around it. */
import { CompressionTypes } from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogSource } from '../../src/sources/log-source.ts';
import { DECOMPRESSED_BYTES_MAX } from '../../src/limits.ts';
import { openDeadLetters } from '../../src/sources/kafka-dead-letters.ts';
import { openKafka, type KafkaOptions } from '../../src/sources/kafka.ts';
import {
  KAFKA_VERSIONS,
  kafkaSkipReason,
  sharedKafka,
  startKafka,
  type TestKafka,
} from '../support/kafka.ts';
import { recordLog, until, type LogRecorder, type RecorderOptions } from '../support/log-recorder.ts';

const reason = kafkaSkipReason();
const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

const sources: LogSource[] = [];
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});

async function read(
  kafka: TestKafka,
  options: Partial<KafkaOptions> & Pick<KafkaOptions, 'topics'>,
  recorderOptions: RecorderOptions = {},
): Promise<{ source: LogSource; log: LogRecorder }> {
  const source = openKafka(
    {
      brokers: kafka.brokers,
      assign: Object.fromEntries(options.topics.map((topic) => [topic, [0]])),
      ...options,
    },
    logger,
  );
  sources.push(source);
  const log = recordLog(() => source, recorderOptions);
  await source.start(log);
  return { source, log };
}

async function produce(
  kafka: TestKafka,
  topic: string,
  values: readonly (string | null)[],
  partition = 0,
): Promise<void> {
  const producer = kafka.client.producer();
  await producer.connect();
  // Several requests, so that there are several record batches.
  for (let at = 0; at < values.length; at += 100) {
    await producer.send({
      topic,
      messages: values.slice(at, at + 100).map((value) => ({ value, partition })),
    });
  }
  await producer.disconnect();
}

const texts = (count: number, name = 'span'): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}-${'x'.repeat(index % 50)}`);
const numbered = (values: readonly (string | null)[]): object[] =>
  values.map((value, offset) => expect.objectContaining({ offset, value }) as object);

const title = `kafka %s${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined).each(KAFKA_VERSIONS)(title, (version) => {
  it.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'delivers what Java stored as %s',
    async (compression) => {
      const kafka = await sharedKafka(version);
      const topic = `stored-${compression}`;
      // The broker recompresses with its own codecs: the bytes read are not this library's.
      await kafka.createTopic(topic, { config: { 'compression.type': compression } });
      const values = [...texts(1_000), null, ''];
      await produce(kafka, topic, values);
      const { log } = await read(kafka, { topics: [topic] });
      await until(() => log.nextOffsetOf(topic) === values.length);
      expect(log.messagesOf(topic)).toEqual(numbered(values));
      expect(log.batches.at(-1)?.endOffset).toBe(values.length);
      expect(log.errors).toEqual([]);
    },
  );

  it('starts where it is told, pauses, resumes, seeks back', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'seeks';
    await kafka.createTopic(topic);
    const values = texts(500);
    await produce(kafka, topic, values);
    const { source, log } = await read(kafka, { topics: [topic] }, { from: () => 250 });
    await until(() => log.nextOffsetOf(topic) === 500);
    expect(log.messagesOf(topic)).toEqual(numbered(values).slice(250));

    source.pause(topic, 0);
    await produce(kafka, topic, ['later']);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(log.nextOffsetOf(topic)).toBe(500);
    source.resume(topic, 0);
    await until(() => log.nextOffsetOf(topic) === 501);

    const seen = log.messagesOf(topic).length;
    source.seek(topic, 0, 3);
    await until(() => log.messagesOf(topic).length === seen + 498);
    expect(log.messagesOf(topic).slice(seen)).toEqual(numbered([...values, 'later']).slice(3));
    expect(log.errors).toEqual([]);
  });

  it('holds a partition whose listener is slow, and lets the others flow', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'slow';
    await kafka.createTopic(topic, { partitions: 2 });
    const values = texts(400, 'x'.repeat(20_000)); // Four fetches of two megabytes.
    await produce(kafka, topic, values, 0);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const room = (_: string, partition: number): Promise<void> =>
      partition === 0 ? released : Promise.resolve();
    const { log } = await read(kafka, { topics: [topic], assign: { [topic]: [0, 1] } }, { room });
    await until(() => log.batches.length === 1);
    for (const value of ['a', 'b', 'c']) {
      await produce(kafka, topic, [value], 1);
      await until(() => log.messagesOf(topic, 1).at(-1)?.value === value);
    }
    expect(log.nextOffsetOf(topic, 0)).toBeLessThan(values.length);
    release();
    await until(() => log.nextOffsetOf(topic, 0) === values.length);
    expect(log.messagesOf(topic, 0)).toEqual(numbered(values));
    expect(log.messagesOf(topic, 1)).toEqual(numbered(['a', 'b', 'c']));
    expect(log.errors).toEqual([]);
  });

  it('passes over rolled-back transactions and control records', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'transactions';
    await kafka.createTopic(topic);
    const producer = kafka.client.producer({
      transactionalId: 'weir-test',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    for (const [outcome, value] of [
      ['commit', 'kept'],
      ['abort', 'dropped'],
      ['commit', 'kept too'],
      ['abort', 'dropped too'],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }, { value }] });
      await transaction[outcome]();
    }
    await producer.disconnect();
    // Four times two messages and a control record.
    const { source, log } = await read(kafka, { topics: [topic] });
    await until(() => log.nextOffsetOf(topic) === 12);
    expect(log.messagesOf(topic).map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'kept'],
      [1, 'kept'],
      [6, 'kept too'],
      [7, 'kept too'],
    ]);
    // From inside a rolled-back transaction nothing leaks, and the position passes it.
    const seen = log.messagesOf(topic).length;
    source.seek(topic, 0, 10);
    const batches = log.batches.length;
    await until(() => log.batches.length > batches);
    expect(log.nextOffsetOf(topic)).toBe(12);
    expect(log.messagesOf(topic)).toHaveLength(seen);
  });

  it('loses a decompression bomb, says so, and goes on behind it', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'bomb';
    await kafka.createTopic(topic);
    await produce(kafka, topic, ['before']);
    const producer = kafka.client.producer();
    await producer.connect();
    await producer.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: [{ value: Buffer.alloc(DECOMPRESSED_BYTES_MAX) }],
    });
    await producer.disconnect();
    await produce(kafka, topic, ['after']);
    const { log } = await read(kafka, { topics: [topic] });
    await until(() => log.nextOffsetOf(topic) === 3);
    expect(log.messagesOf(topic).map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'before'],
      [2, 'after'],
    ]);
    const lost = log.batches.flatMap((batch) => batch.unreadable ?? []);
    expect(lost).toEqual([expect.objectContaining({ offset: 1, nextOffset: 2, reason: 'too_large' })]);
  });

  it('shares partitions among the members of a group', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'shared';
    await kafka.createTopic(topic, { partitions: 4 });
    const groupId = 'sharing';
    const positions = new Map<string, number>();
    const from = (name: string, partition: number): number => positions.get(`${name}/${partition}`) ?? 0;
    const partitions = [0, 1, 2, 3];
    for (const partition of partitions) await produce(kafka, topic, texts(50, `p${partition}`), partition);
    const first = await read(kafka, { topics: [topic], assign: 'group', groupId }, { from });
    await until(() => partitions.every((partition) => first.log.nextOffsetOf(topic, partition) === 50));
    await first.source.commit(partitions.map((partition) => ({ topic, partition, offset: 50 })));
    for (const partition of partitions) positions.set(`${topic}/${partition}`, 50);

    const second = await read(kafka, { topics: [topic], assign: 'group', groupId }, { from });
    await until(() => first.log.losses.length === 2 && second.log.assignments.length === 2);
    expect([...second.log.assignments].sort()).toEqual([...first.log.losses].sort());
    for (const partition of partitions) await produce(kafka, topic, texts(50, `q${partition}`), partition);
    const all = (partition: number): object[] => [
      ...first.log.messagesOf(topic, partition),
      ...second.log.messagesOf(topic, partition),
    ];
    await until(() => partitions.every((partition) => all(partition).length === 100));
    for (const partition of partitions)
      expect(all(partition)).toEqual(
        numbered([...texts(50, `p${partition}`), ...texts(50, `q${partition}`)]),
      );

    // The member that leaves hands its partitions back, and they are assigned anew.
    await second.source.stop();
    await until(() => first.log.assignments.length === 6);
    expect([...first.log.errors, ...second.log.errors]).toEqual([]);

    const admin = kafka.client.admin();
    await admin.connect();
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(committed?.partitions.map(({ offset }) => offset)).toEqual(['50', '50', '50', '50']);
    await admin.disconnect();
  });

  it('tells offsets, and goes on where the log begins when the wanted offset is gone', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'offsets';
    await kafka.createTopic(topic);
    const producer = kafka.client.producer();
    await producer.connect();
    const timesMs = [1_000, 2_000, 3_000].map((ms) => Date.now() - 60_000 + ms);
    for (const timeMs of timesMs)
      await producer.send({
        topic,
        messages: [{ value: 'v', timestamp: String(timeMs), headers: { 'x-tenant': `t${timeMs}` } }],
      });
    await producer.disconnect();
    const { source, log } = await read(kafka, { topics: [topic], tenantHeader: 'x-tenant' });
    await until(() => log.nextOffsetOf(topic) === 3);
    expect(log.messagesOf(topic).map(({ timestampMs }) => timestampMs)).toEqual(timesMs);
    expect(log.messagesOf(topic).map(({ tenant }) => tenant)).toEqual(timesMs.map((timeMs) => `t${timeMs}`));
    expect(await source.offsets(topic, 0)).toEqual({ first: 0, end: 3 });
    expect(await source.offsetAt(topic, 0, timesMs[1] ?? 0)).toBe(1);
    expect(await source.offsetAt(topic, 0, Date.now() + 60_000)).toBe(3);

    const admin = kafka.client.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // kafkajs deletes only in topics it has heard of
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    const seen = log.messagesOf(topic).length;
    source.seek(topic, 0, 0);
    await until(() => log.messagesOf(topic).length > seen);
    expect(log.messagesOf(topic)[seen]?.offset).toBe(2);
    expect(await source.offsets(topic, 0)).toEqual({ first: 2, end: 3 });
  });

  it('waits for a topic that does not exist yet', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'to-come';
    const { log } = await read(kafka, { topics: [topic], assign: 'group', groupId: 'waiting' });
    await kafka.createTopic(topic);
    await produce(kafka, topic, ['at last']);
    await until(() => log.nextOffsetOf(topic) === 1);
    expect(log.messagesOf(topic)).toEqual(numbered(['at last']));
  });

  it('keeps dead letters with their origin', async () => {
    const kafka = await sharedKafka(version);
    const topic = 'letters';
    await kafka.createTopic(topic, { config: { 'max.message.bytes': '1000000' } });
    const letters = openDeadLetters({ brokers: kafka.brokers, topic }, logger);
    const value = Buffer.from([0, 255, 1]);
    const letter = {
      topic: 'spans',
      generation: 2,
      partition: 3,
      offset: 4,
      timestampMs: 5,
      reason: 'malformed',
      error: 'no such field',
      value,
    };
    await letters.write([letter, { ...letter, offset: 5, value: Buffer.alloc(3_000_000, 1) }]);
    await letters.stop();
    const { log } = await read(kafka, { topics: [topic], tenantHeader: 'weir.offset' });
    await until(() => log.nextOffsetOf(topic) === 2);
    const [first, second] = log.batches.flatMap((batch) => [...batch.values]);
    expect(first).toEqual(value);
    expect(second).toHaveLength(256 * 1024);
    expect(log.messagesOf(topic).map(({ tenant }) => tenant)).toEqual(['4', '5']);
  });

  it('goes on after the broker was killed and started again', async () => {
    const kafka = await startKafka(version);
    try {
      const topic = 'crash';
      await kafka.createTopic(topic);
      const values = texts(300);
      await produce(kafka, topic, values.slice(0, 200));
      const { log } = await read(kafka, { topics: [topic] });
      await until(() => log.nextOffsetOf(topic) === 200);
      await kafka.kill();
      await kafka.restart();
      await produce(kafka, topic, values.slice(200));
      await until(() => log.nextOffsetOf(topic) === 300);
      expect(log.messagesOf(topic)).toEqual(numbered(values));
      expect(log.errors).toEqual([]);
    } finally {
      await kafka.stop();
    }
  });
});
