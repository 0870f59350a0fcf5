/** Whether the process works, for `/livez` and `/readyz`, and how current what it serves is. */
import type { Freshness } from '../api/freshness.ts';
import type { Status } from '../api/health.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import type { StoreWatch } from './store-watch.ts';

/** How long a flush may be under way before the process says it is not ready: longer than any that a store works on. */
const FLUSH_MS_MAX = 20_000;

export function statusOf(
  engine: Pick<Engine, 'failure' | 'lastAcknowledgedMs'>,
  store: Pick<StoreWatch, 'isAnswering'>,
  config: Config,
  nowMs = Date.now(),
): Status {
  const behindMs = nowMs - engine.lastAcknowledgedMs;
  const reasons: string[] = [];
  if (!store.isAnswering) reasons.push('the store does not answer');
  if (engine.failure !== undefined) reasons.push('rows cannot be written; reading waits and nothing is lost');
  else if (behindMs > config.engine.flushMs + FLUSH_MS_MAX)
    reasons.push(`no rows were acknowledged for ${Math.round(behindMs / 1000)} s`);
  return { isLive: true, isReady: reasons.length === 0, reasons };
}

/** A reader who looks at minutes takes no notice of a delay shorter than this. */
const STALE_MS = 60_000;

/** By the partitions that this process reads: one read to its end is counted up to the last flush, any other up to the newest record read. */
export function freshnessOf(
  engine: Pick<Engine, 'lastAcknowledgedMs' | 'partitions'>,
  config: Config,
  nowMs = Date.now(),
): Freshness {
  const partitions = engine.partitions();
  if (partitions.length === 0) return { untilMs: undefined, isStale: false };
  const behind = partitions
    .filter(({ lagMessages }) => lagMessages > 0)
    .map(({ watermarkMs }) => watermarkMs);
  // Nothing read yet, or records without timestamps.
  if (behind.some(Number.isNaN)) return { untilMs: undefined, isStale: true };
  const untilMs = Math.min(engine.lastAcknowledgedMs, ...behind);
  return { untilMs, isStale: nowMs - untilMs > STALE_MS + 2 * config.engine.flushMs };
}
