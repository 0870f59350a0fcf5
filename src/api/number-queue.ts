/** Numbers in the order they came, taken from either end: a ring in a typed array, so that a million of them cost their bytes. */

export class NumberQueue {
  length = 0;
  #head = 0;
  #values = new Float64Array(8);

  at(index: number): number {
    return this.#values[(this.#head + index) & (this.#values.length - 1)]!;
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow();
    this.#values[(this.#head + this.length++) & (this.#values.length - 1)] = value;
  }

  shift(): number {
    const value = this.#values[this.#head]!;
    this.#head = (this.#head + 1) & (this.#values.length - 1);
    this.length--;
    return value;
  }

  pop(): void {
    this.length--;
  }

  #grow(): void {
    const wider = new Float64Array(this.#values.length * 2);
    wider.set(this.#values.subarray(this.#head));
    wider.set(this.#values.subarray(0, this.#head), this.#values.length - this.#head);
    this.#values = wider;
    this.#head = 0;
  }
}

/** The smallest of the values whose windows have not left: those that a later and smaller one hides are dropped at once. */
export class SlidingMin {
  readonly #windows = new NumberQueue();
  readonly #values = new NumberQueue();

  /** Windows never go backwards. */
  add(window: number, value: number): void {
    while (this.#values.length > 0 && this.#values.at(this.#values.length - 1) >= value) {
      this.#values.pop();
      this.#windows.pop();
    }
    this.#windows.push(window);
    this.#values.push(value);
  }

  /** Lets go of windows before `first`. */
  evict(first: number): void {
    while (this.#windows.length > 0 && this.#windows.at(0) < first) {
      this.#windows.shift();
      this.#values.shift();
    }
  }

  get value(): number {
    return this.#values.at(0);
  }
}
