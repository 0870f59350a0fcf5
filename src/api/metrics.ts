/** GET `/api/metrics/{latencies,calls,errors}`: what Jaeger's Monitor tab asks, answered from `red_v1` as Jaeger's Prometheus reader would. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { tenantOf } from './access.ts';
import { ApiError } from './api-error.ts';
import { metricFamily } from './metric-family.ts';
import { METRICS, type Metric, type MetricsParams, metricsParams } from './metrics-params.ts';
import { type MetricAnswer, type MetricStore, queryMetric } from './metrics-query.ts';
import { first, queryFields, rawQuery, unencodedServiceFields } from './query-fields.ts';

export function metricsRoutes(server: FastifyInstance, store: MetricStore, now: () => number): void {
  for (const metric of METRICS) {
    server.get(`/api/metrics/${metric}`, async (request, reply) => {
      const query = rawQuery(request.url);
      const ask = (params: MetricsParams): Promise<MetricAnswer> =>
        queryMetric(store, tenantOf(request), { metric, params, signal: request.signal });
      const { params, answer } = await answerOf(metric, query, store, now(), ask);
      // Anything but these, as Jaeger has it.
      const isPretty = !['', 'false'].includes(first(queryFields(query), 'prettyPrint'));
      return reply
        .type('application/json')
        .send(Readable.from(metricFamily(metric, params, answer, isPretty), { objectMode: false }));
    });
  }
}

interface Answered {
  readonly params: MetricsParams;
  readonly answer: MetricAnswer;
}

/** A name the UI may have left unencoded is tried first; without data for it, the query means what its text says. */
async function answerOf(
  metric: Metric,
  query: string,
  { limits }: MetricStore,
  nowMs: number,
  ask: (params: MetricsParams) => Promise<MetricAnswer>,
): Promise<Answered> {
  const unencoded = unencodedServiceFields(query);
  if (unencoded !== undefined) {
    const params = parsed(() => metricsParams(metric, unencoded, nowMs, limits));
    const answer = params && (await ask(params));
    if (params && answer && answer.series.length > 0) return { params, answer };
  }
  const params = metricsParams(metric, queryFields(query), nowMs, limits);
  return { params, answer: await ask(params) };
}

/** Undefined where the fields make no question. */
function parsed(parse: () => MetricsParams): MetricsParams | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
