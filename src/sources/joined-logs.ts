/** Several logs in memory as one source, told apart by their topics. Offers end before the logs do. */
import type { LogSource } from './log-source.ts';
import type { MemoryLog } from './memory-log.ts';

/** `close` ends what offers messages to the logs. */
export function joined(logs: readonly MemoryLog[], close: () => Promise<void>): LogSource {
  const of = (topic: string): MemoryLog => {
    const log = logs.find((candidate) => candidate.topic === topic);
    if (log === undefined) throw new Error(`BUG: no log has topic ${topic}`);
    return log;
  };
  let closed: Promise<void> | undefined;
  return {
    ephemeral: true,
    async start(listener) {
      await Promise.all(logs.map((log) => log.start(listener)));
    },
    seek: (topic, partition, offset) => of(topic).seek(topic, partition, offset),
    pause: (topic, partition) => of(topic).pause(topic, partition),
    resume: (topic, partition) => of(topic).resume(topic, partition),
    async commit(positions) {
      await Promise.all(logs.map((log) => log.commit(positions)));
    },
    offsets: (topic) => of(topic).offsets(),
    offsetAt: (topic, partition, timeMs) => of(topic).offsetAt(topic, partition, timeMs),
    async drain() {
      await (closed ??= close());
      await Promise.all(logs.map((log) => log.drain()));
    },
    async stop() {
      await (closed ??= close());
      await Promise.all(logs.map((log) => log.stop()));
    },
  };
}
