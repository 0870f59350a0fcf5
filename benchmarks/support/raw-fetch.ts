/**
 * Kafka's Fetch over a socket of our own: one request after the other, answers received into one buffer that is used again, the records walked as Weir
 * walks them. No group, no retries, one broker. What a client behind LogSource could at best cost.
 */
import { connect, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import { nextOffsetOf, readMessages } from '../../src/sources/kafka-records.ts';
import type { FilledTopic } from './bench-topic.ts';

interface RequestOptions {
  readonly replicaId: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly object[];
}

interface Encoded {
  readonly buffer: Buffer;
}

const require = createRequire(import.meta.url);
const fetchRequest = require('kafkajs/src/protocol/requests/fetch/v11/request.js') as (
  options: RequestOptions,
) => object;
const encode = require('kafkajs/src/protocol/request.js') as (options: object) => Promise<Encoded>;

/** As Weir's own session asks. */
const FETCH_BYTES_MAX = 4 * 2 ** 20;
const PARTITION_FETCH_BYTES_MAX = 2 ** 20;
const ANSWER_BYTES_MAX = 8 * 2 ** 20;
/** Of an answer about one partition, what stands before its name and behind it, and the length of its records. */
const BEFORE_NAME = 4 + 2 + 4 + 4;
const BEHIND_NAME = 4 + 4 + 2 + 8 + 8 + 8;
const BEHIND_ABORTED = 4;

/** Reads partition 0 of a topic from its start to its end. */
export async function rawFetch(
  broker: string,
  { name, messages }: FilledTopic,
  seen: (messages: number) => void,
): Promise<void> {
  const [host, port] = broker.split(':');
  const answers = new Answers(host!, Number(port));
  let offset = 0;
  while (offset < messages) {
    const answer = await answers.ask(await requestOf(name, offset));
    const records = recordsOf(answer, name);
    for (const { length } of readMessages(records, { fromOffset: offset, aborted: [] })) seen(length);
    offset = nextOffsetOf(records) ?? offset;
  }
  answers.end();
}

async function requestOf(topic: string, fetchOffset: number): Promise<Buffer> {
  const request = fetchRequest({
    replicaId: -1,
    maxWaitTime: 250,
    minBytes: 1,
    maxBytes: FETCH_BYTES_MAX,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset, maxBytes: PARTITION_FETCH_BYTES_MAX }] }],
  });
  return (await encode({ correlationId: 1, clientId: 'bench', request })).buffer;
}

function recordsOf(answer: Buffer, topic: string): Buffer {
  const aborted = BEFORE_NAME + 2 + Buffer.byteLength(topic) + BEHIND_NAME;
  const at = aborted + 4 + Math.max(0, answer.readInt32BE(aborted)) * 16 + BEHIND_ABORTED;
  return answer.subarray(at + 4, at + 4 + Math.max(0, answer.readInt32BE(at)));
}

/** One answer at a time, its length in front. */
class Answers {
  readonly #socket: Socket;
  readonly #answer = Buffer.allocUnsafe(ANSWER_BYTES_MAX);
  #length = 0;
  #resolve: (answer: Buffer) => void = () => undefined;

  constructor(host: string, port: number) {
    const buffer = Buffer.allocUnsafe(2 ** 16);
    this.#socket = connect({
      host,
      port,
      onread: {
        buffer,
        callback: (length) => {
          this.#take(buffer.subarray(0, length));
          return true;
        },
      },
    });
  }

  ask(request: Buffer): Promise<Buffer> {
    this.#length = 0;
    this.#socket.write(request);
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#answer.set(bytes, this.#length);
    this.#length += bytes.length;
    if (this.#length < 4) return;
    const end = 4 + this.#answer.readInt32BE(0);
    // The correlation id is left out too.
    if (this.#length === end) this.#resolve(this.#answer.subarray(8, end));
  }
}
