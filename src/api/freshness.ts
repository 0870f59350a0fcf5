/**
 * How current answers are, on each of them: `weir-data-until` says up to when the spans this process reads are counted, and `warning` marks an
 * answer that is older than a reader would think. A time is never a promise for spans that have not been sent yet.
 */
import type { FastifyInstance } from 'fastify';

export interface Freshness {
  /** Unix ms. Undefined: nothing is known, since nothing is read. */
  readonly untilMs: number | undefined;
  readonly isStale: boolean;
}

/** The warn-code of RFC 7234 for a stale answer. */
const STALE = '110 weir "Response is Stale"';

export function labelFreshness(server: FastifyInstance, freshness: () => Freshness): void {
  server.addHook('onRequest', async (_request, reply) => {
    const { untilMs, isStale } = freshness();
    if (untilMs !== undefined) void reply.header('weir-data-until', new Date(untilMs).toISOString());
    if (isStale) void reply.header('warning', STALE);
  });
}
