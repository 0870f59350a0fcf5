/** What a running engine shows: its metrics, and the HTTP API over its store. */
import { createServer } from '../api/server.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import type { Job } from '../engine/job.ts';
import type { Logger } from '../log.ts';
import { startScoreGauge } from '../report/score-gauge.ts';
import { type Counters, createCounters } from '../sinks/prometheus.ts';
import { type MetricsSource, renderMetrics } from '../sinks/prometheus-text.ts';
import type { StoreReader } from '../sinks/store-reader.ts';
import { createTelemetry, type Telemetry } from '../telemetry.ts';
import { DEFAULT_TENANT, qualityKnowledge } from './assemble.ts';
import { listenError } from './failure.ts';
import { freshnessOf, statusOf } from './status.ts';
import { watchStore } from './store-watch.ts';

export interface Metrics {
  readonly telemetry: Telemetry;
  readonly counters: Counters;
}

export function openMetrics({ prometheus, tenants }: Config, jobs: readonly Job[]): Metrics {
  const families = jobs.flatMap(({ counters }) => counters);
  const { names } = tenants;
  const counters = createCounters(families, {
    naming: prometheus.naming,
    hasTenantLabel: names.length > 1,
    // What names no listed tenant counts as the default one: not listed either, nobody may ask for it.
    tenants: names.includes(DEFAULT_TENANT) ? undefined : new Set(names),
    seriesPerTenantMax: prometheus.seriesPerTenantMax,
    idleMs: prometheus.expiryMs,
  });
  return { telemetry: createTelemetry(), counters };
}

/** Gauges are read when they are scraped. */
export function reportPartitions(telemetry: Telemetry, engine: Engine): void {
  telemetry.beforeRender(() => {
    telemetry.rowsHeld(engine.rowsHeld);
    for (const { topic, partition, lagMessages, watermarkMs, neighbourhoodSeconds } of engine.partitions())
      telemetry.partition(topic, partition, {
        lagMessages,
        watermarkDelaySeconds: (Date.now() - watermarkMs) / 1000,
        neighbourhoodSeconds,
      });
  });
}

export interface ApiParts {
  readonly jobs: readonly Job[];
  readonly reader: StoreReader;
  readonly engine: Engine;
  readonly metrics: readonly MetricsSource[];
  readonly log: Logger;
}

export interface Api {
  /** Resolves with the address in use. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

export function openApi(config: Config, { jobs, reader, engine, metrics, log }: ApiParts): Api {
  const { host, port, token, allowUnauthenticated, basePath } = config.http;
  const { database } = config.clickhouse;
  const knowledge = qualityKnowledge(config, jobs);
  const scores = startScoreGauge({
    store: { reader, database },
    checks: knowledge.checks,
    tenants: config.tenants.names,
    onError: (error) => log.debug({ error }, 'the scores of trace quality could not be read'),
  });
  const store = watchStore(reader);
  const server = createServer({
    reader,
    database,
    windowMs: config.engine.windowMs,
    tenants: config.tenants.names,
    auth: { tokens: token === undefined ? [] : [token.reveal()], allowUnauthenticated },
    quality: { ...knowledge, documentationUrl: config.report.documentationUrl },
    metrics: () => renderMetrics([...metrics, scores]),
    status: () => statusOf(engine, store, config),
    freshness: () => freshnessOf(engine, config),
    basePath,
    onError: (error, path) => log.warn({ error, path }, 'a request could not be answered'),
  });
  return {
    listen: async () => {
      try {
        return await server.listen({ host, port });
      } catch (error) {
        throw listenError(error, 'http', { host, port });
      }
    },
    close: () => {
      scores.stop();
      store.stop();
      return server.close();
    },
  };
}
