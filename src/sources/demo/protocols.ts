/**
 * How the shop's services talk: each function makes the spans both sides of one exchange would record, with the attributes of
 * OpenTelemetry's semantic conventions, and says how it ended.
 */
import { DEFECTS, type ServiceName } from './services.ts';
import { type Attributes, KIND, type SpanLink } from './span.ts';
import { type Trace, Work } from './work.ts';

/** gRPC's status codes, as far as the shop uses them. */
export const GRPC = { ok: 0, deadlineExceeded: 4, failedPrecondition: 9, unavailable: 14 } as const;
export type GrpcCode = (typeof GRPC)[keyof typeof GRPC];
/** Codes that are the server's fault, and make its span an error. */
const SERVER_FAULTS: ReadonlySet<GrpcCode> = new Set([GRPC.deadlineExceeded, GRPC.unavailable]);

export interface HttpTarget {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  readonly path: string;
}

/** `body` is the server's work and returns its status. */
export function callGrpc(
  caller: Work,
  target: { readonly service: ServiceName; readonly rpc: string },
  body: (server: Work) => GrpcCode,
): GrpcCode {
  const { service, rpc } = target;
  const [rpcService = '', rpcMethod = ''] = rpc.split('/');
  const attributes = {
    'rpc.system': 'grpc',
    'rpc.service': rpcService,
    'rpc.method': rpcMethod,
    'server.address': service,
    'server.port': 8080,
  };
  let code: GrpcCode = GRPC.ok;
  caller.inside(KIND.client, rpc, attributes, (client) => {
    client.serve(
      { service, name: rpc, attributes, isUnseen: service === DEFECTS.noServerSpans },
      (server) => {
        code = body(server);
        server.set('rpc.grpc.status_code', code);
        if (SERVER_FAULTS.has(code)) server.fail(String(code), 'the call failed');
      },
    );
    client.set('rpc.grpc.status_code', code);
    if (code !== GRPC.ok) client.fail(String(code), `${rpc} failed`);
  });
  return code;
}

/** `body` is the server's work and returns its status. */
export function callHttp(
  caller: Work,
  target: HttpTarget & { readonly service: ServiceName },
  body: (server: Work) => number,
): number {
  let status = 200;
  caller.inside(KIND.client, target.method, httpClient(target.service, target), (client) => {
    client.serve({ service: target.service, ...httpServer(target.service, target) }, (server) => {
      status = body(server);
      endHttpServer(server, target.service, status);
    });
    endHttpClient(client, status);
  });
  return status;
}

/** A call to a host outside the shop, which sends no spans. */
export function callOutside(
  caller: Work,
  target: HttpTarget & { readonly host: string; readonly medianMs: number; readonly resends?: number },
  status: number,
): void {
  caller.inside(KIND.client, target.method, httpClient(target.host, target), (client) => {
    if (target.resends !== undefined && target.resends > 0)
      client.set('http.request.resend_count', target.resends);
    client.spend(target.medianMs);
    endHttpClient(client, status);
  });
}

export function httpServer(
  service: ServiceName,
  { method, route, path }: HttpTarget,
): { readonly name: string; readonly attributes: Attributes } {
  if (service === DEFECTS.oldSdk)
    return {
      name: route,
      attributes: {
        'http.method': method,
        'http.route': route,
        'http.target': path,
        'http.scheme': 'http',
        'net.host.name': service,
      },
    };
  return {
    name: `${method} ${service === DEFECTS.idsInNames ? path : route}`,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.path': path,
      'url.scheme': 'http',
      'server.address': service,
      'network.protocol.version': '1.1',
    },
  };
}

export function endHttpServer(server: Work, service: ServiceName, status: number): void {
  server.set(service === DEFECTS.oldSdk ? 'http.status_code' : 'http.response.status_code', status);
  if (status >= 500) server.fail(String(status), 'internal error');
}

export function queryPostgres(
  caller: Work,
  query: {
    readonly operation: 'SELECT' | 'INSERT' | 'UPDATE';
    readonly table: string;
    readonly medianMs: number;
  },
  fault?: string,
): void {
  const summary = `${query.operation} ${query.table}`;
  const attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.operation.name': query.operation,
    'db.collection.name': query.table,
    'db.query.summary': summary,
    'server.address': 'shop-db',
    'server.port': 5432,
  };
  caller.inside(KIND.client, summary, attributes, (client) => {
    client.spend(query.medianMs);
    if (fault !== undefined) client.throwing('PSQLException', fault);
  });
}

export function callRedis(caller: Work, command: 'GET' | 'HGETALL' | 'HSET' | 'DEL'): void {
  const attributes = {
    'db.system.name': 'redis',
    'db.namespace': '0',
    'db.operation.name': command,
    'server.address': 'shop-cache',
    'server.port': 6379,
  };
  caller.inside(KIND.client, command, attributes, (client) => client.spend(0.6));
}

/** Sends a message and returns the producer span. */
export function publish(caller: Work, topic: string): Work {
  return caller.inside(KIND.producer, `send ${topic}`, messaging('send', topic), (producer) =>
    producer.spend(1.5),
  );
}

/** Handles messages some time after they were sent: inside the producer's trace with `parent`, else in a trace of its own. */
export function consume(
  trace: Trace,
  source: {
    readonly service: ServiceName;
    readonly topic: string;
    readonly links: readonly SpanLink[];
    readonly nowUs: number;
    readonly parent?: Work;
  },
  body: (consumer: Work) => void,
): void {
  const { service, topic, links, parent } = source;
  const attributes = {
    ...messaging('process', topic),
    'messaging.consumer.group.name': service,
  };
  const start = { service, kind: KIND.consumer, name: `process ${topic}`, attributes, links };
  const consumer = new Work(trace, start, {
    nowUs: source.nowUs,
    ...(parent === undefined ? {} : { parent }),
  });
  body(consumer);
  consumer.end();
}

function messaging(operation: string, topic: string): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.type': operation,
    'messaging.operation.name': operation,
    'server.address': 'shop-kafka',
  };
}

function httpClient(host: string, { method, path }: HttpTarget): Attributes {
  return {
    'http.request.method': method,
    'url.full': `http://${host}${path}`,
    'server.address': host,
    'server.port': 80,
  };
}

function endHttpClient(client: Work, status: number): void {
  client.set('http.response.status_code', status);
  if (status >= 400) client.fail(String(status), `status ${status}`);
}
