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

export type Punctuality = 'punctual' | 'skewed' | 'late';

/** How a span's end relates to its record's timestamp; a record without one judges nothing. */
export function punctualityOf(batch: SpanBatch, row: number, rules: WindowRules): Punctuality {
  const endMs = batch.endUs[row]! / 1000;
  const recordMs = batch.recordMs[row]!;
  if (endMs > recordMs + rules.aheadMsMax) return 'skewed';
  if (endMs < recordMs - rules.lateMsMax) return 'late';
  return 'punctual';
}

/** Number of the span's window, counted from 1970: its start is this times `windowMs`. */
export function windowOf(batch: SpanBatch, row: number, rules: WindowRules): number {
  const ms =
    punctualityOf(batch, row, rules) === 'punctual' ? batch.endUs[row]! / 1000 : batch.recordMs[row]!;
  return Math.floor(ms / rules.windowMs);
}
