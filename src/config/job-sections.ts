/** The sections of the configuration that are jobs' own: each is what the job of its name is made from. */
import { z } from 'zod';
import { database } from './sections.ts';

const name = z.string().min(1);
const positive = z.int().min(1);

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
