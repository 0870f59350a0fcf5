/** The dead letters in a topic, as a consumer reads them. */
import { expect } from 'vitest';
import type { TestKafka } from './kafka.ts';

export interface Letter {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** All letters there are, at least so many. */
export async function readLetters(
  kafka: TestKafka,
  topic: string,
  lettersMin: number,
): Promise<readonly Letter[]> {
  const admin = kafka.client.admin();
  await admin.connect();
  const high = Number((await admin.fetchTopicOffsets(topic))[0]!.high);
  await admin.disconnect();
  expect(high).toBeGreaterThanOrEqual(lettersMin);
  const consumer = kafka.client.consumer({ groupId: `letters-${Date.now()}` });
  const letters: Letter[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ message: { key, value, headers, offset } }) => {
          letters.push({
            key: String(key),
            value: String(value),
            headers: Object.fromEntries(
              Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]),
            ),
          });
          if (Number(offset) === high - 1) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return letters;
}
