/** Protobuf as its producers might write it and do not: any field any number of times, in any order, unknown ones among them. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';

export type Bytes = fc.Arbitrary<Uint8Array>;

/** A varint; `padding` bytes longer than it need be. */
function varint(value: number, padding = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  if (padding > 0) bytes.push(...Array<number>(padding - 1).fill(0x80), 0);
  return Uint8Array.from(bytes, (byte, at) => (padding > 0 && at < bytes.length - 1 ? byte | 0x80 : byte));
}

export function field(id: number, content: Uint8Array, padding = 0): Uint8Array {
  return Buffer.concat([varint(id * 8 + 2), varint(content.length, padding), content]);
}

const padding = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) });
export const length = (id: number, content: Bytes): Bytes =>
  fc.tuple(content, padding).map(([bytes, by]) => field(id, bytes, by));
export const number = (id: number, max: number): Bytes =>
  fc
    .tuple(fc.oneof(fc.nat(max), fc.nat(2 ** 31 - 1)), padding)
    .map(([value, by]) => Buffer.concat([varint(id * 8), varint(value, by)]));
export const fixed = (id: number): Bytes =>
  fc
    .oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.bigInt({ min: 1_758_463_980_000_000_000n, max: 1_758_463_980_000_003_000n }),
    )
    .map((value) => {
      const bytes = Buffer.alloc(9, id * 8 + 1);
      bytes.writeBigUInt64LE(value, 1);
      return bytes;
    });
const unknown = fc.constantFrom<Uint8Array>(
  field(14, Uint8Array.of(1, 2)),
  Uint8Array.of(0x85, 0x06, 1, 2, 3, 4),
  Uint8Array.of(0x98, 0x06, 0x80, 0x01),
  Uint8Array.of(0x81, 0x80, 0x01, 1, 2, 3, 4, 5, 6, 7, 8),
  Uint8Array.of(0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  // A tag in more bytes than it needs, a field number 0, a group, a number beyond what is in use.
  Uint8Array.of(0xaa, 0x00, 0x01, 0x41),
  Uint8Array.of(0xaa, 0x80, 0x00, 0x01, 0x41),
  Uint8Array.of(0xf8, 0xff, 0xff, 0xff, 0x0f, 0x00),
);
const broken = fc.constantFrom<Uint8Array>(
  Uint8Array.of(0x02, 0x00),
  Uint8Array.of(0x0b, 0x0c),
  Uint8Array.of(0x0a, 3, 1, 2, 3),
  Uint8Array.of(0x12, 0xff),
  Uint8Array.of(0xff),
);
/** Fields in any order; now and then one that no producer writes. */
export const message = (maxLength: number, ...fields: readonly Bytes[]): Bytes =>
  fc
    .array(
      fc.oneof(
        ...fields.map((arbitrary) => ({ weight: 40, arbitrary })),
        { weight: 4 * fields.length, arbitrary: unknown },
        { weight: 1, arbitrary: broken },
      ),
      { maxLength },
    )
    .map((parts) => Buffer.concat(parts));

export const utf8 = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text): Uint8Array => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }),
  fc.nat(2000).map((size): Uint8Array => Buffer.alloc(size, 'é')),
);
export const id = (size: number): Bytes =>
  fc.oneof(
    { weight: 20, arbitrary: fc.uint8Array({ minLength: size, maxLength: size }) },
    { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 17 }) },
  );
