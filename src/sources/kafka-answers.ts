/**
 * Kafka's answers as a socket brings them: bytes go in as they arrive, whole answers come out, each with its length in front. Large ones lie in buffers that
 * are used again, since V8 counts new ones and collects garbage because of them: 244 of 251 collections of the young heap in a run of 6 M spans.
 */

/** Smaller answers are cheap to allocate, larger ones rare. */
const POOLED_BYTES_MIN = 2 ** 16;
const POOLED_BYTES_MAX = 2 ** 23;
/** Buffers that wait to be used again. */
const FREE_MAX = 4;
const LENGTH_BYTES = 4;

export class AnswerBuffers {
  readonly #free: Buffer[] = [];
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>();

  take(length: number): Buffer {
    if (length < POOLED_BYTES_MIN || length > POOLED_BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    const at = this.#free.findIndex((buffer) => buffer.length >= length);
    const buffer =
      at >= 0 ? this.#free.splice(at, 1)[0]! : Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
    this.#lent.set(buffer.buffer, buffer);
    return buffer.subarray(0, length);
  }

  /** Takes back what a part of it is known by. Of what was not lent, or is back already, nothing happens. */
  give(part: Buffer): void {
    const buffer = this.#lent.get(part.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(part.buffer);
    if (this.#free.length < FREE_MAX) this.#free.push(buffer);
  }
}

/** Cuts what arrives on one connection into answers. */
export class AnswerReader {
  readonly #buffers: AnswerBuffers;
  readonly #answered: (answer: Buffer) => void;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  #headBytes = 0;
  /** The answer under way, once its length is known. */
  #answer: Buffer | undefined;
  #filled = 0;

  constructor(buffers: AnswerBuffers, answered: (answer: Buffer) => void) {
    this.#buffers = buffers;
    this.#answered = answered;
  }

  /** Takes bytes in, which may be overwritten afterwards. Throws where a length is negative: then it is not Kafka that answers. */
  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;)
      at = this.#answer === undefined ? this.#readHead(bytes, at) : this.#fill(bytes, at);
  }

  #readHead(bytes: Buffer, from: number): number {
    const end = from + bytes.copy(this.#head, this.#headBytes, from);
    this.#headBytes += end - from;
    if (this.#headBytes === LENGTH_BYTES) this.#begin(this.#head.readInt32BE(0));
    return end;
  }

  #begin(length: number): void {
    if (length < 0) throw new Error(`an answer of ${length} bytes: this is no Kafka broker`);
    this.#answer = this.#buffers.take(LENGTH_BYTES + length);
    this.#filled = this.#head.copy(this.#answer);
    this.#headBytes = 0;
    this.#endIfWhole(this.#answer);
  }

  #fill(bytes: Buffer, from: number): number {
    const answer = this.#answer!;
    const end = from + bytes.copy(answer, this.#filled, from);
    this.#filled += end - from;
    this.#endIfWhole(answer);
    return end;
  }

  #endIfWhole(answer: Buffer): void {
    if (this.#filled < answer.length) return;
    this.#answer = undefined;
    this.#answered(answer);
  }
}

/** Who still reads an answer. Once nobody does, its buffer is given back. */
export class AnswerReaders {
  readonly #buffers: AnswerBuffers;
  readonly #answer: Buffer;
  #count = 0;

  constructor(buffers: AnswerBuffers, answer: Buffer) {
    this.#buffers = buffers;
    this.#answer = answer;
  }

  /** Counts one more, and returns what it says when it has done, once or more often. */
  add(): () => void {
    let isReading = true;
    this.#count++;
    return () => {
      if (!isReading) return;
      isReading = false;
      if (--this.#count === 0) this.#buffers.give(this.#answer);
    };
  }
}
