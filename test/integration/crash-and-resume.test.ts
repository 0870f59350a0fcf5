/**
 * `weir start` killed twice in the middle of a topic, started again each time: its views equal the oracle of the whole log, repeats count once, each
 * undecodable message is kept and counted, and SIGTERM leaves nothing unread behind.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLetters } from '../support/dead-letters.ts';
import { samplesOf, parseExposition } from '../support/exposition.ts';
import { kafkaSkipReason, sharedKafka, type TestKafka } from '../support/kafka.ts';
import { sdkEncoded } from '../support/plain-messages.ts';
import type { PlainMessage } from '../support/plain-span.ts';
import { expectedRed, expectRed, redOf } from '../support/public-views.ts';
import { sdkMessages } from '../support/real-sdk.ts';
import { type RunningWeir, startWeir, untilTrue, workDirectory } from '../support/weir-process.ts';

const TOPIC = 'crashes';
const LETTERS = 'crashes-dead-letters';
const PARTITIONS = 2;
const RULES = { slotMessages: 60, lookbackSpans: 2000 };
const KINDS_OF_POISON = [
  { reason: 'truncated', value: Buffer.from('{"resourceSpans":[{"scopeSpans":') },
  { reason: 'unknown_encoding', value: Buffer.from('no spans at all') },
];

interface Stored extends PlainMessage {
  readonly value: Uint8Array;
  readonly reason?: string;
}

const reason = kafkaSkipReason(['4.3.1']);
const title = `a killed process${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let kafka: TestKafka;
  let weir: RunningWeir;
  let directory: Awaited<ReturnType<typeof workDirectory>>;
  const logs: Stored[][] = Array.from({ length: PARTITIONS }, () => []);

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    weir = await startWeir(directory.path, [], { config: configOf(kafka), environment });
  };
  const readOf = async (): Promise<number> => {
    const [row] = await weir.sql<{ read: number }>('SELECT sum(hi) AS read FROM weir.progress');
    return row!.read;
  };
  const total = (): number => logs.reduce((sum, log) => sum + log.length, 0);
  /** Sends in small portions, and goes on while Weir reads. */
  const send = async (messages: readonly Stored[]): Promise<void> => {
    const producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (let at = 0; at < messages.length; at += 40) {
      const portion = messages.slice(at, at + 40).map((message, i) => ({
        message,
        partition: (at + i) % PARTITIONS,
      }));
      await producer.send({
        topic: TOPIC,
        messages: portion.map(({ message: { value, recordMs }, partition }) => ({
          value: Buffer.from(value),
          timestamp: String(recordMs),
          partition,
        })),
      });
      for (const { message, partition } of portion) logs[partition]!.push(message);
    }
    await producer.disconnect();
  };
  /** Kills in the middle of reading: once something is durable and not all of it. */
  const killMidway = async (durable: number): Promise<void> => {
    await untilTrue(weir, async () => (await readOf()) >= durable);
    expect((await weir.end('SIGKILL')).code).toBe('SIGKILL');
  };

  beforeAll(async () => {
    kafka = await sharedKafka('4.3.1');
    directory = await workDirectory();
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
    const [first, second, third] = portions();
    await start();
    const sending = send(first!);
    await killMidway(50);
    await sending;
    await start();
    const sendingMore = send(second!);
    await killMidway(first!.length + 50);
    await sendingMore;
    await start();
    await send(third!);
    await untilTrue(weir, async () => (await readOf()) === total());
  });

  afterAll(async () => {
    await weir.end('SIGKILL');
    await directory.remove();
  });

  it('is missed by nobody: the view is the oracle of the whole log, in one generation', async () => {
    expectRed(await redOf(weir, 'default'), expectedRed(logs, RULES));
    const progress = await weir.sql(
      'SELECT partition, generation, origin, hi FROM weir.progress ORDER BY ALL',
    );
    expect(progress).toEqual(
      logs.map((log, partition) => ({ partition, generation: 1, origin: 0, hi: log.length })),
    );
  });

  it('keeps every undecodable message with its origin', async () => {
    const letters = await readLetters(kafka, LETTERS, poisonOf(logs).length);
    // A crash between writing a letter and claiming its offset writes it again, under the same key.
    const byKey = new Map(letters.map((letter) => [letter.key, letter]));
    const expected = poisonOf(logs).map(({ partition, offset, message }) => ({
      key: `${TOPIC}/1/${partition}/${offset}`,
      value: Buffer.from(message.value).toString(),
      headers: {
        'weir.topic': TOPIC,
        'weir.partition': String(partition),
        'weir.offset': String(offset),
        'weir.timestamp': String(message.recordMs),
        'weir.reason': message.reason,
        'weir.error': expect.any(String) as string,
      },
    }));
    const byOrigin = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
    expect([...byKey.values()].sort(byOrigin)).toEqual(expected.sort(byOrigin));
  });

  it('then counts each new one once, by reason, and keeps it once', async () => {
    const before = await poisonCounts(weir);
    const letters = (await readLetters(kafka, LETTERS, 0)).length;
    await send([...KINDS_OF_POISON, ...KINDS_OF_POISON, KINDS_OF_POISON[0]!].map(poison));
    await untilTrue(weir, async () => (await readOf()) === total());
    const after = await poisonCounts(weir);
    expect(after.get('truncated')! - (before.get('truncated') ?? 0)).toBe(3);
    expect(after.get('unknown_encoding')! - (before.get('unknown_encoding') ?? 0)).toBe(2);
    expect(await readLetters(kafka, LETTERS, 0)).toHaveLength(letters + 5);
  });

  it('counts repeats once and says so', async () => {
    const exposition = parseExposition(await (await weir.get('/metrics')).text());
    const [duplicates] = samplesOf(exposition, 'weir_duplicate_spans_total');
    expect(duplicates!.value).toBeGreaterThan(0);
  });

  it('makes all it read durable on SIGTERM, and exits 0', async () => {
    expect((await weir.end('SIGTERM')).code).toBe(0);
    await start({ WEIR_ENGINE_FLUSH_MS: '600000' });
    const unflushed = portions()[0]!.slice(0, 80);
    const durable = total();
    // The slot of the first message not durable, and two slots before it, are read again.
    const before = logs.reduce(
      (sum, log) => sum + Math.max(0, slotOf(log.length) - 2 * RULES.slotMessages),
      0,
    );
    await send(unflushed);
    await untilTrue(weir, async () => (await messagesRead(weir)) === total() - before);
    expect(await readOf()).toBe(durable);
    const { code, stderr } = await weir.end('SIGTERM');
    expect(code, stderr).toBe(0);

    await start({ WEIR_ENGINE_FLUSH_MS: '600000' });
    expect(await readOf()).toBe(durable + unflushed.length);
    expectRed(await redOf(weir, 'default'), expectedRed(logs, RULES));
  });
});

function configOf(kafka: TestKafka): object {
  return {
    kafka: {
      brokers: kafka.brokers,
      // Without a group, so that no new process waits until the group has given up the killed one.
      topics: [{ name: TOPIC, encoding: 'auto', slotMessages: RULES.slotMessages, partitions: [0, 1] }],
      deadLetterTopic: LETTERS,
    },
    otlpHttp: { enabled: false },
    engine: { flushMs: 100, lookbackSpans: RULES.lookbackSpans },
  };
}

/** Messages to send in three goes: each has some twice, near and far, and some that nobody can decode. */
function portions(): readonly (readonly Stored[])[] {
  const recordMs = Date.now();
  const startMs = recordMs - 300_000;
  return [21, 22, 23].map((seed) => {
    const sdk = sdkMessages({ seed, messages: 300, spansPerMessage: 4, startMs, spreadMs: 200_000 });
    const messages: Stored[] = sdkEncoded(sdk, 'otlp_proto', []).map((message) => ({ ...message, recordMs }));
    return messages.flatMap((message, at) => {
      if (at % 25 === 7) return [message, message];
      if (at % 25 === 12) return [poison(KINDS_OF_POISON[at % 2]!), message];
      if (at % 25 === 20) return [message, messages[at - 10]!];
      return [message];
    });
  });
}

function poison({ reason, value }: { readonly reason: string; readonly value: Uint8Array }): Stored {
  return { value, reason, spans: undefined, recordMs: Date.now() };
}

function poisonOf(
  logs: readonly (readonly Stored[])[],
): { readonly partition: number; readonly offset: number; readonly message: Stored }[] {
  return logs.flatMap((log, partition) =>
    log.flatMap((message, offset) => (message.reason === undefined ? [] : [{ partition, offset, message }])),
  );
}

async function poisonCounts(weir: RunningWeir): Promise<Map<string, number>> {
  const exposition = parseExposition(await (await weir.get('/metrics')).text());
  const samples = samplesOf(exposition, 'weir_poison_messages_total', { topic: TOPIC });
  return new Map(samples.map(({ labels, value }) => [labels['reason']!, value]));
}

async function messagesRead(weir: RunningWeir): Promise<number> {
  const exposition = parseExposition(await (await weir.get('/metrics')).text());
  return samplesOf(exposition, 'weir_messages_total', { topic: TOPIC })[0]?.value ?? 0;
}

function slotOf(offset: number): number {
  return offset - (offset % RULES.slotMessages);
}
