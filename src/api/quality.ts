/**
 * GET `/api/quality-metrics`: what Jaeger's Trace Quality page asks of one service. Beside it, `/report` has the same for people and
 * programs, of one service or of all, and `/checks` is the documentation that the page links to.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { QualityReport } from '../report/quality-report.ts';
import { type QualityStore, lastHours } from '../report/quality-question.ts';
import { type QualityKnowledge, queryReport } from '../report/query-report.ts';
import { tenantOf } from './access.ts';
import { ApiError } from './api-error.ts';
import type { Freshness } from './freshness.ts';
import { checksPage } from './quality-checks.ts';
import { qualityPage } from './quality-page.ts';
import { type QueryFields, first, integerField, parseError, queryFields, rawQuery } from './query-fields.ts';

export interface QualityOptions extends QualityKnowledge {
  /** Where checks are documented. Absent: here. */
  readonly documentationUrl?: string | undefined;
}

export interface QualityRouteOptions extends QualityOptions {
  readonly freshness: () => Freshness;
}

const HOURS = 48;
/** A year. */
const HOURS_MAX = 366 * 24;

/** Relative: the page resolves it against the address it is mounted at. */
const OWN_DOCUMENTATION = 'api/quality-metrics/checks';

export function qualityRoutes(
  server: FastifyInstance,
  store: QualityStore,
  options: QualityRouteOptions,
  now: () => number,
): void {
  const { documentationUrl = OWN_DOCUMENTATION } = options;
  const reportOn = async (request: FastifyRequest, asked: Asked): Promise<QualityReport> => {
    // Rows of an earlier run may be there; what they say is known to none of the jobs that run.
    if (options.checks.length === 0)
      throw new ApiError(501, 'job quality is not run: add quality to `jobs` in the configuration');
    return queryReport(
      store,
      {
        tenant: tenantOf(request),
        service: asked.service,
        period: lastHours(asked.hours, now()),
        signal: request.signal,
      },
      options,
    );
  };
  server.get('/api/quality-metrics', async (request) => {
    const asked = askedOf(request);
    if (asked.service === '') throw new ApiError(400, "parameter 'service' is required");
    const report = await reportOn(request, asked);
    return qualityPage(report, { hours: asked.hours, documentationUrl, freshness: options.freshness() });
  });
  server.get('/api/quality-metrics/report', async (request) => reportOn(request, askedOf(request)));
  server.get('/api/quality-metrics/checks', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(checksPage(options.checks)),
  );
}

interface Asked {
  /** Empty: none given. */
  readonly service: string;
  readonly hours: number;
}

function askedOf(request: FastifyRequest): Asked {
  const fields = queryFields(rawQuery(request.url));
  return { service: first(fields, 'service'), hours: hoursOf(fields) };
}

function hoursOf(fields: QueryFields): number {
  const hours = integerField(fields, 'hours', HOURS);
  if (hours < 1 || hours > HOURS_MAX) throw parseError('hours', `must lie between 1 and ${HOURS_MAX}`);
  return hours;
}
