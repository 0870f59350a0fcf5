/** A process: the real engine and jobs over a source, a sink and a clock that the simulation holds in its hands. */
import { type Engine, startEngine } from '../../src/engine/engine.ts';
import type { EngineObserver } from '../../src/engine/observer.ts';
import type { TakenFlush } from '../../src/engine/partition.ts';
import type { ResumePlan } from '../../src/engine/resume.ts';
import type { LogListener, LogSource } from '../../src/sources/log-source.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { plainCodec } from '../support/plain-span.ts';
import { SMALL } from '../support/run-partition.ts';
import { type Network, Refusal, type Sender } from './network.ts';
import type { Rules } from './schedule.ts';
import type { Store } from './store.ts';
import { TABLES } from './tables.ts';
import { TOPIC, type Topic } from './topic.ts';
import type { VirtualTime } from './virtual-clock.ts';

const FLUSH_MS = 5_000;
const STOP_MS = 20_000;

export interface Surroundings {
  readonly rules: Rules;
  readonly seed: number;
  readonly topic: Topic;
  readonly store: Store;
  readonly network: Network;
  readonly time: VirtualTime;
  readonly watcher: ProcessWatcher;
}

export interface ProcessWatcher {
  opened(process: SimulatedProcess, partition: number, plan: ResumePlan): void;
  acknowledged(process: SimulatedProcess, flush: TakenFlush): void;
  /** It threw what is no refusal of the store's. */
  broke(error: Error): void;
}

/** What the source knows of a partition that was given to this process. */
interface Reading {
  position: number;
  /** The engine has said where to read. */
  isOpen: boolean;
  /** The engine still has the last batch. */
  isBusy: boolean;
}

export class SimulatedProcess implements Sender {
  isAlive = true;
  isStopping = false;
  readonly #surroundings: Surroundings;
  readonly #clock: ReturnType<VirtualTime['openClock']>;
  readonly #readings = new Map<number, Reading>();
  #listener: LogListener | undefined;
  #engine: Engine | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#clock = surroundings.time.openClock();
  }

  async start(): Promise<void> {
    const { rules, seed, topic, store, network } = this.#surroundings;
    const jobs = TABLES.map(({ job }) => job(rules, seed));
    const keys = new AttributeKeys(
      jobs.flatMap(({ operators }) => operators.flatMap(({ attributes }) => attributes)),
    );
    const { windowMs, aheadMsMax, lateMsMax } = SMALL;
    const topicOptions = {
      codec: plainCodec(topic.messages),
      slotMessages: rules.slotMessages,
      tenantOf: () => 'default',
      start: rules.start,
    };
    this.#engine = await startEngine({
      jobs,
      sources: [
        {
          source: this.#source(),
          topics: new Map([[TOPIC, topicOptions]]),
          deadLetters: store.lettersOf(this, network),
        },
      ],
      sink: store.sinkOf(this, network),
      observer: this.#observer(),
      rules: { windowMs, aheadMsMax, lateMsMax, keys: keys.keys },
      // A dictionary that is compacted all the time must not show.
      writer: { keys, dictionaryTextsMin: 4, hasLinks: true },
      lookbackSpans: rules.lookbackSpans,
      flushMs: FLUSH_MS,
      rowsHeldMax: rules.rowsHeldMax,
      fingerprint: 'f',
      newGeneration: false,
      clock: this.#clock,
      failed: (error) => this.#fail(error),
    });
  }

  /** Offset after the last message read of a partition; undefined where it is not held. */
  hiOf(partition: number): number | undefined {
    return this.#engine?.partitions().find((held) => held.partition === partition)?.hi;
  }

  isAssigned(partition: number): boolean {
    return this.#readings.has(partition);
  }

  assign(partition: number): void {
    if (this.isStopping || this.#readings.has(partition)) return;
    const reading = { position: 0, isOpen: false, isBusy: false };
    this.#readings.set(partition, reading);
    this.#listener!.assigned(TOPIC, partition).then(
      () => (reading.isOpen = true),
      (error: unknown) => this.#fail(error),
    );
  }

  lose(partition: number): void {
    if (this.#readings.delete(partition)) this.#listener!.lost(TOPIC, partition);
  }

  /** Hands on up to `messages` from where the engine is to read, or from `again` offsets before. */
  deliver(partition: number, messages: number, again: number): void {
    const reading = this.#readings.get(partition);
    if (this.isStopping || reading === undefined || !reading.isOpen || reading.isBusy) return;
    const { topic } = this.#surroundings;
    const { first, end } = topic.range(partition);
    // As after an offset that is out of range: on at the nearest there is.
    const position = Math.min(Math.max(reading.position, first), end);
    const from = Math.max(first, position - again);
    const to = Math.min(end, from + messages);
    if (from >= to) return;
    reading.position = Math.max(position, to);
    reading.isBusy = true;
    this.#listener!.messages(topic.batch(partition, from, to)).then(
      () => (reading.isBusy = false),
      (error: unknown) => this.#fail(error),
    );
  }

  flush(): void {
    this.#engine?.flush().catch(() => undefined);
  }

  stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.#engine!.stop(STOP_MS).then(
      () => this.crash(),
      () => this.crash(),
    );
  }

  /** As after kill -9: nothing it would do happens any more, but what it sent may land. */
  crash(): void {
    this.isAlive = false;
    this.#clock.kill();
    this.#surroundings.network.abandon(this);
  }

  #fail(error: unknown): void {
    if (!(error instanceof Refusal)) this.#surroundings.watcher.broke(error as Error);
    this.crash();
  }

  #source(): LogSource {
    const { topic, network } = this.#surroundings;
    return {
      start: async (listener) => void (this.#listener = listener),
      seek: (_topic, partition, offset) => {
        const reading = this.#readings.get(partition);
        if (reading !== undefined) reading.position = offset;
      },
      pause: () => undefined,
      resume: () => undefined,
      commit: () => network.tell(this, () => undefined),
      offsets: (_topic, partition) => network.ask(this, () => topic.range(partition)),
      offsetAt: async () => 0,
      stop: async () => undefined,
    };
  }

  #observer(): EngineObserver {
    const { watcher } = this.#surroundings;
    return {
      // What was under way when it died goes on to here, but nobody hears of it.
      opened: (_topic, partition, plan) => {
        if (this.isAlive) watcher.opened(this, partition, plan);
      },
      acknowledged: (flush) => watcher.acknowledged(this, flush),
      closed: () => undefined,
      traces: () => undefined,
      passedOver: () => undefined,
      read: () => undefined,
      poisoned: () => undefined,
      flushed: () => undefined,
      flushFailed: (error) => {
        if (!(error instanceof Refusal)) watcher.broke(error);
      },
      claimFailed: () => undefined,
      commitFailed: () => undefined,
    };
  }
}
