import type { Admin } from 'kafkajs';
import { expect, test } from 'vitest';
import { KafkaAdmin } from '../../../src/sources/kafka-admin.ts';
import { topicReader, type TopicReader } from '../../../src/sources/kafka-offsets.ts';

type Ranges = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

interface Brokers {
  readonly topics: TopicReader;
  /** Where the log ends from now on, and how many partitions a connection made from now on hears of. */
  end: number;
  partitions: number;
  /** Of each question. */
  readonly answers: ((error?: Error) => void)[];
  /** What became of connections. */
  readonly connections: string[];
}

/** Brokers that say where the log ends at the moment they are asked, and answer when the test wants them to. */
function brokers(): Brokers {
  const answers: Brokers['answers'] = [];
  const connections: string[] = [];
  const open = (): Admin => {
    const { partitions } = state;
    const number = connections.push('open') - 1;
    const admin: Partial<Admin> = {
      fetchTopicOffsets: () =>
        new Promise<Ranges>((resolve, reject) => {
          const end = String(state.end);
          const ranges = Array.from({ length: partitions }, (_, partition) => ({
            partition,
            offset: end,
            high: end,
            low: '0',
          }));
          answers.push((error) => (error === undefined ? resolve(ranges) : reject(error)));
        }),
      fetchTopicMetadata: () =>
        Promise.resolve({
          topics: [
            {
              name: 't',
              partitions: Array.from({ length: partitions }, (_, partitionId) => ({
                partitionId,
                partitionErrorCode: 0,
                leader: 1,
                replicas: [1],
                isr: [1],
              })),
            },
          ],
        }),
      disconnect: () => Promise.resolve(void (connections[number] = 'closed')),
    };
    return admin as Admin;
  };
  const topics = topicReader(new KafkaAdmin({ brokers: ['b:9092'] }, open));
  const state: Brokers = { topics, end: 1000, partitions: 3, answers, connections };
  return state;
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an answer on its way is not for those who ask later: they share the next', async () => {
  const kafka = brokers();
  const first = kafka.topics.offsets('t', 0);
  // Another owner reads on, and its progress is found before the next question.
  kafka.end = 1100;
  const later = [1, 2].map((partition) => kafka.topics.offsets('t', partition));
  await settle();
  expect(kafka.answers.length).toBe(1);
  kafka.answers[0]!();
  expect(await first).toEqual({ first: 0, end: 1000 });
  await settle();
  expect(kafka.answers.length).toBe(2);
  // That one has begun by now.
  kafka.end = 1200;
  const last = kafka.topics.offsets('t', 0);
  kafka.answers[1]!();
  expect(await Promise.all(later)).toEqual([
    { first: 0, end: 1100 },
    { first: 0, end: 1100 },
  ]);
  await settle();
  kafka.answers[2]!();
  expect(await last).toEqual({ first: 0, end: 1200 });
});

test('a question that failed is asked again for those who wait', async () => {
  const kafka = brokers();
  const failed = kafka.topics.offsets('t', 0);
  const next = kafka.topics.offsets('t', 1);
  kafka.answers[0]!(new Error('closed connection'));
  await expect(failed).rejects.toThrow('closed connection');
  await settle();
  kafka.answers[1]!();
  expect(await next).toEqual({ first: 0, end: 1000 });
});

test('after a failure the brokers are asked on a new connection, and the old one is given up when nobody waits on it', async () => {
  const kafka = brokers();
  const failed = kafka.topics.offsets('t', 0);
  const other = kafka.topics.offsets('other', 0);
  kafka.answers[0]!(Object.assign(new Error('not the leader'), { type: 'NOT_LEADER_FOR_PARTITION' }));
  await expect(failed).rejects.toMatchObject({ code: 'kafka_unreachable', retryable: true });
  expect(kafka.connections).toEqual(['open']);
  const again = kafka.topics.offsets('t', 0);
  expect(kafka.connections).toEqual(['open', 'open']);
  kafka.answers[1]!();
  kafka.answers[2]!();
  expect(await Promise.all([other, again])).toEqual([
    { first: 0, end: 1000 },
    { first: 0, end: 1000 },
  ]);
  await settle();
  expect(kafka.connections).toEqual(['closed', 'open']);
});

test('a partition added since the connection was made is found by asking again', async () => {
  const kafka = brokers();
  const before = kafka.topics.offsets('t', 0);
  kafka.answers[0]!();
  await before;
  kafka.partitions = 4;
  const missed = kafka.topics.offsets('t', 3);
  kafka.answers[1]!();
  await expect(missed).rejects.toMatchObject({ retryable: true });
  const found = kafka.topics.offsets('t', 3);
  kafka.answers[2]!();
  expect(await found).toEqual({ first: 0, end: 1000 });
  expect(kafka.connections).toEqual(['closed', 'open']);
});

test('a partition asked for that does not exist is told with the key that names it', async () => {
  const { topics } = brokers();
  await topics.checkPartitions({ t: [0, 2] });
  await expect(topics.checkPartitions({ t: [2, 7] })).rejects.toThrow(
    'topic t has 3 partitions, and none numbered 7: check kafka.topics[].partitions',
  );
});

test('who may not read a topic is told so for good', async () => {
  const kafka = brokers();
  const refused = kafka.topics.offsets('t', 0);
  kafka.answers[0]!(new Error('Not authorized to access topics: [Topic authorization failed]'));
  await expect(refused).rejects.toMatchObject({ code: 'kafka_refused', retryable: false });
});
