/** Whether traces lie on one partition each, and stubs are read once: told to metrics, and once in the log with the cure. */
import type { EngineObserver } from '../engine/observer.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry.ts';

/** Beyond so many, and so large a part of those looked at, split traces are no accident of a producer's retry. */
const SPLIT_TRACES_MIN = 10;
export const SPLIT_SHARE_MIN = 0.01;

/** What cures split traces. */
export const SPLIT_CURE =
  "have the exporter key messages by trace id (`partition_traces_by_id: true` of OpenTelemetry's and Jaeger's kafka exporter), or set `rekey: true` for the topic";

export function watchTraces(
  telemetry: Telemetry,
  log: Logger,
): Pick<EngineObserver, 'traces' | 'passedOver'> {
  const seen = new Map<string, { sampled: number; split: number }>();
  const told = new Set<string>();
  const tellOnce = (what: string, details: object, message: string): void => {
    if (!told.has(what)) log.warn(details, message);
    told.add(what);
  };
  return {
    traces(topic, sampled, split) {
      telemetry.traces(topic, sampled, split);
      const before = seen.get(topic) ?? { sampled: 0, split: 0 };
      const sum = { sampled: before.sampled + sampled, split: before.split + split };
      seen.set(topic, sum);
      if (sum.split >= SPLIT_TRACES_MIN && sum.split > sum.sampled * SPLIT_SHARE_MIN)
        tellOnce(
          `split ${topic}`,
          { topic, sampledTraces: sum.sampled, splitTraces: sum.split },
          `traces lie on several partitions: what joins spans misses calls; ${SPLIT_CURE}`,
        );
    },
    passedOver(topic, repeated, outdated) {
      telemetry.passedOver(topic, repeated, outdated);
      if (outdated > 0)
        tellOnce(
          `outdated ${topic}`,
          { topic, stubs: outdated },
          'stubs are passed over, because a later generation of their source was read before: does another Weir write to this topic?',
        );
    },
  };
}
