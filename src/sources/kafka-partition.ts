/**
 * One partition on its way from fetches to the listener. In: fetched record batches. Out: message runs in offset order, one `messages` call at a time.
 * It knows the one offset it wants next and drops every fetch that began elsewhere, so a stale seek, a rebalance or a second fetcher cannot lose,
 * repeat or disorder messages. A listener that takes long pauses the partition in Kafka; nothing here ever blocks the other partitions.
 */
import type { KafkaLogger } from './kafka-client.ts';
import { type FetchedRecords, messagesIn, nothingFetched } from './kafka-fetch.ts';
import type { LogListener, OffsetRange } from './log-source.ts';

/** What a partition asks of the consumer it is fetched by. */
export interface PartitionControl {
  seek(topic: string, partition: number, offset: number): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /** The listener threw, which it must not. */
  failed(error: Error): void;
}

export interface PartitionOptions {
  readonly topic: string;
  readonly partition: number;
  readonly listener: LogListener;
  readonly control: PartitionControl;
  readonly logger: KafkaLogger;
  readonly tenantHeader?: string | undefined;
  /** How long one fetch may wait for the listener before the partition is paused in Kafka. */
  readonly patienceMs?: number;
}

/** One fetch is delivered while the next one waits. */
const QUEUE_MAX = 2;

export class KafkaPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where the next fetch must begin. Undefined until the first seek. */
  position: number | undefined = undefined;
  /** When Kafka last answered for this partition, or its state last changed, by `performance.now()`: the wall clock may jump. */
  answeredAtMs = 0;

  readonly #options: PartitionOptions;
  readonly #queue: FetchedRecords[] = [];
  #endOffset = 0;
  /** Offset after what the listener has taken. */
  #takenTo = 0;
  #epoch = 0;
  #isOpen = false;
  #isHeld = false;
  #isStalled = false;
  #isDelivering = false;
  #wake: (() => void)[] = [];

  constructor(options: PartitionOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.#options = options;
  }

  /** Should Kafka be fetching? */
  get isFetching(): boolean {
    return this.#isOpen && !this.#isHeld && !this.#isStalled;
  }

  /** The listener has said where to start. */
  open(): void {
    if (this.position === undefined)
      throw new Error(`BUG: ${this.topic}/${this.partition} was assigned, but nothing was sought`);
    this.#isOpen = true;
    this.attach();
  }

  /** Not ours any more. A message call still running ends into nothing. */
  close(): void {
    this.#isOpen = false;
    this.#restart();
  }

  /** Tells a consumer that joined anew all it must know: pauses and positions of an older membership are worth nothing. */
  attach(): void {
    if (this.position !== undefined) this.#options.control.seek(this.topic, this.partition, this.position);
    this.#applyFetching();
  }

  seek(offset: number): void {
    this.#restart();
    this.position = offset;
    this.#takenTo = offset;
    if (this.#isOpen) this.attach();
  }

  /**
   * What was to be read next is gone: goes on at the nearest offset there is, without passing over what was fetched and not taken yet. Where the log ends
   * before what was read, the listener hears of that at once: the log may grow again.
   */
  recover({ first, end }: OffsetRange): void {
    const offset = Math.max(first, Math.min(this.#takenTo, end));
    const isShorter = end < this.position!;
    this.seek(offset);
    if (!isShorter) return;
    this.#queue.push(nothingFetched(offset, end));
    void this.#deliver();
  }

  hold(): void {
    this.#isHeld = true;
    this.#applyFetching();
  }

  release(): void {
    this.#isHeld = false;
    this.#applyFetching();
    this.#wakeAll();
  }

  /**
   * Takes one fetch in; `resolve` hears at once where the next begins. Resolves when that may come, or when waiting has lasted long enough to pause the
   * partition instead.
   */
  async accept(fetched: FetchedRecords, resolve: (position: number) => void): Promise<void> {
    this.answeredAtMs = performance.now();
    if (!this.#isNext(fetched)) {
      fetched.release();
      return;
    }
    this.position = fetched.nextOffset!;
    resolve(this.position);
    this.#queue.push(fetched);
    void this.#deliver();
    await this.#waitForRoom();
  }

  /** Whether a fetch has what comes next. One that began elsewhere is asked for again. */
  #isNext({ fetchedOffset, nextOffset, endOffset }: FetchedRecords): boolean {
    if (!this.#isOpen || this.position === undefined) return false;
    if (fetchedOffset !== this.position) {
      this.#options.control.seek(this.topic, this.partition, this.position);
      return false;
    }
    this.#endOffset = endOffset;
    return nextOffset !== undefined && nextOffset > this.position;
  }

  async #waitForRoom(): Promise<void> {
    const epoch = this.#epoch;
    const untilMs = performance.now() + (this.#options.patienceMs ?? 500);
    while (this.#queue.length >= QUEUE_MAX && epoch === this.#epoch) {
      const leftMs = untilMs - performance.now();
      if (leftMs > 0) {
        await this.#woken(leftMs);
        continue;
      }
      this.#isStalled = true;
      this.#ownBytes();
      this.#applyFetching();
      return;
    }
  }

  /** A slice keeps the whole answer of the broker alive, other partitions' share included: one that has to wait is copied out. */
  #ownBytes(): void {
    this.#queue.forEach((fetched, index) => {
      if (index === 0) return;
      this.#queue[index] = { ...fetched, bytes: Buffer.from(fetched.bytes), release: () => undefined };
      fetched.release();
    });
  }

  async #deliver(): Promise<void> {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let fetched = this.#queue[0]; fetched !== undefined; fetched = this.#queue[0]) {
        const epoch = this.#epoch;
        await this.#deliverOne(fetched, epoch);
        fetched.release();
        if (epoch !== this.#epoch) continue;
        this.#queue.shift();
        if (this.#isStalled) {
          this.#isStalled = false;
          this.#applyFetching();
        }
        this.#wakeAll();
      }
    } catch (error) {
      this.#options.control.failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#isDelivering = false;
    }
  }

  async #deliverOne(fetched: FetchedRecords, epoch: number): Promise<void> {
    const { topic, partition } = this;
    const { listener, tenantHeader, logger } = this.#options;
    for (const run of messagesIn(fetched, tenantHeader)) {
      while (this.#isHeld && epoch === this.#epoch) await this.#woken();
      if (epoch !== this.#epoch) return;
      for (const { offset, nextOffset, reason, error } of run.unreadable ?? []) {
        logger.error(
          { topic, partition, offset, nextOffset, reason, error },
          'messages lost: a record batch cannot be read',
        );
      }
      const endOffset = fetched.isOutOfRange ? fetched.endOffset : Math.max(this.#endOffset, run.nextOffset);
      await listener.messages({ topic, partition, endOffset, ...run });
      if (epoch !== this.#epoch) return;
      this.#takenTo = run.nextOffset;
    }
  }

  #restart(): void {
    this.#epoch++;
    this.#queue.length = 0;
    this.#isStalled = false;
    this.#wakeAll();
  }

  #applyFetching(): void {
    this.answeredAtMs = performance.now();
    const { control } = this.#options;
    if (this.isFetching) control.resume(this.topic, this.partition);
    else control.pause(this.topic, this.partition);
  }

  /** Resolves when something changed, or after a while. */
  #woken(waitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
