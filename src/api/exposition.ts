/** GET `/metrics`: all of Weir's metrics in Prometheus' text format, streamed as they are rendered. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { EXPOSITION_CONTENT_TYPE } from '../sinks/prometheus-text.ts';

export function expositionRoute(server: FastifyInstance, metrics: () => AsyncIterable<string>): void {
  server.get('/metrics', async (_request, reply) =>
    reply.type(EXPOSITION_CONTENT_TYPE).send(Readable.from(metrics(), { objectMode: false })),
  );
}
