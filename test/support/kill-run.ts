/**
 * Weir over one growing log, killed again and again: by a failpoint, at a random moment, or stopped as a zombie that writes on beside its successor.
 * Between two lives what its store holds may be looked at.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FailpointName } from '../../src/failpoints.ts';
import { CHUNK_MESSAGES, type GrowingLog } from './growing-log.ts';
import { type LaunchedWeir, type RunningWeir, launchWeir, startWeir, untilTrue } from './weir-process.ts';

export interface KillRunOptions {
  readonly log: GrowingLog;
  readonly directory: string;
  /** Of a Weir with tables in this database. */
  readonly configOf: (database: string) => object;
}

/** How a life ends. */
export type End =
  | { readonly kind: 'failpoint'; readonly name: FailpointName; readonly hit: number }
  | { readonly kind: 'moment'; readonly share: number }
  /** Stopped as at a moment, continued when its successor has died. */
  | { readonly kind: 'zombie'; readonly share: number }
  /** Its embedded ClickHouse dies at a moment, and is started again; some time later it dies too. */
  | { readonly kind: 'store'; readonly share: number };

const DATABASE = 'weir';
const FREE_PORTS = { WEIR_HTTP_PORT: '0', WEIR_OTLP_HTTP_PORT: '0' };
const PORTION = 48;
/** How long a failpoint may take once it has started and the portion was sent, while some messages more come; then the kill comes instead. */
const PATIENCE_MS = 5000;
const PATIENCE_PAUSE_MS = 200;
/** Long enough for what a zombie had begun to land. */
const ZOMBIE_MS = 500;
/** While the first flushes are under way. */
const SOON_MS = 200;
/** Long enough for a ClickHouse that died to start again, and to take a flush. */
const STORE_MS = 1500;

export class KillRun {
  readonly options: KillRunOptions;
  /** Failpoints that were reached. */
  readonly reached = new Map<FailpointName, number>();
  #zombie: LaunchedWeir | undefined;
  /** From launch to screen. */
  #bootMs = 2000;

  constructor(options: KillRunOptions) {
    this.options = options;
  }

  /** Lives until `end`, while the log grows. */
  async live(end: End): Promise<void> {
    const { log } = this.options;
    const sending = log.send(PORTION, this.#bootMs / (PORTION / CHUNK_MESSAGES));
    const weir = await this.#launch(end);
    if (end.kind === 'failpoint') {
      await Promise.all([sending, started(weir)]);
      const deadlineMs = performance.now() + PATIENCE_MS;
      while (isAlive(weir) && performance.now() < deadlineMs)
        await log.send(CHUNK_MESSAGES, PATIENCE_PAUSE_MS);
      if (weir.child.signalCode === 'SIGKILL')
        this.reached.set(end.name, (this.reached.get(end.name) ?? 0) + 1);
    } else if (end.kind === 'store') {
      await started(weir);
      await sleep(end.share * SOON_MS);
      await this.#killStore();
      await sleep(STORE_MS);
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
    const { directory, configOf, log } = this.options;
    const launchedMs = performance.now();
    const weir = await startWeir(directory, [], { config: configOf(database) });
    this.#bootMs = performance.now() - launchedMs;
    try {
      await untilTrue(weir, async () => {
        const [row] = await weir.sql<{ read: number }>(`SELECT sum(hi) AS read FROM ${database}.progress`);
        return row!.read === log.length;
      });
      await this.#release();
      await look(weir);
      const { code, stderr } = await weir.end('SIGTERM');
      expect(code, stderr).toBe(0);
    } finally {
      await weir.end('SIGKILL');
    }
  }

  async close(): Promise<void> {
    await this.#release();
    await this.options.log.close();
  }

  async #launch(end: End): Promise<LaunchedWeir> {
    const { directory, configOf } = this.options;
    const failpoint = end.kind === 'failpoint' ? { WEIR_FAILPOINTS: `${end.name}@${end.hit}` } : {};
    const weir = launchWeir(directory, ['start'], {
      config: configOf(DATABASE),
      environment: { ...FREE_PORTS, ...failpoint },
    });
    if (end.kind === 'failpoint' && end.name.startsWith('stop.')) {
      await started(weir);
      weir.child.kill('SIGTERM');
    }
    return weir;
  }

  /** Kills nothing where it has not started yet, or left with an earlier Weir: another process may have its number by then. */
  async #killStore(): Promise<void> {
    const stored = join(this.options.directory, 'weir-data', 'clickhouse');
    const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
    const pid = /PID: (\d+)/.exec(await text(join(stored, 'status')))?.[1] ?? '';
    if ((await text(`/proc/${pid}/cmdline`)).includes(stored)) process.kill(Number(pid), 'SIGKILL');
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

/** It has printed its screen, or is gone. */
async function started(weir: LaunchedWeir): Promise<void> {
  while (!weir.output.stdout().includes('/readyz') && isAlive(weir)) await sleep(50);
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
