/**
 * Weir over one growing log, killed again and again: by a failpoint, at a random moment, or stopped as a zombie that writes on beside its successor.
 * Between two lives what its store holds may be looked at.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { expect } from 'vitest';
import type { FailpointName } from '../../src/failpoints.ts';
import type { TestKafka } from './kafka.ts';
import { type StoredMessage, unrulyMessages } from './unruly-log.ts';
import { type LaunchedWeir, type RunningWeir, launchWeir, startWeir, untilTrue } from './weir-process.ts';

export interface KillRunOptions {
  readonly kafka: TestKafka;
  readonly topic: string;
  readonly partitions: number;
  readonly directory: string;
  /** Of a Weir with tables in this database. */
  readonly configOf: (database: string) => object;
  readonly seed: number;
}

/** How a life ends. */
export type End =
  | { readonly kind: 'failpoint'; readonly name: FailpointName; readonly hit: number }
  | { readonly kind: 'moment'; readonly share: number }
  /** Stopped as at a moment, continued when its successor has died. */
  | { readonly kind: 'zombie'; readonly share: number };

const DATABASE = 'weir';
const FREE_PORTS = { WEIR_HTTP_PORT: '0', WEIR_OTLP_HTTP_PORT: '0' };
const PORTION = 48;
const CHUNK = 8;
/** How long a failpoint may take after the portion was sent, while some messages more come; then the kill comes at that moment instead. */
const PATIENCE_MS = 5000;
const PATIENCE_PAUSE_MS = 200;
/** Long enough for what a zombie had begun to land. */
const ZOMBIE_MS = 500;

export class KillRun {
  readonly options: KillRunOptions;
  /** What was sent, by partition. */
  readonly logs: readonly StoredMessage[][];
  /** Failpoints that were reached. */
  readonly reached = new Map<FailpointName, number>();
  readonly #messages: readonly Generator<StoredMessage, never, void>[];
  #producer: Producer | undefined;
  #zombie: LaunchedWeir | undefined;
  /** From launch to screen. */
  #bootMs = 2000;

  constructor(options: KillRunOptions) {
    this.options = options;
    this.logs = Array.from({ length: options.partitions }, () => []);
    this.#messages = this.logs.map((_, partition) => unrulyMessages(options.seed + partition));
  }

  get messages(): number {
    return this.logs.reduce((sum, log) => sum + log.length, 0);
  }

  /** Lives until `end`, while the log grows. */
  async live(end: End): Promise<void> {
    const sending = this.send(PORTION, this.#bootMs / (PORTION / CHUNK));
    const weir = await this.#launch(end);
    if (end.kind === 'failpoint') {
      await sending;
      const deadlineMs = performance.now() + PATIENCE_MS;
      while (isAlive(weir) && performance.now() < deadlineMs) await this.send(CHUNK, PATIENCE_PAUSE_MS);
      if (weir.child.signalCode === 'SIGKILL')
        this.reached.set(end.name, (this.reached.get(end.name) ?? 0) + 1);
    } else await sleep(end.share * this.#bootMs);
    await this.#release();
    if (end.kind === 'zombie') {
      weir.child.kill('SIGSTOP');
      this.#zombie = weir;
    } else await kill(weir);
    await sending;
  }

  /** A life without an end of its own: it reads everything, is looked at, and ends when told. */
  async settle(look: (weir: RunningWeir) => Promise<void>, database = DATABASE): Promise<void> {
    const { directory, configOf } = this.options;
    const launchedMs = performance.now();
    const weir = await startWeir(directory, [], { config: configOf(database) });
    this.#bootMs = performance.now() - launchedMs;
    await untilTrue(weir, async () => {
      const [row] = await weir.sql<{ read: number }>(`SELECT sum(hi) AS read FROM ${database}.progress`);
      return row!.read === this.messages;
    });
    await this.#release();
    await look(weir);
    const { code, stderr } = await weir.end('SIGTERM');
    expect(code, stderr).toBe(0);
  }

  /** Appends messages to the log, some at a time. */
  async send(messages: number, pauseMs: number): Promise<void> {
    const { kafka, topic, partitions } = this.options;
    if (this.#producer === undefined) {
      this.#producer = kafka.client.producer({ idempotent: true, maxInFlightRequests: 1 });
      await this.#producer.connect();
    }
    for (let sent = 0; sent < messages; sent += CHUNK) {
      const partition = (this.messages / CHUNK) % partitions;
      const chunk = Array.from({ length: CHUNK }, () => this.#messages[partition]!.next().value);
      await this.#producer.send({
        topic,
        messages: chunk.map(({ value, recordMs }) => ({
          value: Buffer.from(value),
          timestamp: String(recordMs),
          partition,
        })),
      });
      this.logs[partition]!.push(...chunk);
      await sleep(pauseMs);
    }
  }

  async close(): Promise<void> {
    await this.#release();
    await this.#producer?.disconnect();
  }

  async #launch(end: End): Promise<LaunchedWeir> {
    const { directory, configOf } = this.options;
    const failpoint = end.kind === 'failpoint' ? { WEIR_FAILPOINTS: `${end.name}@${end.hit}` } : {};
    const weir = launchWeir(directory, ['start'], {
      config: configOf(DATABASE),
      environment: { ...FREE_PORTS, ...failpoint },
    });
    if (end.kind === 'failpoint' && end.name.startsWith('stop.')) {
      while (!weir.output.stdout().includes('/readyz') && isAlive(weir)) await sleep(50);
      weir.child.kill('SIGTERM');
    }
    return weir;
  }

  /** A zombie wakes, does what it was about to do, and dies. */
  async #release(): Promise<void> {
    const zombie = this.#zombie;
    if (zombie === undefined) return;
    this.#zombie = undefined;
    zombie.child.kill('SIGCONT');
    await sleep(ZOMBIE_MS);
    await kill(zombie);
  }
}

function isAlive({ child }: LaunchedWeir): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Nothing but a kill may end a life. */
async function kill(weir: LaunchedWeir): Promise<void> {
  weir.child.kill('SIGKILL');
  const { code, stderr } = await weir.ended;
  expect(code, stderr).toBe('SIGKILL');
}
