/** The corpus of OTLP in JSON: ExportTraceServiceRequests as compact JSON, the same for the same number. */
import { Buffer } from 'node:buffer';
import type { Corpus } from './corpus.ts';

const RESOURCES_PER_MESSAGE = 8;
const SPANS_PER_RESOURCE = 25;
const SPANS_PER_MESSAGE = RESOURCES_PER_MESSAGE * SPANS_PER_RESOURCE;

export type JsonRequest = ReturnType<typeof requestOf>;

export interface JsonCorpus extends Corpus {
  readonly messages: readonly Buffer[];
}

/** About so many spans, in whole messages. */
export function makeJsonCorpus(spans: number): JsonCorpus {
  const messageCount = Math.max(1, Math.round(spans / SPANS_PER_MESSAGE));
  const messages = Array.from({ length: messageCount }, (_, message) =>
    Buffer.from(JSON.stringify(requestOf(message))),
  );
  const bytes = messages.reduce((sum, message) => sum + message.length, 0);
  return { messages, spans: messageCount * SPANS_PER_MESSAGE, bytes };
}

function requestOf(message: number) {
  const resourceSpans = Array.from({ length: RESOURCES_PER_MESSAGE }, (_, resource) => {
    const service = (message * 3 + resource) % 20;
    const first = (message * RESOURCES_PER_MESSAGE + resource) * SPANS_PER_RESOURCE;
    return {
      resource: {
        attributes: [
          text('service.name', `service-${service}`),
          text('host.name', `node-${service % 4}`),
          text('k8s.pod.name', `service-${service}-7d9f8b6c5-x2x${resource}`),
          text('deployment.environment.name', 'production'),
          text('telemetry.sdk.language', 'nodejs'),
        ],
      },
      scopeSpans: [
        {
          scope: { name: '@scope/http' },
          spans: Array.from({ length: SPANS_PER_RESOURCE }, (_, i) => spanOf(first + i)),
        },
      ],
    };
  });
  return { resourceSpans };
}

function spanOf(n: number) {
  const route = `/api/v1/things-${n % 45}/{id}`;
  const startNs = 1_758_463_980_000_000_000n + BigInt(n) * 12_345_678n;
  return {
    traceId: hex(n >> 4, 32),
    spanId: hex(n, 16),
    parentSpanId: n % 16 === 0 ? '' : hex(n - 1, 16),
    name: `GET ${route}`,
    kind: (n % 5) + 1,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + BigInt((n * 7919) % 900_000) * 1000n),
    attributes: [
      text('http.request.method', 'GET'),
      text('http.route', route),
      text('url.path', `/api/v1/things-${n % 45}/${n}`),
      { key: 'http.response.status_code', value: { intValue: n % 50 === 0 ? '503' : '200' } },
      text('server.address', 'things.internal'),
      { key: 'server.port', value: { intValue: '8080' } },
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'),
      text('network.protocol.version', '1.1'),
      text('peer.service', `service-${n % 20}`),
      text('thread.name', `worker-${n % 8}`),
    ],
    status: n % 50 === 0 ? { code: 2 } : {},
    flags: 257,
  };
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function hex(n: number, digits: number): string {
  const mixed = BigInt.asUintN(digits * 4, (BigInt(n) + 1n) * 0x9e3779b97f4a7c15f39cc0605cedc835n);
  return mixed.toString(16).padStart(digits, '0');
}
