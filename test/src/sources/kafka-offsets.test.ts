import type { Admin } from 'kafkajs';
import { expect, test } from 'vitest';
import { topicReader, type TopicReader } from '../../../src/sources/kafka-offsets.ts';

type Ranges = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

/** Brokers that say where the log ends at the moment they are asked, and answer when the test wants them to. */
function brokers(): {
  readonly topics: TopicReader;
  end: number;
  readonly answers: ((error?: Error) => void)[];
} {
  const answers: ((error?: Error) => void)[] = [];
  const state = {
    end: 1000,
    answers,
    topics: topicReader({
      fetchTopicOffsets: () =>
        new Promise<Ranges>((resolve, reject) => {
          const end = String(state.end);
          const ranges = [0, 1, 2].map((partition) => ({ partition, offset: end, high: end, low: '0' }));
          answers.push((error) => (error === undefined ? resolve(ranges) : reject(error)));
        }),
    } as Partial<Admin> as Admin),
  };
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
