/** Whoever watches the engine, told at once: metrics, counters, the log. */
import type { Counters } from '../sinks/prometheus.ts';
import type { EngineObserver } from '../engine/observer.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry.ts';
import { watchTraces } from './watch-traces.ts';

/** Nobody watches. */
export const SILENT: EngineObserver = {
  opened: () => {},
  closed: () => {},
  read: () => {},
  traces: () => {},
  passedOver: () => {},
  poisoned: () => {},
  acknowledged: () => {},
  flushed: () => {},
  flushFailed: () => {},
  claimFailed: () => {},
  commitFailed: () => {},
};

/** Spans and messages since the start, for the progress line. */
export interface Tally {
  spans: number;
  messages: number;
  undecodable: number;
}

export interface Watched {
  readonly observer: EngineObserver;
  readonly tally: Readonly<Tally>;
}

/** An undecodable message is worth a line, a stream of them is not: the counter has them all. */
const POISON_LOG_MS = 10_000;

export function watch(telemetry: Telemetry, counters: Counters, log: Logger): Watched {
  const tally: Tally = { spans: 0, messages: 0, undecodable: 0 };
  let poisonLoggedMs = 0;
  const observer: EngineObserver = {
    ...watchTraces(telemetry, log),
    opened(topic, partition, plan) {
      const { generation, readFrom, ownersFrom, lostMessages, restarted } = plan;
      log.debug({ topic, partition, generation, readFrom, ownersFrom }, 'partition opened');
      if (lostMessages > 0) {
        telemetry.lost(lostMessages);
        log.error({ topic, partition, lostMessages }, 'retention removed messages before they were read');
      }
      if (restarted !== undefined)
        log.warn({ topic, partition, generation, restarted }, 'a new generation begins');
    },
    closed(topic, partition) {
      telemetry.closed(topic, partition);
      log.debug({ topic, partition }, 'partition closed');
    },
    read(topic, _partition, messages, spans, bytes) {
      tally.messages += messages;
      tally.spans += spans;
      telemetry.read(topic, messages, spans, bytes);
    },
    poisoned(topic, reason) {
      tally.undecodable++;
      telemetry.poisoned(topic, reason);
      if (Date.now() - poisonLoggedMs < POISON_LOG_MS) return;
      poisonLoggedMs = Date.now();
      log.warn({ topic, reason, undecodable: tally.undecodable }, 'undecodable message');
    },
    acknowledged(flush) {
      if (flush.hi <= flush.countedTo) return;
      counters.acknowledged(flush);
      telemetry.observe(flush.rows);
    },
    flushed(seconds, rows) {
      telemetry.flushed(seconds);
      log.debug({ seconds, rows }, 'flushed');
    },
    flushFailed(error, retryInMs) {
      telemetry.flushFailed();
      log.warn({ error, retryInMs: Math.round(retryInMs) }, 'rows could not be written; retrying');
    },
    claimFailed(topic, partition, error, retryInMs) {
      const retry = { topic, partition, error, retryInMs: Math.round(retryInMs) };
      log.warn(retry, 'the store or the log does not say where to go on with a partition; asking again');
    },
    commitFailed(error) {
      log.debug({ error }, 'offsets could not be committed; nothing depends on them');
    },
  };
  return { observer, tally };
}
