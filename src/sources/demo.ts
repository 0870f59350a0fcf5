/**
 * The demo: a shop of eleven services whose spans come as their SDKs would send them, in OTLP protobuf, into a log in memory. What
 * no earlier run made of the past hour is filled in at the start, sampled one in eight (the spans carry the weight, so rates are those of the live traffic);
 * then live traffic follows a few seconds behind the clock. A record's timestamp is the end of its last span.
 */
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { ByteBudget } from './byte-budget.ts';
import { writeRequest } from './demo/otlp-writer.ts';
import type { DemoSpan, Instance } from './demo/span.ts';
import { spansOfSecond } from './demo/traffic.ts';
import { joined } from './joined-logs.ts';
import type { LogSource } from './log-source.ts';
import { MemoryLog } from './memory-log.ts';

export const DEMO_TOPIC = 'demo';

export interface DemoOptions {
  readonly seed?: number;
  readonly spansPerSecond?: number;
  /** How much of the past to fill in. */
  readonly backfillMs?: number;
  /** What lies before was made by an earlier run. */
  readonly filledToMs?: number;
  /** Memory for spans that are not yet durable. */
  readonly bytesMax?: number;
  readonly now?: () => number;
}

export interface DemoSource extends LogSource {
  readonly topic: string;
  readonly encoding: 'otlp_proto';
  readonly budget: ByteBudget;
  /** Resolves when the past is filled in, or the demo was stopped before. */
  readonly backfilled: Promise<void>;
}

const SECOND_MS = 1000;
/** Spans of a second are complete this much later: the longest trace is over. */
const DELAY_MS = 8_000;
const BACKFILL_MS = 60 * 60_000;
const BACKFILL_SAMPLED_ONE_IN = 8;
/** Seconds per batch in the past; an SDK would send a batch every five. */
const BACKFILL_SECONDS = 5;
/** Spans of a batch, as in SDKs. */
const BATCH_SPANS_MAX = 512;
/** Live traffic that is later than this is left out, as an SDK with a full queue would. */
const BEHIND_MS_MAX = 60_000;
const BYTES_MAX = 64 * 2 ** 20;

/** Starts sending at once; spans wait in memory for `start`. */
export function startDemo(options: DemoOptions = {}): DemoSource {
  const budget = new ByteBudget(options.bytesMax ?? BYTES_MAX);
  const log = new MemoryLog({ topic: DEMO_TOPIC, budget });
  const now = options.now ?? Date.now;
  const traffic = { seed: options.seed ?? 1, spansPerSecond: options.spansPerSecond ?? 200 };
  const stop = new AbortController();
  const liveFromMs = Math.floor((now() - DELAY_MS) / SECOND_MS) * SECOND_MS;

  const send = async (spans: readonly DemoSpan[]): Promise<void> => {
    for (const { value, timestampMs } of exportRequests(spans))
      while (!stop.signal.aborted && log.offer(value, timestampMs) !== 'taken')
        await untilFreed(budget, stop.signal);
  };
  const backfill = async (): Promise<void> => {
    const past = { ...traffic, sampledOneIn: BACKFILL_SAMPLED_ONE_IN };
    const stepMs = BACKFILL_SECONDS * SECOND_MS;
    const filledToMs = Math.ceil((options.filledToMs ?? 0) / SECOND_MS) * SECOND_MS;
    const backfillFromMs = Math.max(filledToMs, liveFromMs - (options.backfillMs ?? BACKFILL_MS));
    for (let fromMs = backfillFromMs; fromMs < liveFromMs; fromMs += stepMs) {
      const spans: DemoSpan[] = [];
      for (let ms = fromMs; ms < Math.min(fromMs + stepMs, liveFromMs); ms += SECOND_MS)
        spans.push(...spansOfSecond(past, ms));
      await send(spans);
      await breathe();
      if (stop.signal.aborted) return;
    }
  };
  const live = async (): Promise<void> => {
    for (let secondMs = liveFromMs; !stop.signal.aborted; secondMs += SECOND_MS) {
      const aheadMs = secondMs + SECOND_MS + DELAY_MS - now();
      if (aheadMs > 0) await sleep(aheadMs, undefined, { signal: stop.signal }).catch(() => undefined);
      else if (aheadMs >= -BEHIND_MS_MAX) await breathe();
      else continue;
      await send(spansOfSecond({ ...traffic, sampledOneIn: 1 }, secondMs));
    }
  };
  const backfilled = backfill();
  const ended = backfilled.then(live);
  const source = joined([log], async () => {
    stop.abort();
    await ended;
  });
  return { ...source, topic: DEMO_TOPIC, encoding: 'otlp_proto', budget, backfilled };
}

/** The requests that the spans' instances export, in the order in which their last spans end. */
export function exportRequests(
  spans: readonly DemoSpan[],
): { readonly value: Uint8Array; readonly timestampMs: number }[] {
  const byInstance = new Map<Instance, DemoSpan[]>();
  for (const span of spans) {
    const its = byInstance.get(span.instance);
    if (its === undefined) byInstance.set(span.instance, [span]);
    else its.push(span);
  }
  const requests = [];
  for (const [instance, its] of byInstance) {
    its.sort((a, b) => a.endUs - b.endUs);
    for (let at = 0; at < its.length; at += BATCH_SPANS_MAX) {
      const batch = its.slice(at, at + BATCH_SPANS_MAX);
      requests.push({
        value: writeRequest(instance, batch),
        timestampMs: Math.ceil(batch.at(-1)!.endUs / 1000),
      });
    }
  }
  return requests.sort((a, b) => a.timestampMs - b.timestampMs);
}

async function untilFreed(budget: ByteBudget, stopped: AbortSignal): Promise<void> {
  let wake = (): void => undefined;
  const aborted = new Promise<void>((resolve) => (wake = resolve));
  stopped.addEventListener('abort', wake);
  await Promise.race([budget.freed(), aborted]);
  stopped.removeEventListener('abort', wake);
}
