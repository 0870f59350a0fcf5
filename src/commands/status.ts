/** Whether the process works, for `/livez` and `/readyz`. */
import type { Status } from '../api/health.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';

/** Flushes that may be missed before the process says it is not ready. */
const MISSED_FLUSHES_MAX = 6;

export function statusOf(
  engine: Pick<Engine, 'failure' | 'lastAcknowledgedMs'>,
  config: Config,
  nowMs = Date.now(),
): Status {
  const behindMs = nowMs - engine.lastAcknowledgedMs;
  const reasons: string[] = [];
  if (engine.failure !== undefined) reasons.push('rows cannot be written; reading waits and nothing is lost');
  else if (behindMs > MISSED_FLUSHES_MAX * config.engine.flushMs + 30_000)
    reasons.push(`no rows were acknowledged for ${Math.round(behindMs / 1000)} s`);
  return { isLive: true, isReady: reasons.length === 0, reasons };
}
