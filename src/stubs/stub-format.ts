/**
 * The messages of an internal topic of span stubs. A stub is what the operators that join need of a span. A message holds stubs of one
 * source partition whose trace ids fall into one partition of the internal topic, in the order of their positions.
 *
 * A message: version, source partition, generation, ordinal of the first stub; then stubs up to its end. Numbers are varints, signed ones
 * zigzag, unless said otherwise. A stub:
 *
 *     flags             two bytes, low first: kind, status, and what of the following is there
 *     offset, time      of the source message, each less that of the message before, where the stub is the first of another one (IS_NEXT);
 *                       the time as a double where the difference is no safe integer (HAS_RAW_TIME)
 *     trace id          16 bytes, unless that of the stub before (IS_SAME_TRACE)
 *     span id           8 bytes
 *     parent span id    8 bytes (HAS_PARENT)
 *     start, duration   in microseconds, the start less that of the stub before; or start, end and duration as doubles (HAS_RAW_SPAN)
 *     tenant, service, operation: texts
 *     weight            where it is not WEIGHT_ONE (HAS_WEIGHT)
 *     attributes        their number, times two, plus one where the span was sent with too many or too large ones; then key (a text, times
 *                       two, plus one where it is of the resource) and value each (HAS_ATTRIBUTES)
 *     links             their number, then trace id and span id each, 24 bytes (HAS_LINKS)
 *
 * A text is 0 for none, or its number in order of appearance in the message, from 1; at its first appearance length and bytes follow.
 */

/** A message for a partition of an internal topic. */
export interface StubMessage {
  readonly topic: string;
  readonly partition: number;
  readonly value: Uint8Array;
}

/** Where the stubs of a topic go. */
export interface StubTarget {
  readonly topic: string;
  readonly partitions: number;
  /** A message is closed when it is this long. Default STUB_MESSAGE_BYTES. */
  readonly messageBytes?: number;
}

export const VERSION = 1;

export const KIND_MASK = 7;
export const STATUS_SHIFT = 3;
export const STATUS_MASK = 3;
export const IS_NEXT = 1 << 5;
export const HAS_RAW_TIME = 1 << 6;
export const IS_SAME_TRACE = 1 << 7;
export const HAS_PARENT = 1 << 8;
export const HAS_RAW_SPAN = 1 << 9;
/** The end lies one microsecond after start + duration: all three are rounded down. */
export const IS_END_LATER = 1 << 10;
export const HAS_WEIGHT = 1 << 11;
export const HAS_ATTRIBUTES = 1 << 12;
export const HAS_LINKS = 1 << 13;
/** The span was sent with an end before its start. */
export const IS_REVERSED = 1 << 14;
/** A copy for the partition of a linked trace; it has those links alone, and no parent. */
export const IS_COPY = 1 << 15;

/** With a last stub in it, a message of this length stays well below what brokers take by default. */
export const STUB_MESSAGE_BYTES = 256 * 1024;
/** Source partitions an internal topic may name, so that a foreign message cannot make marks without end. */
export const SOURCE_PARTITIONS_MAX = 1 << 16;
