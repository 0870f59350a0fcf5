/**
 * The OTLP/HTTP receiver: POST /v1/traces, protobuf or JSON. A request's body becomes one message of topic `otlp-http` (protobuf)
 * or `otlp-http-json` (JSON), so that every topic has one exact encoding. 200 says that the spans are in memory, no more. Both logs and the bodies being
 * read share one budget; where it is full the answer is 503 with Retry-After, and a tenant that has its share of it gets 429.
 */
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DecodeError } from '../codecs/decode-error.ts';
import { MESSAGE_BYTES_MAX } from '../limits.ts';
import { ByteBudget, type HolderBudget, type Taking } from './byte-budget.ts';
import { joined } from './joined-logs.ts';
import type { LogSource } from './log-source.ts';
import { MemoryLog } from './memory-log.ts';
import { CONTENT_TYPES, noRoom, type OtlpEncoding, Refusal, statusBody, successBody } from './otlp-answer.ts';
import { checkOtlpJson, checkOtlpProto } from './otlp-check.ts';
import { readBody } from './request-body.ts';

const OTLP_HTTP_PORT = 4318;
/** The topics of this source and what their messages are. */
const OTLP_HTTP_TOPICS: Readonly<Record<OtlpEncoding, string>> = {
  otlp_proto: 'otlp-http',
  otlp_json: 'otlp-http-json',
};

export interface OtlpHttpOptions {
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** Memory for requests that are being read or not yet durable. */
  readonly bytesMax: number;
  /** Cap on a body before decompression. */
  readonly compressedBytesMax?: number;
  /** Cap on a body after decompression. */
  readonly bodyBytesMax?: number;
  /** Tenants that may send; more than one makes the `x-tenant` header mandatory. */
  readonly tenants?: readonly string[];
  /** Of the memory that other tenants leave, what one may hold where there are several. */
  readonly tenantShare?: number;
  readonly now?: () => number;
}

export interface OtlpHttpSource extends LogSource {
  readonly topics: readonly { readonly topic: string; readonly encoding: OtlpEncoding }[];
  /** Where SDKs reach it: `http://127.0.0.1:4318`. */
  readonly address: string;
  readonly budget: ByteBudget;
}

export class OtlpHttpError extends Error {
  override readonly name = 'OtlpHttpError';
}

const PATH = '/v1/traces';
const TENANT_HEADER = 'x-tenant';
const TENANT_SHARE = 0.5;
const RETRY_AFTER_S = 5;
const REQUEST_MS_MAX = 30_000;
const HEADERS_MS_MAX = 10_000;
const TIMEOUT_CHECK_MS = 5_000;
const IDLE_MS_MAX = 60_000;
const CONNECTIONS_MAX = 1024;
/** A request still being read when the source stops is given this long. */
const STOP_MS_MAX = 2_000;
const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const CORS_HEADERS = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': `content-type, content-encoding, ${TENANT_HEADER}`,
  'access-control-max-age': '3600',
};

/** Listens, and takes requests from then on; they wait in memory for `start`. */
export async function startOtlpHttp(options: OtlpHttpOptions): Promise<OtlpHttpSource> {
  const { bytesMax, tenants = ['default'], tenantShare = TENANT_SHARE } = options;
  const budget = new ByteBudget(bytesMax, tenants.length > 1 ? tenantShare : 1);
  const logs: Readonly<Record<OtlpEncoding, MemoryLog>> = {
    otlp_proto: new MemoryLog({ topic: OTLP_HTTP_TOPICS.otlp_proto, budget }),
    otlp_json: new MemoryLog({ topic: OTLP_HTTP_TOPICS.otlp_json, budget }),
  };
  const server = createServer({ ...options, tenants }, budget, (encoding, body, tenant) => {
    // The log counts the body itself; nothing runs between giving and taking.
    budget.give(body.length, tenant);
    return logs[encoding].offer(body, (options.now ?? Date.now)(), tenant);
  });
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? OTLP_HTTP_PORT;
  await listen(server, host, port);
  const bound = (server.server.address() as AddressInfo).port;
  return {
    ...joined(Object.values(logs), () => close(server)),
    topics: [
      { topic: OTLP_HTTP_TOPICS.otlp_proto, encoding: 'otlp_proto' },
      { topic: OTLP_HTTP_TOPICS.otlp_json, encoding: 'otlp_json' },
    ],
    address: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    budget,
  };
}

type Accept = (encoding: OtlpEncoding, body: Buffer, tenant: string) => Taking;

interface ServerOptions extends OtlpHttpOptions {
  readonly tenants: readonly string[];
}

function createServer(options: ServerOptions, budget: ByteBudget, accept: Accept): FastifyInstance {
  const limits = {
    compressedBytesMax: options.compressedBytesMax ?? MESSAGE_BYTES_MAX,
    bytesMax: options.bodyBytesMax ?? MESSAGE_BYTES_MAX,
  };
  const server = fastify({
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: IDLE_MS_MAX,
    forceCloseConnections: 'idle',
    http: { headersTimeout: HEADERS_MS_MAX, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
  });
  server.server.maxConnections = CONNECTIONS_MAX;
  server.removeAllContentTypeParsers();
  // Bodies are read by the handler, against the budget, once the headers are known to be in order.
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (origin !== undefined && LOOPBACK_ORIGIN.test(origin))
      reply.headers({ 'access-control-allow-origin': origin, vary: 'Origin' });
    done();
  });
  server.setErrorHandler((error, request, reply) => refuse(request, reply, error));
  server.setNotFoundHandler(() => {
    throw new Refusal(404, `only POST ${PATH} is served here`);
  });
  server.options(PATH, (_request, reply) => reply.code(204).headers(CORS_HEADERS).send());
  server.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: PATH,
    handler: (_request, reply) => {
      reply.header('allow', 'POST, OPTIONS');
      throw new Refusal(405, `send traces with POST ${PATH}`);
    },
  });
  server.post(PATH, async (request, reply) => {
    const encoding = encodingOf(request);
    if (encoding === undefined)
      throw new Refusal(415, 'Content-Type must be application/x-protobuf or application/json');
    const tenant = tenantOf(request, options.tenants);
    const own = budget.of(tenant);
    const contentEncoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    const body = await readBody(request.raw, contentEncoding, { ...limits, budget: own });
    check(body, encoding, own);
    const taking = accept(encoding, body, tenant);
    if (taking !== 'taken') throw noRoom(taking);
    return await reply.type(CONTENT_TYPES[encoding]).send(successBody(encoding));
  });
  return server;
}

function encodingOf(request: FastifyRequest): OtlpEncoding | undefined {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.otlp_proto) return 'otlp_proto';
  return type === CONTENT_TYPES.otlp_json ? 'otlp_json' : undefined;
}

function tenantOf(request: FastifyRequest, tenants: readonly string[]): string {
  const named = request.headers[TENANT_HEADER];
  if (named === undefined && tenants.length === 1) return tenants[0]!;
  if (typeof named === 'string' && tenants.includes(named)) return named;
  throw new Refusal(401, `header ${TENANT_HEADER} must name a configured tenant`);
}

/** Throws a Refusal, the body's bytes given back, where the body is no request. */
function check(body: Buffer, encoding: OtlpEncoding, budget: HolderBudget): void {
  try {
    if (encoding === 'otlp_json') checkOtlpJson(body);
    else checkOtlpProto(body);
  } catch (error) {
    budget.give(body.length);
    if (!(error instanceof DecodeError)) throw error;
    throw new Refusal(400, `not an ExportTraceServiceRequest: ${error.message}`);
  }
}

async function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  const encoding = encodingOf(request) ?? 'otlp_json';
  const refusal = error instanceof Refusal ? error : toRefusal(error);
  // What is left of the body stands before the connection's next request.
  request.raw.resume();
  if (refusal.status === 503 || refusal.status === 429) reply.header('retry-after', String(RETRY_AFTER_S));
  await reply.code(refusal.status).type(CONTENT_TYPES[encoding]).send(statusBody(refusal, encoding));
}

/** What fastify itself found wrong is the client's; anything else is ours, and its text is nobody's business. */
function toRefusal(error: unknown): Refusal {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status < 500 ? new Refusal(400, 'the request is malformed') : new Refusal(500, 'internal error');
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw new OtlpHttpError(
      `cannot receive OTLP/HTTP on ${host}:${port}: ${isTaken ? 'the port is taken' : String(error)}`,
      { cause: error },
    );
  }
}

async function close(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), STOP_MS_MAX);
  await server.close();
  clearTimeout(timer);
}
