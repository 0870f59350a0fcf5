/**
 * Jaeger's api_v2.Span, one a message with its Process, as Jaeger's collector writes to Kafka: runs of messages by the kernel where it can, by the
 * plain reader what the kernel leaves, or where it is not there. Both write the same rows.
 */
import { openSpanRuns } from '../kernel/jaeger.ts';
import type { Codec } from './codec.ts';
import { decodeSpan } from './wire/jaeger-span.ts';

const codec: Codec = { decode: decodeSpan, openRuns: openSpanRuns };
export default codec;
