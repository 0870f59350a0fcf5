/**
 * Notices traces whose spans lie on more than one partition of a topic: there, operators that join see them in pieces. Remembers where a
 * sample of the last traces was seen. For telemetry alone: no row depends on it.
 */
import { ID_WORDS, type SpanBatch } from '../spans/span-batch.ts';

export interface SplitTracesOptions {
  /** One trace in so many is looked at; a power of two. */
  readonly oneIn: number;
  /** Traces remembered, up to twice as many. */
  readonly tracesMax: number;
}

const SEEN_SPLIT = -1;

export class SplitTraces {
  /** Traces looked at, and those of them that were split. */
  sampled = 0;
  split = 0;
  readonly #options: SplitTracesOptions;
  #recent = new Map<number, number>();
  #older = new Map<number, number>();

  constructor(options: SplitTracesOptions = { oneIn: 32, tracesMax: 1 << 14 }) {
    this.#options = options;
  }

  see(partition: number, { ids, length }: SpanBatch): void {
    const mask = this.#options.oneIn - 1;
    for (let at = 0; at < length * ID_WORDS; at += ID_WORDS) {
      if ((ids[at + 3]! & mask) !== 0) continue;
      // 53 bits of the part of a trace id that every producer fills.
      const trace = (ids[at + 2]! >>> 0) * 2 ** 21 + (ids[at + 3]! >>> 11);
      if (trace !== 0 || (ids[at]! | ids[at + 1]!) !== 0) this.#meet(trace, partition);
    }
  }

  #meet(trace: number, partition: number): void {
    const place = this.#recent.get(trace) ?? this.#older.get(trace);
    if (place === partition || place === SEEN_SPLIT) return;
    this.#recent.set(trace, place === undefined ? partition : SEEN_SPLIT);
    if (place === undefined) this.sampled++;
    else this.split++;
    if (this.#recent.size < this.#options.tracesMax) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }
}
