/**
 * The names of services and operations, for every page's drop-downs: the current API (`/api/v3`) and the one before it. Names come from the
 * stored rows, so they live as long as these; they are sorted and never empty.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TenantReader } from '../sinks/store-reader.ts';
import { tenantOf } from './access.ts';
import { ApiError } from './api-error.ts';
import { type QueryFields, first, queryFields, rawQuery } from './query-fields.ts';

export interface NameStore {
  readonly reader: Pick<TenantReader, 'query'>;
  readonly database: string;
}

/** An operation as the UI reads it. */
export interface OperationName {
  readonly name: string;
  readonly spanKind: string;
}

/** Names one answer gives: far beyond what a drop-down shows. */
const NAMES_MAX = 100_000;

async function queryServices(
  store: NameStore,
  tenant: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const rows = await store.reader.query<{ service: string }>(
    `SELECT DISTINCT service FROM {database:Identifier}.services
    WHERE tenant = {tenant:String} AND service != '' ORDER BY service LIMIT ${NAMES_MAX}`,
    { database: store.database, tenant },
    signal,
  );
  return rows.map(({ service }) => service);
}

/** A span that names no kind counts as internal, as in Jaeger. An empty `spanKind` asks for all. */
async function queryOperations(
  store: NameStore,
  tenant: string,
  question: { readonly service: string; readonly spanKind: string; readonly signal?: AbortSignal },
): Promise<readonly OperationName[]> {
  const { service, spanKind, signal } = question;
  return store.reader.query<OperationName>(
    `SELECT DISTINCT operation AS name, if(span_kind = 'unspecified', 'internal', toString(span_kind)) AS spanKind
    FROM {database:Identifier}.operations
    WHERE tenant = {tenant:String} AND service = {service:String} AND operation != ''
      AND ({spanKind:String} = '' OR if(span_kind = 'unspecified', 'internal', toString(span_kind)) = {spanKind:String})
    ORDER BY name, spanKind LIMIT ${NAMES_MAX}`,
    { database: store.database, tenant, service, spanKind: spanKind.toLowerCase() },
    signal,
  );
}

export function serviceRoutes(server: FastifyInstance, store: NameStore): void {
  server.get('/api/v3/services', async (request) => ({
    services: await queryServices(store, tenantOf(request), request.signal),
  }));
  server.get('/api/v3/operations', async (request) => ({
    operations: await operationsOf(store, request, fieldsOf(request)),
  }));
  server.get('/api/services', async (request) =>
    page(await queryServices(store, tenantOf(request), request.signal)),
  );
  server.get('/api/operations', async (request) => {
    const fields = fieldsOf(request);
    if (first(fields, 'service') === '') throw new ApiError(400, "parameter 'service' is required");
    return page(await operationsOf(store, request, fields));
  });
  server.get<{ Params: { service: string } }>('/api/services/:service/operations', async (request) => {
    const { service } = request.params;
    const operations = await queryOperations(store, tenantOf(request), {
      service,
      spanKind: '',
      signal: request.signal,
    });
    return page([...new Set(operations.map(({ name }) => name))]);
  });
}

async function operationsOf(
  store: NameStore,
  request: FastifyRequest,
  fields: QueryFields,
): Promise<readonly OperationName[]> {
  const service = first(fields, 'service');
  if (service === '') return [];
  const spanKind = first(fields, 'spanKind') || first(fields, 'span_kind');
  return queryOperations(store, tenantOf(request), { service, spanKind, signal: request.signal });
}

function fieldsOf(request: FastifyRequest): QueryFields {
  return queryFields(rawQuery(request.url));
}

/** The envelope of Jaeger's older API. */
function page(data: readonly unknown[]): object {
  return { data, total: data.length, limit: 0, offset: 0, errors: null };
}
