import type { Message } from 'kafkajs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { messageOf } from '../../../src/sources/kafka-dead-letters.ts';
import { LetterSender } from '../../../src/sources/kafka-letter-sizes.ts';

const ERROR = 'x'.repeat(400);
const letterOf = (offset: number, bytes: number): Message =>
  messageOf({
    topic: 't',
    generation: 1,
    partition: 0,
    offset,
    timestampMs: 1,
    reason: 'malformed',
    error: ERROR,
    value: Buffer.alloc(bytes, 7),
  });

function sizeOf({ key, value, headers }: Message): number {
  const texts = Object.entries(headers ?? {})
    .flat()
    .map(String);
  return String(key).length + value!.length + texts.join('').length;
}

/** A topic that takes so many bytes a request. */
function topicOf(bytesMax: number): {
  bytesMax: number;
  readonly taken: Message[];
  readonly said: string[];
  requests: number;
  readonly sender: LetterSender;
} {
  const taken: Message[] = [];
  const said: string[] = [];
  const say = (_details: object, message: string): void => void said.push(message);
  const quiet = (): void => undefined;
  const sender = new LetterSender({
    topic: 'letters',
    logger: { debug: quiet, info: quiet, warn: say, error: say },
    send: (messages) => {
      topic.requests++;
      const size = messages.reduce((bytes, message) => bytes + sizeOf(message), 0);
      if (size > topic.bytesMax)
        return Promise.reject(Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' }));
      taken.push(...messages);
      return Promise.resolve();
    },
  });
  const topic = { bytesMax, taken, said, requests: 0, sender };
  return topic;
}
const lengths = (messages: readonly Message[]): number[][] =>
  messages.map(({ value, headers }) => [value!.length, String(headers!['weir.error']).length]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('letters are written whole where the topic takes them, together or alone', async () => {
  const topic = topicOf(2_000);
  const letters = [letterOf(1, 100), letterOf(2, 100), letterOf(3, 1_000)];
  await topic.sender.send(letters);
  expect(topic.taken).toEqual(letters);
  expect(topic.requests).toBe(4);
  expect(topic.said).toEqual([]);
});

test('of a letter that is too large the message is shortened first, then the text of its error', async () => {
  const topic = topicOf(1_000);
  await topic.sender.send([letterOf(1, 1_000)]);
  topic.bytesMax = 300;
  await topic.sender.send([letterOf(2, 100)]);
  expect(lengths(topic.taken)).toEqual([
    [250, 400],
    [0, 100],
  ]);
  expect(topic.taken.map(({ headers }) => headers!['weir.bytes'])).toEqual(['1000', '100']);
  expect(topic.said).toEqual(
    Array.from(
      { length: 2 },
      () => 'a dead letter is larger than letters takes: raise its max.message.bytes',
    ),
  );
});

test('a letter whose headers alone are too large waits, and says why, until the topic takes more', async () => {
  const topic = topicOf(50);
  let isWritten = false;
  const written = topic.sender.send([letterOf(1, 3)]).then(() => (isWritten = true));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(isWritten).toBe(false);
  // At once, and after 1, 3 and 7 s.
  expect(topic.said.slice(1)).toEqual(
    Array.from({ length: 4 }, () => expect.stringContaining('letters takes no dead letter') as string),
  );
  expect(topic.said.at(-1)).toContain('raise its max.message.bytes');
  expect(topic.requests).toBeLessThan(60);
  topic.bytesMax = 10_000;
  await vi.advanceTimersByTimeAsync(8_000);
  await written;
  expect(topic.taken).toEqual([letterOf(1, 3)]);
});

test('a letter that waits is given up when Weir stops, as not written', async () => {
  const topic = topicOf(50);
  const written = topic.sender.send([letterOf(1, 3)]);
  await vi.advanceTimersByTimeAsync(10);
  topic.sender.stop();
  await expect(written).rejects.toThrow('dead letters not written: letters takes no dead letter');
  expect(topic.taken).toEqual([]);
});

test('other failures are the producer’s to tell', async () => {
  const gone = new LetterSender({
    topic: 'letters',
    logger: { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() },
    send: () => Promise.reject(new Error('stopped')),
  });
  await expect(gone.send([letterOf(1, 3)])).rejects.toThrow('stopped');
});
