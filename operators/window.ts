/** Which event-time window a span belongs to: that of its end, or of its record where the two are too far apart to believe. */
import type { SpanBatch } from '../src/spans/span-batch.ts';

export interface WindowRules {
  /** Length of a window in milliseconds, a whole number of seconds. */
  readonly windowMs: number;
  /** Spans ending later than this after their record's timestamp are skewed: counted in the record's own window. */
  readonly aheadMsMax: number;
  /** Spans ending earlier than this before their record's timestamp are late: counted in the record's own window. */
  readonly lateMsMax: number;
}

/** How a span's end relates to its record's timestamp: column `punctuality` of a batch. */
export const PUNCTUAL = 0;
const SKEWED = 1;
export const LATE = 2;

/** The last second a 32-bit time can name, in 2106: windows beyond it are counted in its own. */
const WINDOW_US_MAX = (2 ** 32 - 1) * 1e6;
/** The last window a column can name: of a second each, in 2038. */
const WINDOW_MAX = 2 ** 31 - 1;

/** Sets the columns `window` and `punctuality`. A record without a timestamp (NaN, or Kafka's -1) judges nothing. */
export function judgeWindows(batch: SpanBatch, rules: WindowRules): void {
  const { endUs, recordMs, window, punctuality, length } = batch;
  const windowUs = rules.windowMs * 1000;
  const aheadUsMax = rules.aheadMsMax * 1000;
  const lateUsMax = rules.lateMsMax * 1000;
  const windowUsMax = Math.min(WINDOW_US_MAX, WINDOW_MAX * windowUs);
  for (let span = 0; span < length; span++) {
    let us = endUs[span]!;
    const recordUs = recordMs[span]! * 1000;
    punctuality[span] = PUNCTUAL;
    if (recordUs >= 0 && (us > recordUs + aheadUsMax || us < recordUs - lateUsMax)) {
      punctuality[span] = us > recordUs ? SKEWED : LATE;
      us = recordUs;
    }
    window[span] = Math.floor(Math.min(us, windowUsMax) / windowUs);
  }
}
