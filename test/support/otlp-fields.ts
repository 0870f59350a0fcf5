/** OTLP messages as their producers might write them and do not: any field any number of times, in any order, unknown ones among them. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';

type Bytes = fc.Arbitrary<Uint8Array>;

/** A varint; `padding` bytes longer than it need be. */
export function varint(value: number, padding = 0): Uint8Array {
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

/** The keys that tests want, and lengths that a filter by length and last byte cannot tell apart. */
export const KEYS = ['region', 'http.route', '', 'n', 'o'.repeat(127), 'p'.repeat(128), 'q'.repeat(300)];
const OTHER_KEYS = ['other', 'legion', 'service.name', 'tenant.id', 'x'.repeat(200), 'o'.repeat(126)];

const padding = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) });
const length = (id: number, content: Bytes): Bytes =>
  fc.tuple(content, padding).map(([bytes, by]) => field(id, bytes, by));
const number = (id: number, max: number): Bytes =>
  fc
    .tuple(fc.oneof(fc.nat(max), fc.nat(2 ** 31 - 1)), padding)
    .map(([value, by]) => Buffer.concat([varint(id * 8), varint(value, by)]));
const fixed = (id: number): Bytes =>
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
const message = (maxLength: number, ...fields: readonly Bytes[]): Bytes =>
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

const utf8 = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text): Uint8Array => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }),
  fc.nat(2000).map((size): Uint8Array => Buffer.alloc(size, 'é')),
);
const { any: anyValue } = fc.letrec<{ any: Uint8Array }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    length(1, utf8),
    number(2, 1),
    number(3, 300),
    fixed(4),
    length(7, fc.uint8Array({ maxLength: 9 })),
    fc.integer({ min: 4000, max: 4200 }).map((size) => field(1, Buffer.alloc(size, 'v'))),
    fc.constant(new Uint8Array(0)),
    length(5, length(1, tie('any'))),
    message(3, length(1, utf8), number(3, 9)),
  ),
}));
const key = fc.constantFrom(...KEYS, ...OTHER_KEYS).map((text): Uint8Array => Buffer.from(text));
const keyValue = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(length(1, key), length(2, anyValue)).map((parts) => Buffer.concat(parts)),
  },
  { weight: 1, arbitrary: message(4, length(1, key), length(2, anyValue)) },
);
const id = (size: number): Bytes =>
  fc.oneof(
    { weight: 20, arbitrary: fc.uint8Array({ minLength: size, maxLength: size }) },
    { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 17 }) },
  );
const tracestate = fc
  .constantFrom('', 'a=b', 'ot=th:8', 'x=1,ot=th:c;rv:1')
  .map((text): Uint8Array => Buffer.from(text));
const link = message(3, length(1, id(16)), length(2, id(8)));
const attributes = fc.oneof(
  length(9, keyValue),
  fc
    .integer({ min: 120, max: 135 })
    .map((count) => Buffer.concat(Array<Uint8Array>(count).fill(field(9, field(1, Buffer.from('a')))))),
);
const span = message(
  16,
  length(1, id(16)),
  length(2, id(8)),
  length(4, id(8)),
  length(3, tracestate),
  length(5, utf8),
  number(6, 7),
  fixed(7),
  fixed(8),
  attributes,
  attributes,
  length(13, link),
  length(15, message(3, length(2, utf8), number(3, 3))),
);
const resource = message(5, length(1, keyValue));
const scopeSpans = message(5, length(1, utf8), length(2, span), length(2, span));
const resourceSpans = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(length(1, resource), length(2, scopeSpans)).map((parts) => Buffer.concat(parts)),
  },
  { weight: 1, arbitrary: message(4, length(1, resource), length(2, scopeSpans)) },
);

/** A TracesData. */
export const tracesData = message(3, length(1, resourceSpans));
