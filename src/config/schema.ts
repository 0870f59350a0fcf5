/**
 * The configuration, whole: one schema from which validation, defaults, environment names and the reference table come. A
 * valid configuration satisfies `Config` and the rules between sections of contradictions.ts.
 */
import { z } from 'zod';
import { contradictions } from './contradictions.ts';
import { engine, jobs, log, prometheus, report, tenants } from './engine-sections.ts';
import { dependencies, paths, quality, red } from './job-sections.ts';
import { clickhouse, demo, http, kafka, otlpHttp } from './sections.ts';

export const SCHEMA = z
  .strictObject({
    kafka: kafka.prefault({}),
    otlpHttp: otlpHttp.prefault({}),
    demo: demo.prefault({}),
    clickhouse: clickhouse.prefault({}),
    http: http.prefault({}),
    prometheus: prometheus.prefault({}),
    tenants: tenants.prefault({}),
    jobs,
    red: red.prefault({}),
    dependencies: dependencies.prefault({}),
    paths: paths.prefault({}),
    quality: quality.prefault({}),
    engine: engine.prefault({}),
    report: report.prefault({}),
    log: log.prefault({}),
  })
  .superRefine((config, context) => {
    for (const { path, message } of contradictions(config))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type Config = Readonly<z.output<typeof SCHEMA>>;
