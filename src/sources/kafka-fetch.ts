/**
 * Takes record batches out of kafkajs as bytes. kafkajs makes an object, two strings and several closures per record and decompresses without a limit;
 * here its decoder of Fetch responses (version 11, every broker since Kafka 2.3) is replaced by one that hands each partition's bytes through in a
 * single stand-in message. That also passes control records and rolled-back transactions as positions, answers "nothing new" visibly, and turns
 * OFFSET_OUT_OF_RANGE into data, which kafkajs would answer by committing a default offset. Holds for kafkajs 2.2.4 alone, which `package.json` pins.
 */
import { createRequire } from 'node:module';
import type { EachBatchPayload } from 'kafkajs';
import { AnswerReaders } from './kafka-answers.ts';
import { nextOffsetOf, readMessages, type AbortedTransaction, type MessageRun } from './kafka-records.ts';
import { answerBuffers, installAnswers } from './kafka-socket.ts';

/** One partition's part of one answer. */
export interface FetchedRecords {
  /** What the broker was asked for. */
  readonly fetchedOffset: number;
  readonly bytes: Buffer;
  /** Offset after the last whole record batch in `bytes`; undefined where there is none. */
  readonly nextOffset: number | undefined;
  readonly endOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** The broker no longer has, or does not yet have, the offset asked for. */
  readonly isOutOfRange: boolean;
  /** To be called when nobody will look at `bytes` again: they may be overwritten then. */
  readonly release: () => void;
}

const KAFKAJS_VERSION = '2.2.4';
const OFFSET_OUT_OF_RANGE = 1;
/** Above every fetch offset, so kafkajs always hands the stand-in on. */
const STAND_IN_OFFSET = '9223372036854775807';

type Answer = Omit<FetchedRecords, 'fetchedOffset'>;

/** Must run before the first fetch. Replaces the decoder, and what kafkajs does with answers, for the whole process: its kafkajs consumers are all Weir's. */
export function installFetchDecoder(): void {
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KAFKAJS_VERSION) {
    throw new Error(
      `kafkajs is ${version}, but Weir replaces its decoder and knows ${KAFKAJS_VERSION} only: run npm ci`,
    );
  }
  const response = require('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
    decode: typeof decodeFetch;
  };
  if (response.decode === decodeFetch) return;
  response.decode = decodeFetch;
  installAnswers();
}

/** The records in a batch that kafkajs hands over. */
export function fetchedRecords(batch: EachBatchPayload['batch']): FetchedRecords {
  const message = batch.messages[0] as { readonly answer?: Answer } | undefined;
  if (message?.answer === undefined)
    throw new Error('the broker is older than Kafka 2.3, which Weir does not read: upgrade it');
  const { fetchedOffset } = batch as unknown as { fetchedOffset: string };
  return { ...message.answer, fetchedOffset: Number(fetchedOffset) };
}

/** Stands for an answer without records, where a log has come to end before what was read of it. */
export function nothingFetched(offset: number, endOffset: number): FetchedRecords {
  const nothing = { bytes: Buffer.alloc(0), aborted: [], release: () => undefined };
  return { ...nothing, fetchedOffset: offset, nextOffset: offset, endOffset, isOutOfRange: true };
}

/** What was fetched, run by run: where that is nothing, one without a message. */
export function messagesIn(
  { bytes, fetchedOffset, aborted, isOutOfRange }: FetchedRecords,
  tenantHeader: string | undefined,
): Iterable<MessageRun> {
  if (!isOutOfRange) return readMessages(bytes, { fromOffset: fetchedOffset, aborted, tenantHeader });
  const none = new Float64Array(0);
  return [{ length: 0, offsets: none, timestampsMs: none, values: [], nextOffset: fetchedOffset }];
}

interface PartitionResponse {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly never[];
  readonly preferredReadReplica: number;
  readonly messages: readonly object[];
}

interface FetchResponse {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly PartitionResponse[];
  }[];
}

function decodeFetch(bytes: Buffer): Promise<FetchResponse> {
  const reader = new ResponseReader(bytes);
  const readers = new AnswerReaders(answerBuffers, bytes);
  const decoded = readers.add();
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const responses = reader.array(() => ({
    topicName: reader.string(),
    partitions: reader.array(() => readPartition(reader, readers)),
  }));
  decoded();
  return Promise.resolve({ throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses });
}

function readPartition(reader: ResponseReader, readers: AnswerReaders): PartitionResponse {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  reader.int64(); // last stable offset
  reader.int64(); // log start offset
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: Number(reader.int64()) }));
  const preferredReadReplica = reader.int32();
  const records = reader.bytes();
  const isOutOfRange = errorCode === OFFSET_OUT_OF_RANGE;
  const isAnswered = errorCode === 0 || isOutOfRange;
  const answer: Answer | undefined = isAnswered
    ? {
        bytes: records,
        nextOffset: nextOffsetOf(records),
        endOffset: Number(highWatermark),
        aborted,
        isOutOfRange,
        release: readers.add(),
      }
    : undefined;
  return {
    partition,
    errorCode: isOutOfRange ? 0 : errorCode,
    highWatermark: highWatermark.toString(),
    abortedTransactions: [],
    preferredReadReplica,
    messages: answer === undefined ? [] : [{ offset: STAND_IN_OFFSET, isControlRecord: false, answer }],
  };
}

/** Kafka's primitive types. The broker is trusted with the envelope, so a length that is wrong throws and the fetch is tried again. */
class ResponseReader {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  int16(): number {
    return this.buffer.readInt16BE((this.at += 2) - 2);
  }

  int32(): number {
    return this.buffer.readInt32BE((this.at += 4) - 4);
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE((this.at += 8) - 8);
  }

  string(): string {
    const length = this.int16();
    return this.buffer.toString('utf8', this.at, (this.at += Math.max(0, length)));
  }

  bytes(): Buffer {
    const length = this.int32();
    return this.buffer.subarray(this.at, (this.at += Math.max(0, length)));
  }

  array<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(read());
    return items;
  }
}
