/**
 * The HTTP API: a store, tenants, metrics and a status come in, a server goes out. Every answer is for one tenant, bounded in time, and ends
 * when its client leaves; an error is a short message in Jaeger's shapes. Health is open, all else needs a token once there is one.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { SinkError } from '../sinks/sink-error.ts';
import type { TenantReader } from '../sinks/store-reader.ts';
import { type Auth, assertSafeBind, bearerCheck, tenantCheck, tenantOf } from './access.ts';
import { ADMISSION_LIMITS, Admission, type AdmissionLimits } from './admission.ts';
import { ApiError, ERROR_CONTENT_TYPE, errorBody } from './api-error.ts';
import { decorationRoutes } from './decorations.ts';
import { deepDependencyRoutes } from './deep-dependencies.ts';
import { dependencyRoutes } from './dependencies.ts';
import { expositionRoute } from './exposition.ts';
import { type Freshness, labelFreshness } from './freshness.ts';
import { type Status, healthRoutes } from './health.ts';
import { METRICS_LIMITS, type MetricsLimits } from './metrics-params.ts';
import { metricsRoutes } from './metrics.ts';
import { type QualityOptions, qualityRoutes } from './quality.ts';
import { serviceRoutes } from './services.ts';

export interface ServerOptions {
  readonly reader: TenantReader;
  /** Database of the tables and views. */
  readonly database: string;
  /** Length of the windows the rows were counted in. */
  readonly windowMs: number;
  /** Tenants that may be asked for: at least one. */
  readonly tenants: readonly string[];
  readonly auth: Auth;
  /** The body of `/metrics`. */
  readonly metrics: () => AsyncIterable<string>;
  readonly status: () => Status | Promise<Status>;
  readonly freshness: () => Freshness;
  /** Path before `/api`, such as `/jaeger`. */
  readonly basePath?: string;
  readonly quality: QualityOptions;
  readonly metricsLimits?: Partial<MetricsLimits>;
  readonly admissionLimits?: AdmissionLimits;
  /** Told of every answer that failed for no fault of its client. */
  readonly onError?: (error: unknown, path: string) => void;
  /** Unix ms. */
  readonly now?: () => number;
}

export interface ApiServer {
  /** Resolves with the address in use. Throws UnsafeBindError where a non-loopback host would be open to all. */
  listen(at: { readonly host?: string; readonly port: number }): Promise<string>;
  /** Lets answers end, but not for long. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const REQUEST_TIMEOUT_MS = 30_000;
const BODY_BYTES_MAX = 64 * 1024;
/** A service's name has at most 1,024 bytes, each percent-encoded to three. */
const PARAM_LENGTH_MAX = 3 * 1024;
const CLOSE_GRACE_MS = 5000;
const STORE_RETRY_AFTER_S = 5;
/** ClickHouse's codes for a query over its limit of rows or bytes. */
const TOO_MUCH = new Set(['158', '307', '396']);
/** ClickHouse's code for a table that does not exist: its job never ran. */
const NO_TABLE = '60';

export function createServer(options: ServerOptions): ApiServer {
  const basePath = (options.basePath ?? '').replace(/\/+$/, '');
  const assertAllowed = guardOf(options.auth);
  const answerError = errorAnswers(basePath, options.onError ?? (() => {}));
  const server = fastify({
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 2 * REQUEST_TIMEOUT_MS,
    handlerTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: false,
    // A path that is no path: neither hooks nor the handler of errors see it.
    frameworkErrors: (error, request, reply) => {
      let answered: unknown = error;
      try {
        assertAllowed(request, reply);
      } catch (refusal) {
        answered = refusal;
      }
      void answerError(answered, request, reply);
    },
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
  });
  server.addHook('onRequest', async (request, reply) => assertAllowed(request, reply));
  server.setErrorHandler(answerError);
  server.setNotFoundHandler(async (request, reply) => answerNotFound(basePath, request, reply));
  healthRoutes(server, options.status);
  expositionRoute(server, options.metrics);
  void server.register(
    (api, _, done) => {
      apiRoutes(api, options);
      done();
    },
    { prefix: basePath },
  );
  return {
    listen: ({ host = LOOPBACK, port }) => {
      assertSafeBind(host, options.auth);
      return server.listen({ host, port });
    },
    close: async () => {
      const grace = setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS);
      await server.close();
      clearTimeout(grace);
    },
  };
}

function apiRoutes(api: FastifyInstance, options: ServerOptions): void {
  const { reader, database, windowMs, tenants, metricsLimits, admissionLimits = ADMISSION_LIMITS } = options;
  const admission = new Admission(admissionLimits);
  const assertTenant = tenantCheck(tenants);
  api.addHook('onRequest', async (request, reply) => {
    assertTenant(request);
    const leave = await admission.enter(tenantOf(request), request.signal);
    if (reply.raw.destroyed || request.signal.aborted) leave();
    else reply.raw.once('close', leave);
  });
  labelFreshness(api, options.freshness);
  serviceRoutes(api, { reader, database });
  const now = options.now ?? Date.now;
  dependencyRoutes(api, { reader, database }, now);
  deepDependencyRoutes(api, { reader, database }, now);
  decorationRoutes(api, { reader, database }, now);
  qualityRoutes(api, { reader, database }, { ...options.quality, freshness: options.freshness }, now);
  const limits = { ...METRICS_LIMITS, ...metricsLimits };
  metricsRoutes(api, { reader, database, windowMs, limits }, now);
}

/** Sets the headers of every answer, and throws 401 where a request lacks the token that its path needs. */
function guardOf(auth: Auth): (request: FastifyRequest, reply: FastifyReply) => void {
  const assertBearer = bearerCheck(auth);
  return (request, reply) => {
    void reply.headers({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
    });
    const path = pathOf(request);
    if (path !== '/livez' && path !== '/readyz') assertBearer(request);
  };
}

function answerNotFound(basePath: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = apiPathOf(basePath, request);
  // As Jaeger answers, but for analytics: its pages read errors as JSON.
  const body = path.startsWith('/analytics/') ? errorBody(path, 404, 'not found') : '404 page not found\n';
  return reply.code(404).type(ERROR_CONTENT_TYPE).send(body);
}

function errorAnswers(
  basePath: string,
  onError: (error: unknown, path: string) => void,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  return async (error, request, reply) => {
    const path = apiPathOf(basePath, request);
    const { status, message, retryAfterS } = answerTo(error);
    if (status >= 500 && !(error instanceof ApiError) && !request.signal.aborted) onError(error, path);
    if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS));
    return reply
      .code(status)
      .type(ERROR_CONTENT_TYPE)
      .send(errorBody(path, status, message));
  };
}

/** What a client may know of an error. */
function answerTo(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SinkError) {
    if (error.code !== undefined && TOO_MUCH.has(error.code))
      return new ApiError(400, 'this answer needs more rows than a query may read: shorten lookback');
    if (error.code === NO_TABLE)
      return new ApiError(501, 'the job that counts this is not run: add it to `jobs` in the configuration');
    return error.retryable
      ? new ApiError(503, 'the store cannot answer now', STORE_RETRY_AFTER_S)
      : new ApiError(500, 'the store refused the query');
  }
  const { statusCode: status, code } = error as { readonly statusCode?: number; readonly code?: string };
  if (code === 'FST_ERR_HANDLER_TIMEOUT')
    return new ApiError(503, 'the answer took too long', STORE_RETRY_AFTER_S);
  if (status !== undefined && status >= 400 && status < 500) return new ApiError(status, 'malformed request');
  return new ApiError(500, 'internal error');
}

/** Without the base path. */
function apiPathOf(basePath: string, request: FastifyRequest): string {
  const path = pathOf(request);
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}
