/** GET `/livez` and `/readyz`, open to everybody: they tell what works and nothing else. */
import type { FastifyInstance } from 'fastify';

/** What the engine says of itself. */
export interface Status {
  /** False: the process should be restarted. */
  readonly isLive: boolean;
  /** False: ask somebody else. */
  readonly isReady: boolean;
  /** Why not, one short sentence each, without addresses and secrets. */
  readonly reasons: readonly string[];
}

export function healthRoutes(server: FastifyInstance, status: () => Status | Promise<Status>): void {
  server.get('/livez', async (_request, reply) => {
    const { isLive, reasons } = await known(status);
    return reply.code(isLive ? 200 : 503).send({ live: isLive, reasons: isLive ? [] : reasons });
  });
  server.get('/readyz', async (_request, reply) => {
    const { isLive, isReady, reasons } = await known(status);
    const ready = isLive && isReady;
    return reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
}

/** A status that cannot be told is a process that lives and is not ready. */
async function known(status: () => Status | Promise<Status>): Promise<Status> {
  try {
    return await status();
  } catch {
    return { isLive: true, isReady: false, reasons: ['the status is unknown'] };
  }
}
