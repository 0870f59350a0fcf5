/** A process' resident memory over time, as /proc tells it. */
import { readFileSync } from 'node:fs';

const SAMPLE_MS = 100;
const KIB_PER_MIB = 1024;

export class MemoryWatch {
  /** By this process' own clock. */
  readonly samples: { readonly atMs: number; readonly rssMib: number }[] = [];
  /** The most it ever was, between samples too. */
  peakMib = 0;
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => {
      this.#sample();
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const mib = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / KIB_PER_MIB;
    this.samples.push({ atMs: performance.now(), rssMib: mib('VmRSS') });
    this.peakMib = mib('VmHWM');
  }
}
