/** OTLP messages as their producers might write them and do not. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { field, fixed, id, length, message, number, utf8 } from './wire-fields.ts';

/** The keys that tests want, and lengths that a filter by length and last byte cannot tell apart. */
export const KEYS = ['region', 'http.route', '', 'n', 'o'.repeat(127), 'p'.repeat(128), 'q'.repeat(300)];
const OTHER_KEYS = ['other', 'legion', 'service.name', 'tenant.id', 'x'.repeat(200), 'o'.repeat(126)];

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
