/** One Weir after another over a growing log, with what befalls them, and what was measured of them meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseExposition, samplesOf } from './exposition.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { CHUNK_MESSAGES, type GrowingLog } from './growing-log.ts';
import { joinAndLeave } from './group-guest.ts';
import type { OwnKafka } from './kafka.ts';
import { configFor } from './read-log.ts';
import { slopeOf } from './slope.ts';
import { type RunningWeir, startWeir } from './weir-process.ts';

export const SOAK_FAULTS = [
  'kill -9',
  'line fails',
  'line cut',
  'broker restart',
  'rebalance',
  'freeze',
] as const;
export type SoakFault = (typeof SOAK_FAULTS)[number];

export interface SoakOptions {
  readonly kafka: OwnKafka;
  readonly log: GrowingLog;
  readonly proxy: FaultProxy;
  readonly directory: string;
}

interface Sample {
  readonly atMs: number;
  readonly rssMiB: number;
}

const MIB = 2 ** 20;
const SAMPLE_MS = 1000;
const SEND_PAUSE_MS = 50;
/** How long a fault that lasts does. */
const FAULT_MS = 4000;
/** Of a life, what counts as warming up. */
const WARM_SHARE = 0.3;

export class SoakRun {
  readonly injected = new Map<SoakFault, number>();
  readonly #options: SoakOptions;
  #weir: RunningWeir | undefined;
  /** Of the life under way. */
  #samples: Sample[] = [];
  #flushes = new Map<number, number>();
  #peakMiB = 0;
  /** Flushes of ended lives, by the bound of their duration in seconds, cumulative as Prometheus has them. */
  readonly #ended: Map<number, number>[] = [];

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  get weir(): RunningWeir {
    return this.#weir!;
  }

  async start(): Promise<void> {
    const { kafka, log, proxy, directory } = this.#options;
    const config = configFor(log, { kafka, url: proxy.url, isInGroup: true });
    this.#weir = await startWeir(directory, [], { config });
  }

  /** Sends and samples until `endsMs`, one fault after another meanwhile; as many as there are kinds in any case. */
  async run(endsMs: number, faults: Iterable<SoakFault>, betweenMs: number): Promise<void> {
    let injected = 0;
    const running = (): boolean => Date.now() < endsMs || injected < SOAK_FAULTS.length;
    const sampling = this.#sampleWhile(running);
    for (const fault of faults) {
      if (!running()) break;
      await this.#sendFor(betweenMs);
      await this.#inject(fault);
      this.injected.set(fault, (this.injected.get(fault) ?? 0) + 1);
      injected++;
    }
    await sampling;
  }

  get peakMiB(): number {
    return this.#peakMiB;
  }

  /** Growth of the last life's memory after it was warm, by least squares; and how long that was observed. */
  get slope(): { readonly mibAMinute: number; readonly minutes: number } {
    const warm = this.#samples.slice(Math.floor(this.#samples.length * WARM_SHARE));
    const minutes = warm.length < 2 ? 0 : (warm.at(-1)!.atMs - warm[0]!.atMs) / 60_000;
    return { mibAMinute: slopeOf(warm.map(({ atMs, rssMiB }) => [atMs / 60_000, rssMiB])), minutes };
  }

  /** The bound below which this share of all flushes lasted, in seconds. */
  flushSeconds(share: number): number {
    const lives = [...this.#ended, this.#flushes];
    const bounds = [...new Set(lives.flatMap((life) => [...life.keys()]))].sort((a, b) => a - b);
    const below = (bound: number): number => lives.reduce((sum, life) => sum + (life.get(bound) ?? 0), 0);
    const all = below(Number.POSITIVE_INFINITY);
    return bounds.find((bound) => below(bound) >= all * share) ?? Number.NaN;
  }

  async #inject(fault: SoakFault): Promise<void> {
    const { kafka, log, proxy } = this.#options;
    switch (fault) {
      case 'kill -9':
        await this.weir.end('SIGKILL');
        this.#ended.push(this.#flushes);
        this.#flushes = new Map();
        this.#samples = [];
        return this.start();
      case 'line fails':
        proxy.isFaulty = true;
        await this.#sendFor(FAULT_MS);
        proxy.isFaulty = false;
        return;
      case 'line cut':
        return proxy.cut(() => this.#sendFor(FAULT_MS));
      case 'broker restart':
        await log.close();
        await kafka.kill();
        return kafka.restart();
      case 'rebalance':
        return joinAndLeave(kafka, log.topic, log.topic);
      case 'freeze':
        process.kill(this.weir.pid, 'SIGSTOP');
        await this.#sendFor(FAULT_MS / 4);
        process.kill(this.weir.pid, 'SIGCONT');
    }
  }

  async #sendFor(ms: number): Promise<void> {
    const endsMs = Date.now() + ms;
    while (Date.now() < endsMs) await this.#options.log.send(CHUNK_MESSAGES, SEND_PAUSE_MS);
  }

  async #sampleWhile(isOn: () => boolean): Promise<void> {
    while (isOn()) {
      // A Weir that was killed or is frozen says nothing.
      await this.#sample().catch(() => undefined);
      await sleep(SAMPLE_MS);
    }
  }

  async #sample(): Promise<void> {
    const { weir } = this;
    const answer = await fetch(`${weir.address}/metrics`, { signal: AbortSignal.timeout(SAMPLE_MS) });
    const exposition = parseExposition(await answer.text());
    if (weir !== this.#weir) return;
    const [rss] = samplesOf(exposition, 'process_resident_memory_bytes');
    const rssMiB = rss!.value / MIB;
    this.#samples.push({ atMs: Date.now(), rssMiB });
    this.#peakMiB = Math.max(this.#peakMiB, rssMiB);
    const buckets = samplesOf(exposition, 'weir_flush_seconds_bucket');
    this.#flushes = new Map(buckets.map(({ labels, value }) => [boundOf(labels['le']!), value]));
  }
}

function boundOf(le: string): number {
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
}
