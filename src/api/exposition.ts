/** GET `/metrics`: all of Weir's metrics in Prometheus' text format, streamed as they are rendered. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { EXPOSITION_CONTENT_TYPE } from '../sinks/prometheus-text.ts';

export function expositionRoute(server: FastifyInstance, metrics: () => AsyncIterable<string>): void {
  // Without HEAD, which would be the first scrape of a new series, and what came before the second be lost.
  server.get('/metrics', { exposeHeadRoute: false }, async (_request, reply) =>
    reply.type(EXPOSITION_CONTENT_TYPE).send(Readable.from(metrics(), { objectMode: false })),
  );
}
