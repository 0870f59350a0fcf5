/** Writes protobuf's wire format into one growing buffer. A message inside a message is written first and moved to make room for its length. */

const encoder = new TextEncoder();

export class ProtobufWriter {
  #bytes = new Uint8Array(1 << 20);
  #view = new DataView(this.#bytes.buffer);
  at = 0;

  /** A copy of what was written since `start`. */
  slice(start: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(start, this.at);
  }

  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.at++] = (rest % 0x80) | 0x80;
    this.#bytes[this.at++] = rest;
  }

  uint(field: number, value: number): void {
    this.varint(field * 8);
    this.varint(value);
  }

  fixed64(field: number, value: bigint): void {
    this.varint(field * 8 + 1);
    this.#reserve(8);
    this.#view.setBigUint64(this.at, value, true);
    this.at += 8;
  }

  fixed32(field: number, value: number): void {
    this.varint(field * 8 + 5);
    this.#reserve(4);
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + 1);
    this.#reserve(8);
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.at);
    this.at += value.length;
  }

  string(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  message(field: number, write: () => void): void {
    this.varint(field * 8 + 2);
    const start = this.at;
    write();
    const length = this.at - start;
    const content = this.#bytes.slice(start, this.at);
    this.at = start;
    this.varint(length);
    this.#reserve(length);
    this.#bytes.set(content, this.at);
    this.at += length;
  }

  #reserve(length: number): void {
    if (this.at + length <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.at + length));
    wider.set(this.#bytes);
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}
