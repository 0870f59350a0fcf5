/**
 * Seeded randomness for the demo: the same seed gives the same numbers everywhere. Not for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Each part matters: `new Random(seed, second)` is another stream for every second. */
  constructor(seed: number, part: number) {
    this.#a = seed | 0;
    this.#b = part | 0;
    this.#c = Math.floor(part / 2 ** 32) ^ Math.floor(seed / 2 ** 32);
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 random bits (the sfc32 generator). */
  word(): number {
    const word = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word;
  }

  /** In [0, 1). */
  unit(): number {
    return (this.word() >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.unit() * below);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** Latencies as services have them: log-normal around a median, with a tail. */
  latencyUs(medianMs: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
    return Math.max(20, Math.round(medianMs * 1000 * Math.exp(0.45 * normal)));
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) new DataView(bytes.buffer).setInt32(at, this.word());
    return bytes;
  }
}
