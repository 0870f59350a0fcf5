/** Every bound on one message's content. A message beyond one of them is a dead letter with that bound as its reason. */

/** Kafka's own default is 1 MiB; collectors are often raised to a few. */
export const MESSAGE_BYTES_MAX = 16 * 2 ** 20;
/** Output of one decompressed record batch: 4 x what a broker accepts by default, 1000:1 bombs stop here. */
export const DECOMPRESSED_BYTES_MAX = 64 * 2 ** 20;
/** A row of a batch takes about 120 bytes, so a message decodes to at most 12 MB of columns. */
export const SPANS_PER_MESSAGE_MAX = 100_000;
/** Nesting of JSON and of attribute values; OTLP's own envelope is 8 deep. */
export const DEPTH_MAX = 64;
/** A service or span name is cut here, at a character's border. */
export const NAME_BYTES_MAX = 1024;
/** An attribute value kept as a dimension is cut here. */
export const ATTRIBUTE_BYTES_MAX = 256;
/** Largest sampling weight, one in 16,777,216: beyond it a weight is this one, so that sums stay exact. */
export const WEIGHT_MAX = 2 ** 24;
