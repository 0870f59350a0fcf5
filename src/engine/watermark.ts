/** The newest time of the records read: how current is what was counted. No row depends on it. */

/** How far the clock of a producer may be ahead. */
const AHEAD_MS_MAX = 60_000;

/**
 * The newer one of a watermark and a record's time, in Unix ms; NaN where neither is known. A producer may claim any time: what is before 1970, as
 * Kafka's -1 for none, or what no clock shows yet, would say for good that everything was read.
 */
export function newerOf(watermarkMs: number, recordMs: number): number {
  if (!(recordMs >= 0) || recordMs <= watermarkMs) return watermarkMs;
  return recordMs <= Date.now() + AHEAD_MS_MAX ? recordMs : watermarkMs;
}
