/** Messages of Jaeger's spans as their producers might write them and do not. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { type Bytes, field, fixed, id, length, message, number, utf8 } from './wire-fields.ts';

/** The keys that tests want, some of tags that are more than attributes. */
export const KEYS = ['region', 'n', 'error', 'http.status_code', 'span.kind', 'host.name', 'o'.repeat(130)];
const OTHER_KEYS = ['legion', 'otel.status_code', 'w3c.tracestate', 'sampler.type', 'sampler.param', 'x'];
const PROCESS_KEYS = ['service.name', 'hostname', 'tenant.id', 'region', 'pid'];
const TEXTS = ['client', 'server', 'OK', 'ERROR', 'probabilistic', '0.25', '404', 'ot=th:8', 'eu'];

const trace = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
/** Mostly one trace, so that references lead into it, its id long or short. */
const traceId: Bytes = fc.oneof(
  { weight: 8, arbitrary: fc.constant(trace) },
  { weight: 2, arbitrary: fc.constant(trace.subarray(8)) },
  { weight: 1, arbitrary: id(16) },
);
const text: Bytes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS).map((one): Uint8Array => Buffer.from(one)) },
  { weight: 1, arbitrary: utf8 },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 4090, max: 4100 }).map((size): Uint8Array => Buffer.alloc(size, 'v')),
  },
);
const wide: Bytes = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest >= 0x80n ? 0x80 : 0));
    if (rest < 0x80n) return Uint8Array.from(bytes);
  }
});
const value = fc.oneof(
  length(3, text),
  fc.tuple(number(2, 4), length(3, text)).map((parts) => Buffer.concat(parts)),
  fc.tuple(number(2, 2), number(5, 600)).map((parts) => Buffer.concat(parts)),
  wide.map((bytes) => Buffer.concat([Uint8Array.of(0x10, 2, 0x28), bytes])),
  fc.constantFrom(Uint8Array.of(0x10, 1, 0x20, 1), Uint8Array.of(0x10, 1), Uint8Array.of(0x20, 1)),
  fixed(6).map((bytes) => Buffer.concat([Uint8Array.of(0x10, 3), bytes])),
  length(7, fc.uint8Array({ maxLength: 9 })).map((bytes) => Buffer.concat([Uint8Array.of(0x10, 4), bytes])),
  message(3, length(3, text), number(2, 5), number(4, 1), number(5, 600), fixed(6)),
);
const tagOf = (keys: readonly string[]): Bytes => {
  const key = fc.constantFrom(...keys).map((one): Uint8Array => Buffer.from(one));
  return fc.oneof(
    { weight: 8, arbitrary: fc.tuple(length(1, key), value).map((parts) => Buffer.concat(parts)) },
    { weight: 1, arbitrary: message(4, length(1, key), length(3, text), number(2, 4)) },
  );
};
const tag = length(8, tagOf([...KEYS, ...OTHER_KEYS]));
const tags = fc.oneof(
  { weight: 20, arbitrary: tag },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 120, max: 135 })
      .map((count) => Buffer.concat(Array<Uint8Array>(count).fill(field(8, field(1, Buffer.from('a')))))),
  },
);
const reference = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(length(1, traceId), length(2, id(8))).map((parts) => Buffer.concat(parts)),
  },
  { weight: 1, arbitrary: message(3, length(1, traceId), length(2, id(8)), number(3, 2)) },
);
const time = fc.oneof(
  fc.tuple(number(1, 2_000_000_000), number(2, 1_000_000_000)).map((parts) => Buffer.concat(parts)),
  message(3, number(1, 9), number(2, 999_999_999)),
  wide.map((bytes) => Buffer.concat([Uint8Array.of(8), bytes])),
);
const process = message(5, length(1, utf8), length(2, tagOf(PROCESS_KEYS)));

/** A Span. */
export const jaegerSpan = fc
  .tuple(
    message(
      14,
      tags,
      tag,
      tag,
      length(3, utf8),
      length(6, time),
      length(7, time),
      length(9, utf8),
      number(5, 3),
    ),
    fc.array(length(4, reference), { maxLength: 2 }),
    fc.array(length(10, process), { maxLength: 2 }),
    fc.tuple(length(1, traceId), length(2, id(8))),
  )
  .chain(([fields, references, processes, ids]) =>
    fc
      .shuffledSubarray([fields, ...references, ...processes, ...ids], { minLength: 1 })
      .map((parts): Uint8Array => Buffer.concat(parts)),
  );
