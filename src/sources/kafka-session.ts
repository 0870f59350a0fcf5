/**
 * One kafkajs consumer from its first join to its end. In: topics and an assignment. Out: who owns what, each fetch as bytes, and one word when it is
 * over; it never restarts itself. After its end every call is without effect, so an old session cannot touch a new one's partitions.
 */
import { randomUUID } from 'node:crypto';
import {
  AssignerProtocol,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type PartitionAssigner,
} from 'kafkajs';
import { fetchedRecords, type FetchedRecords } from './kafka-fetch.ts';

/** Shared among the group's members, or exactly these partitions, with no group's help. */
export type KafkaAssign = 'group' | Readonly<Record<string, readonly number[]>>;

export type Assignment = Readonly<Record<string, readonly number[]>>;

export interface SessionOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly assign: KafkaAssign;
  /** All partitions this session now owns. Called before any of them is fetched. */
  readonly joined: (assignment: Assignment) => void;
  readonly fetched: (
    topic: string,
    partition: number,
    records: FetchedRecords,
    resolve: (position: number) => void,
  ) => Promise<void>;
  /** Called once at most, never for a close. */
  readonly ended: (error: Error) => void;
}

export interface Session {
  /** Resolves when joined; rejects when that failed, and the session is over then. */
  run(): Promise<void>;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  seek(topic: string, partition: number, offset: number): void;
  commit(
    positions: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
  ): Promise<void>;
  close(): Promise<void>;
}

/** Pinned in memory by a partition that waits: small, since another 64 MiB may come out of each compressed one. */
const FETCH_BYTES_MAX = 4 * 2 ** 20;
const PARTITION_FETCH_BYTES_MAX = 2 ** 20;
/** Also how long a partition may wait to be fetched again when all were paused. */
const FETCH_WAIT_MS = 250;
/** Handlers wait for their listener, so that many partitions of one fetch can. */
const HANDLERS_MAX = 128;
/** How long a group waits for a member that died without a word; no handler of ours holds its heartbeats up for longer than a second. */
const MEMBER_WAIT_MS = 15_000;
const CLOSE_WAIT_MS = 10_000;

export function createSession(options: SessionOptions): Session {
  const { kafka, assign } = options;
  const consumer = kafka.consumer({
    // A group of its own has no other members to wait for, and none left over from a run that was killed.
    groupId: assign === 'group' ? options.groupId : `${options.groupId}-static-${randomUUID()}`,
    ...(assign === 'group' ? {} : { partitionAssigners: [staticAssigner(assign)] }),
    sessionTimeout: MEMBER_WAIT_MS,
    heartbeatInterval: 3_000,
    maxBytes: FETCH_BYTES_MAX,
    maxBytesPerPartition: PARTITION_FETCH_BYTES_MAX,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    allowAutoTopicCreation: false,
    // Partitions that were added are found within this.
    metadataMaxAge: 20_000,
    retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
  });
  const state: SessionState = { isOver: false, isJoined: false };
  consumer.on('consumer.group_join', ({ payload }) => {
    if (!state.isOver) options.joined(payload.memberAssignment);
  });
  consumer.on('consumer.crash', ({ payload }) => {
    if (state.isOver) return;
    state.isOver = true;
    state.error = payload.error;
    if (state.isJoined) options.ended(payload.error);
  });
  return { run: () => runConsumer(consumer, options, state), ...controlOf(consumer, state) };
}

interface SessionState {
  isOver: boolean;
  isJoined: boolean;
  error?: Error;
}

async function runConsumer(consumer: Consumer, options: SessionOptions, state: SessionState): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [...options.topics] });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: HANDLERS_MAX,
    eachBatch: (payload) => (state.isOver ? Promise.resolve() : handOn(payload, options)),
  });
  // A join that failed is told as a crash, not thrown.
  if (state.error !== undefined) throw state.error;
  state.isJoined = true;
}

async function handOn(payload: EachBatchPayload, options: SessionOptions): Promise<void> {
  const { batch } = payload;
  await options.fetched(batch.topic, batch.partition, fetchedRecords(batch), (position) => {
    payload.resolveOffset(String(position - 1));
  });
}

function controlOf(consumer: Consumer, state: SessionState): Omit<Session, 'run'> {
  const unlessOver = (act: () => void): void => {
    if (!state.isOver) act();
  };
  return {
    pause: (topic, partition) => {
      unlessOver(() => {
        consumer.pause([{ topic, partitions: [partition] }]);
      });
    },
    resume: (topic, partition) => {
      unlessOver(() => {
        consumer.resume([{ topic, partitions: [partition] }]);
      });
    },
    seek: (topic, partition, offset) => {
      unlessOver(() => {
        consumer.seek({ topic, partition, offset: String(offset) });
      });
    },
    commit: async (positions) => {
      if (state.isOver || positions.length === 0) return;
      await consumer.commitOffsets(
        positions.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
      );
    },
    close: async () => {
      state.isOver = true;
      // A consumer that hangs is left behind: it is deaf already.
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WAIT_MS)));
      await Promise.race([consumer.disconnect().catch(() => undefined), patience]);
      clearTimeout(timer);
    },
  };
}

/** Gives every member exactly the partitions asked for; each such group has one member. */
function staticAssigner(assignment: Assignment): PartitionAssigner {
  const name = 'weir-static';
  const wanted: Record<string, number[]> = Object.fromEntries(
    Object.entries(assignment).map(([topic, partitions]) => [topic, [...partitions]]),
  );
  const userData = Buffer.alloc(0);
  return () => ({
    name,
    version: 0,
    assign: ({ members }) =>
      Promise.resolve(
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 0,
            assignment: wanted,
            userData,
          }),
        })),
      ),
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData }),
    }),
  });
}
