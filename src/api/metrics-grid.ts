/**
 * The grid of an answer and the windows each of its points covers. Point i lies at `startMs + i * stepMs`; both ends of the range are
 * points. A point t covers the whole windows that end in (t - ratePer, t], and at least the newest that ended by t. Windows are numbered:
 * window n starts at n * windowMs.
 */
import type { MetricsParams } from './metrics-params.ts';

export type GridParams = Pick<MetricsParams, 'endMs' | 'lookbackMs' | 'stepMs' | 'ratePerMs'>;

export interface Grid {
  readonly points: number;
  readonly startMs: number;
  readonly stepMs: number;
  readonly windowMs: number;
  /** By point, the oldest window it covers. */
  readonly firstWindows: Float64Array;
  /** By point, the newest window it covers. */
  readonly lastWindows: Float64Array;
}

export function gridOf({ endMs, lookbackMs, stepMs, ratePerMs }: GridParams, windowMs: number): Grid {
  const points = Math.floor(lookbackMs / stepMs) + 1;
  const startMs = endMs - lookbackMs;
  const firstWindows = new Float64Array(points);
  const lastWindows = new Float64Array(points);
  for (let point = 0; point < points; point++) {
    const timeMs = startMs + point * stepMs;
    const last = Math.floor(timeMs / windowMs) - 1;
    lastWindows[point] = last;
    firstWindows[point] = Math.min(last, Math.floor((timeMs - ratePerMs) / windowMs));
  }
  return { points, startMs, stepMs, windowMs, firstWindows, lastWindows };
}
