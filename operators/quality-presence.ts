/**
 * Whether any span of a batch has a value in a column. Most columns have none and are looked through to the end: compared with zeros as bytes, which
 * the processor does many at a time.
 */
import { grown } from './columns.ts';

const ROW_BYTES = Int32Array.BYTES_PER_ELEMENT;

let zeros = new Uint8Array(4096 * ROW_BYTES);

export class Presence {
  #column: Int32Array | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  /** Whether the first rows of a column hold anything but 0. It is mostly the column that was asked for last. */
  hasAny(column: Int32Array, rows: number): boolean {
    if (column !== this.#column) {
      this.#column = column;
      this.#bytes = Buffer.from(column.buffer, column.byteOffset, column.byteLength);
    }
    const end = rows * ROW_BYTES;
    zeros = grown(zeros, end);
    return this.#bytes.compare(zeros, 0, end, 0, end) !== 0;
  }
}
