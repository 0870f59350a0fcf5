/**
 * Who may ask, and for which tenant. A token is compared in constant time; the tenant comes from `x-tenant`, which must be given once there
 * is more than one and must be known whenever it is given.
 */
import assert from 'node:assert/strict';
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';

const TENANT_HEADER = 'x-tenant';

export interface Auth {
  /** Each of them opens the API; none leaves it open, which only loopback may be. */
  readonly tokens: readonly string[];
  /** Serve everybody who can reach a non-loopback address. */
  readonly allowUnauthenticated: boolean;
}

export class UnsafeBindError extends Error {
  override readonly name = 'UnsafeBindError';
}

/** Throws UnsafeBindError where anybody on the network could read the API. */
export function assertSafeBind(host: string, auth: Auth): void {
  if (isLoopback(host) || auth.tokens.length > 0 || auth.allowUnauthenticated) return;
  throw new UnsafeBindError(
    `refusing to serve the API on ${host} without authentication: set a token, bind to 127.0.0.1, or opt out with allowUnauthenticated`,
  );
}

/** Gives a check that throws 401 unless `Authorization: Bearer` holds a known token. */
export function bearerCheck({ tokens }: Auth): (request: FastifyRequest) => void {
  const digests = tokens.map(digest);
  return ({ headers }) => {
    if (digests.length === 0) return;
    const given = digest(/^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '');
    let isKnown = false;
    for (const known of digests) isKnown = timingSafeEqual(known, given) || isKnown;
    if (!isKnown)
      throw new ApiError(401, 'missing or wrong bearer token: it is http.token of the configuration');
  };
}

const tenants = new WeakMap<FastifyRequest, string>();

/** Gives a check that remembers the request's tenant, or throws 401. */
export function tenantCheck(known: readonly string[]): (request: FastifyRequest) => void {
  assert(known.length > 0, 'BUG: an API without tenants');
  return (request) => {
    const given = request.headers[TENANT_HEADER] ?? (known.length === 1 ? known[0] : undefined);
    if (given === undefined)
      throw new ApiError(401, `missing tenant header: ${TENANT_HEADER} must name one of tenants.names`);
    if (typeof given !== 'string' || !known.includes(given)) throw new ApiError(401, 'unknown tenant');
    tenants.set(request, given);
  };
}

/** The tenant that `tenantCheck` found. */
export function tenantOf(request: FastifyRequest): string {
  const tenant = tenants.get(request);
  assert(tenant !== undefined, 'BUG: a route without a tenant');
  return tenant;
}

/** Of equal length, whatever it is made from. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
