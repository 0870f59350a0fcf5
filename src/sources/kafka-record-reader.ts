/**
 * Walks the uncompressed records of one record batch (message format 2: every number a zigzag varint) without an object per record: each `next()`
 * overwrites the fields. Every length is checked against the record's end; a record that does not add up, or whose offset does not ascend, is a DecodeError.
 */
import { DecodeError } from '../codecs/decode-error.ts';

/** Longer header values name no tenant. */
const TENANT_BYTES_MAX = 256;

export class RecordReader {
  /** Before the first record -1. */
  offsetDelta = -1;
  timestampDeltaMs = 0;
  /** Where the value lies in the bytes read from; it starts at -1 where there is none. */
  valueStart = -1;
  valueEnd = -1;
  /** Value of the last header of the name looked for. */
  tenant: string | undefined = undefined;

  readonly bytes: Buffer;
  private readonly tenantHeader: Buffer | undefined;
  private at = 0;
  private tenantBytes: Buffer = Buffer.alloc(0);
  private tenantText = '';

  constructor(bytes: Buffer, tenantHeader: Buffer | undefined) {
    this.bytes = bytes;
    this.tenantHeader = tenantHeader;
  }

  /** Throws where bytes are left: messages that nobody counted. */
  end(): void {
    if (this.at !== this.bytes.length)
      throw new DecodeError('malformed', 'bytes follow the records of a record batch');
  }

  next(): void {
    const length = this.varint(this.bytes.length);
    const end = this.at + length;
    if (length < 1 || end > this.bytes.length)
      throw new DecodeError('truncated', 'a record is longer than its record batch');
    this.at++;
    this.timestampDeltaMs = this.varint(end);
    const offsetDelta = this.varint(end);
    if (offsetDelta <= this.offsetDelta) throw new DecodeError('malformed', 'offsets do not ascend');
    this.offsetDelta = offsetDelta;
    this.skip(this.varint(end), end);
    const valueLength = this.varint(end);
    this.valueStart = valueLength < 0 ? -1 : this.at;
    this.skip(valueLength, end);
    this.valueEnd = valueLength < 0 ? -1 : this.at;
    if (this.tenantHeader !== undefined) this.readTenant(this.tenantHeader, end);
    this.at = end;
  }

  private readTenant(name: Buffer, end: number): void {
    this.tenant = undefined;
    for (let headers = this.varint(end); headers > 0; headers--) {
      const keyLength = this.varint(end);
      const keyAt = this.at;
      this.skip(keyLength, end);
      const valueLength = this.varint(end);
      const valueAt = this.at;
      this.skip(valueLength, end);
      if (keyLength !== name.length || this.bytes.compare(name, 0, keyLength, keyAt, keyAt + keyLength) !== 0)
        continue;
      this.tenant =
        valueLength < 0 || valueLength > TENANT_BYTES_MAX
          ? undefined
          : this.textOf(valueAt, valueAt + valueLength);
    }
  }

  /** Neighbours mostly share their tenant: a string is made when it changes. */
  private textOf(start: number, end: number): string {
    const { tenantBytes } = this;
    if (
      end - start !== tenantBytes.length ||
      this.bytes.compare(tenantBytes, 0, tenantBytes.length, start, end) !== 0
    ) {
      this.tenantBytes = this.bytes.subarray(start, end);
      this.tenantText = this.bytes.toString('utf8', start, end);
    }
    return this.tenantText;
  }

  /** Null is written as length -1. */
  private skip(length: number, end: number): void {
    if (length < -1) throw new DecodeError('malformed', 'a record has a negative length');
    if (length > end - this.at) throw new DecodeError('truncated', 'a field is longer than its record');
    if (length > 0) this.at += length;
  }

  /** Most numbers are short: of these doubles would be most of the time. */
  private varint(end: number): number {
    const { bytes, at } = this;
    let value = 0;
    for (let count = 0; count < 4 && at + count < end; count++) {
      const byte = bytes[at + count]!;
      value |= (byte & 0x7f) << (count * 7);
      if (byte >= 0x80) continue;
      this.at = at + count + 1;
      return (value >>> 1) ^ -(value & 1);
    }
    return this.longVarint(end);
  }

  /** Up to ten bytes; exact to 2^53, which no offset, length or time in ms exceeds. */
  private longVarint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.at >= end) throw new DecodeError('truncated', 'a number ends early');
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
    throw new DecodeError('malformed', 'a number is longer than ten bytes');
  }
}
