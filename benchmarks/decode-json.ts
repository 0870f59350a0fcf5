/**
 * Spans per second that encoding otlp_json decodes into columns on one core, with six attribute keys wanted, and how many times what
 * JSON.parse alone does with the same bytes that is. Higher is better.
 *
 *     node dist/benchmarks/decode-json.js [spans] [seconds]
 *
 * Prints one line for people on stderr and one line of JSON on stdout. The two take turns, so that a busy machine slows both.
 */
import { Buffer } from 'node:buffer';
import codec from '../src/codecs/otlp-json.ts';
import { AttributeKeys } from '../src/spans/attribute-keys.ts';
import { SpanWriter } from '../src/spans/span-writer.ts';
import { WANTED_KEYS } from './support/corpus.ts';

const RESOURCES_PER_MESSAGE = 8;
const SPANS_PER_RESOURCE = 25;
const SPANS_PER_MESSAGE = RESOURCES_PER_MESSAGE * SPANS_PER_RESOURCE;

const messageCount = Math.max(1, Math.round(Number(process.argv[2] ?? 20_000) / SPANS_PER_MESSAGE));
const seconds = Number(process.argv[3] ?? 3);

const messages = Array.from({ length: messageCount }, (_, message) =>
  Buffer.from(JSON.stringify(requestOf(message))),
);
const spans = messageCount * SPANS_PER_MESSAGE;
const bytes = messages.reduce((sum, message) => sum + message.length, 0);
const writer = new SpanWriter({ keys: new AttributeKeys(WANTED_KEYS) });

decodeAll();
parseAll();
const decodeRates: number[] = [];
const parseRates: number[] = [];
for (const stop = performance.now() + seconds * 1000; parseRates.length === 0 || performance.now() < stop;) {
  decodeRates.push(rateOf(decodeAll));
  parseRates.push(rateOf(parseAll));
}
const spansPerS = median(decodeRates);
const parsedSpansPerS = median(parseRates);
const ratio = Math.round((spansPerS / parsedSpansPerS) * 100) / 100;

process.stderr.write(
  `decode otlp_json: ${(spansPerS / 1e6).toFixed(2)} M spans/s, ${((spansPerS * bytes) / spans / 1e6).toFixed(0)} MB/s, ` +
    `${ratio.toFixed(2)} times JSON.parse\n`,
);
const result = {
  benchmark: 'decode-json',
  encoding: 'otlp_json',
  spans_per_s: spansPerS,
  json_parse_spans_per_s: parsedSpansPerS,
  ratio,
  spans,
  bytes_per_span: Math.round((bytes / spans) * 10) / 10,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function decodeAll(): number {
  let rows = 0;
  for (const [offset, message] of messages.entries()) {
    writer.reset(0);
    writer.begin(offset, offset, 'default');
    codec.decode(message, writer);
    rows += writer.length;
  }
  return rows;
}

function parseAll(): number {
  let rows = 0;
  for (const message of messages) {
    const request = JSON.parse(message.toString()) as ReturnType<typeof requestOf>;
    for (const { scopeSpans } of request.resourceSpans) rows += scopeSpans[0]!.spans.length;
  }
  return rows;
}

function rateOf(work: () => number): number {
  const start = performance.now();
  const rows = work();
  if (rows !== spans) throw new Error(`BUG: ${rows} spans of ${spans}`);
  return (rows * 1000) / (performance.now() - start);
}

function median(rates: number[]): number {
  return Math.round(rates.toSorted((a, b) => a - b)[rates.length >> 1]!);
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
