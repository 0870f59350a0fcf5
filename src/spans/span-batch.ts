/**
 * The span types: what codecs write and operators read. A SpanBatch holds spans as columns, in log order; row i is one span.
 * Nothing here makes an object or a string per span. Columns are reused: a batch is valid until the next one is decoded.
 */
import type { Dictionary } from './dictionary.ts';
import type { SpanLinks } from './span-links.ts';

/** Span kinds by OTLP's numbers. `unspecified` is what a span carries that names none. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];
export const INTERNAL = SPAN_KINDS.indexOf('internal');
export const SERVER = SPAN_KINDS.indexOf('server');
export const CLIENT = SPAN_KINDS.indexOf('client');
export const PRODUCER = SPAN_KINDS.indexOf('producer');
export const CONSUMER = SPAN_KINDS.indexOf('consumer');

/** Status codes by OTLP's numbers. */
export const STATUS_CODES = ['unset', 'ok', 'error'] as const;
export type StatusCode = (typeof STATUS_CODES)[number];
export const STATUS_ERROR = 2;

/** Words of `ids` a span takes: trace id (4), span id (2), parent span id (2; zero for a root). */
export const ID_WORDS = 8;

/** Sampling weights are integers in units of 2^-20, so that their sums are exact. A span that was not sampled weighs WEIGHT_ONE. */
export const WEIGHT_ONE = 2 ** 20;

/** Attributes of a span within bounds: what OpenTelemetry's SDKs keep of one by default (specification, "Span Limits"). */
export const SPAN_ATTRIBUTES_MAX = 128;
/**
 * Bytes of an attribute's value within bounds. A string takes the same in every encoding, its UTF-8; bytes in JSON take their base64, and
 * arrays and maps what the encoding makes of them. SDKs have no such limit unless they are given one.
 */
export const SPAN_ATTRIBUTE_BYTES_MAX = 4096;

/** Spans of one partition as columns. `length` rows are valid in every column. */
export interface SpanBatch {
  /** Texts behind `tenant`, `service`, `operation` and the attribute columns. */
  readonly dictionary: Dictionary;
  readonly length: number;
  /** First offset of the slot all these spans lie in: a batch never crosses a slot's border. */
  readonly slot: number;
  /** Rows before this one are context: read for their neighbourhood, owned by nobody. */
  readonly firstOwner: number;

  /** Offset of the message in its partition. */
  readonly offset: Float64Array;
  /** Timestamp of the message's record, Unix ms; NaN where the source has none (files). */
  readonly recordMs: Float64Array;
  /** Dictionary id of the tenant. */
  readonly tenant: Int32Array;
  /** ID_WORDS big-endian words a span. */
  readonly ids: Int32Array;
  /** Start, Unix microseconds, rounded down. */
  readonly startUs: Float64Array;
  /** End after sanitising (end <= start becomes start + 1 ns), Unix microseconds, rounded down. */
  readonly endUs: Float64Array;
  /** Whole microseconds between sanitised end and start, from their nanoseconds, truncated. */
  readonly durationUs: Float64Array;
  /** 1 where the span's end was before its start, as it was sent. */
  readonly reversed: Uint8Array;
  /**
   * 1 where the span, as it was sent, has more than SPAN_ATTRIBUTES_MAX attributes, or a value of more than SPAN_ATTRIBUTE_BYTES_MAX.
   * Attributes are what a codec makes attributes of: tags that become fields of the span do not count.
   */
  readonly oversized: Uint8Array;
  /** Index into SPAN_KINDS. */
  readonly kind: Uint8Array;
  /** Index into STATUS_CODES. */
  readonly status: Uint8Array;
  /** Dictionary id of the sanitised service name. */
  readonly service: Int32Array;
  /** Dictionary id of the sanitised span name. */
  readonly operation: Int32Array;
  /** Sampling weight in units of 1 / WEIGHT_ONE. */
  readonly weight: Float64Array;
  /** Number of the span's event-time window; set, with `punctuality`, by operators/window.ts. */
  readonly window: Int32Array;
  readonly punctuality: Uint8Array;
  /** 1 where the span repeats an earlier one of its neighbourhood: it owns nothing. */
  readonly repeat: Uint8Array;
  /** 1 where the row is a copy of a span whose trace lies in another partition: it owns what its links lead to, and nothing else. */
  readonly copy: Uint8Array;
  /** Per wanted attribute key (see AttributeKeys), the value's dictionary id; 0 where the span has none. */
  readonly spanAttributes: readonly Int32Array[];
  /** The same, from the span's resource. */
  readonly resourceAttributes: readonly Int32Array[];
  /** Empty where no operator wants links. */
  readonly links: SpanLinks;
}
