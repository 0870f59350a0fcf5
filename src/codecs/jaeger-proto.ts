/**
 * Jaeger's api_v2.Span, one a message with its Process, as Jaeger's collector writes to Kafka: by the kernel where it can, by the plain reader
 * where the kernel cannot, or is not there. Both write the same rows.
 */
import { decodeSpanByKernel, expectSpans } from '../kernel/jaeger.ts';
import type { Codec } from './codec.ts';
import { decodeSpan } from './wire/jaeger-span.ts';

const codec: Codec = {
  decode(message, into) {
    if (!decodeSpanByKernel(message, into)) decodeSpan(message, into);
  },
  expect: expectSpans,
};
export default codec;
