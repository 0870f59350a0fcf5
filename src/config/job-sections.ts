/** The sections of the configuration that are jobs' own: each is what the job of its name is made from. */
import { z } from 'zod';
import { database, name, positive } from './values.ts';

const seriesLimits = z.strictObject({
  servicesPerTenantMax: positive
    .default(1000)
    .describe('Services a tenant may have in a slot; the rest is counted under `__other__`.'),
  seriesPerServiceMax: positive
    .default(2000)
    .describe(
      'Series (operation, kind, dimensions) a service may have in a slot; the rest is counted under `__other__`.',
    ),
  rowsPerTenantMax: positive
    .default(1_000_000)
    .describe(
      'Rows (series, status, window) a tenant may have in a slot; the rest is counted under `__other__`.',
    ),
});

export const red = z.strictObject({
  dimensions: z
    .array(name)
    .max(8)
    .default([])
    .describe('Attribute keys that become dimensions, read from the span first, then from its resource.'),
  limits: seriesLimits.prefault({}),
});

const jaegerDependencies = z.strictObject({
  database: database
    .optional()
    .describe(
      'Database of a Jaeger with ClickHouse storage on the same server. A view `dependencies` is made there, for its System Architecture page. Absent: none is.',
    ),
  tenant: name.default('default').describe('Tenant whose dependencies that Jaeger shows.'),
});

export const dependencies = z.strictObject({
  profile: z
    .enum(['weir', 'otel', 'jaeger'])
    .default('weir')
    .describe(
      "Whose rules count calls: Weir's own, those of OpenTelemetry's service graph connector, or those of Jaeger's nightly job. The next three options are Weir's.",
    ),
  selfEdges: z.boolean().default(false).describe('Count calls of a service to itself.'),
  brokers: z
    .boolean()
    .default(false)
    .describe('Show queues and topics as nodes of their own, beside the edges from producers to consumers.'),
  unknownCallers: z
    .boolean()
    .default(false)
    .describe('Count an edge from `user` to each service that is called without a parent.'),
  limits: z
    .strictObject({
      rowsPerTenantMax: positive
        .default(50_000)
        .describe(
          'Rows (caller, callee, connection type, window) a tenant may have in a slot; the rest is counted from `__other__` to `__other__`.',
        ),
    })
    .prefault({}),
  jaeger: jaegerDependencies.prefault({}),
});

export const paths = z.strictObject({
  limits: z
    .strictObject({
      rowsPerTenantMax: positive
        .default(50_000)
        .describe(
          'Rows (path, window) a tenant may have in a slot; the rest is counted as the path of the one entry `__other__`.',
        ),
      entriesMax: positive
        .default(32)
        .describe('Entries of a path; a longer one is counted as the path of the one entry `__other__`.'),
      depthMax: positive
        .max(1024)
        .default(64)
        .describe('Spans from a root to a span, both included; a span further down has no path.'),
      completedMax: positive
        .default(65_536)
        .describe('Spans whose path may become known by one span, such as a root that comes last.'),
    })
    .prefault({}),
});

export const quality = z.strictObject({
  clockToleranceMs: positive
    .default(500)
    .describe('How far apart clocks may be before checks call a span skewed, or in the future.'),
  durationMsMax: positive.default(86_400_000).describe('A span that lasts longer has an absurd duration.'),
  minimumVersions: z
    .record(name, z.string().regex(/^\d+(\.\d+)*$/, 'expected numbers and dots, such as 1.30.0'))
    .default({
      'cpp/opentelemetry': '1.16.0',
      'dotnet/opentelemetry': '1.9.0',
      'erlang/opentelemetry': '1.4.0',
      'go/opentelemetry': '1.28.0',
      'java/opentelemetry': '1.40.0',
      'nodejs/opentelemetry': '1.25.0',
      'php/opentelemetry': '1.1.0',
      'python/opentelemetry': '1.26.0',
      'ruby/opentelemetry': '1.5.0',
      'rust/opentelemetry': '0.24.0',
      'swift/opentelemetry': '1.10.0',
      'webjs/opentelemetry': '1.25.0',
      'go/jaeger': '2.30.0',
      'java/jaeger': '1.8.1',
      'node/jaeger': '3.19.0',
      'python/jaeger': '4.8.0',
    })
    .describe(
      'Least client version that counts as current, by `language/library` as in view `clients`. Replaces the whole table.',
    ),
  limits: z
    .strictObject({
      servicesPerTenantMax: positive
        .default(1000)
        .describe('Services a tenant may have in a slot; the rest is counted under `__other__`.'),
      operationsPerServiceMax: positive
        .default(500)
        .describe('Operations a service may have in a slot; the rest is counted under `__other__`.'),
      rowsPerTenantMax: positive
        .default(50_000)
        .describe(
          'Service, operation and window: what a tenant may have of them in a slot; the rest is counted under `__other__`.',
        ),
    })
    .prefault({}),
});
