/**
 * The demo's spans as a pure function of a seed and a second: how many visits begin in it, and what comes of them. Traffic follows
 * a day with smaller waves upon it, so that charts have a shape.
 */
import { Random } from './random.ts';
import { visit } from './shop.ts';
import type { DemoSpan } from './span.ts';

export interface Traffic {
  readonly seed: number;
  /** Mean over a day, sampled or not. */
  readonly spansPerSecond: number;
  /** One visit in this many is recorded, and its spans say so: 1, or a power of two up to 16. */
  readonly sampledOneIn: number;
}

/** Spans a visit makes on average; a test keeps it true. */
const SPANS_PER_VISIT = 10.8;
const DAY_MS = 86_400_000;
/** Amplitude and period of the waves. */
const WAVES = [
  [0.35, DAY_MS],
  [0.12, DAY_MS / 80],
  [0.05, DAY_MS / 400],
] as const;

/** All spans of the visits that begin in the second from `secondMs` on. */
export function spansOfSecond({ seed, spansPerSecond, sampledOneIn }: Traffic, secondMs: number): DemoSpan[] {
  const random = new Random(seed, secondMs / 1000);
  const visits = (spansPerSecond * rhythm(secondMs)) / SPANS_PER_VISIT / sampledOneIn;
  const spans: DemoSpan[] = [];
  const traceState = traceStateOf(sampledOneIn);
  const count = Math.floor(visits) + (random.chance(visits % 1) ? 1 : 0);
  for (let i = 0; i < count; i++)
    visit({ traceState, random, spans }, secondMs * 1000 + random.below(1_000_000));
  return spans;
}

/** Around 1: the rate of a time as a part of the mean. */
export function rhythm(timeMs: number): number {
  return WAVES.reduce(
    (rate, [amplitude, periodMs]) => rate + amplitude * Math.sin((2 * Math.PI * timeMs) / periodMs),
    1,
  );
}

/** OpenTelemetry's sampling threshold: the part of the random values that is rejected, in hexadecimal. */
function traceStateOf(sampledOneIn: number): string {
  return sampledOneIn === 1 ? '' : `ot=th:${(16 - 16 / sampledOneIn).toString(16)}`;
}
