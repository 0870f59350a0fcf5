import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadCodec } from '../../../src/codecs/codec.ts';
import type { LogBatch } from '../../../src/sources/log-source.ts';
import { MESSAGE_OVERHEAD_BYTES } from '../../../src/sources/memory-log.ts';
import { type OtlpHttpOptions, type OtlpHttpSource, startOtlpHttp } from '../../../src/sources/otlp-http.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { SpanWriter } from '../../../src/spans/span-writer.ts';

const DOCUMENT = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              name: 'pay',
              kind: 2,
              startTimeUnixNano: '1750000000000000000',
              endTimeUnixNano: '1750000000005000000',
            },
          ],
        },
      ],
    },
  ],
});
const JSON_TYPE = 'application/json';
const PROTO_TYPE = 'application/x-protobuf';

let source: OtlpHttpSource | undefined;
const batches: LogBatch[] = [];

afterEach(async () => {
  await source?.stop();
  source = undefined;
  batches.length = 0;
  vi.unstubAllEnvs();
});

async function open(options: Partial<OtlpHttpOptions> = {}): Promise<OtlpHttpSource> {
  source = await startOtlpHttp({ port: 0, bytesMax: 2 ** 20, now: () => 1234, ...options });
  return source;
}

/** Drains the source, and returns all messages. */
async function messages(): Promise<
  { topic: string; value: Uint8Array; timestampMs: number; tenant: string | undefined }[]
> {
  await source!.start({
    assigned: () => Promise.resolve(),
    async messages(batch) {
      batches.push(batch);
    },
    lost() {},
    failed(error) {
      throw error;
    },
  });
  await source!.drain!();
  await source!.stop();
  source = undefined;
  return batches.flatMap((batch) =>
    Array.from(batch.values, (value, i) => ({
      topic: batch.topic,
      value: value!,
      timestampMs: batch.timestampsMs[i]!,
      tenant: batch.tenants?.[i],
    })),
  );
}

interface Post {
  readonly type?: string;
  readonly headers?: Record<string, string>;
  readonly path?: string;
}

function post(
  body: string | Uint8Array<ArrayBuffer>,
  { type = JSON_TYPE, headers = {}, path = '/v1/traces' }: Post = {},
): Promise<Response> {
  return fetch(source!.address + path, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...headers },
  });
}

/** Code and message of a google.rpc.Status in protobuf. */
async function protoStatus(response: Response): Promise<{ code: number; message: string }> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect([bytes[0], bytes[2], bytes[3]]).toEqual([0x08, 0x12, bytes.length - 4]);
  return { code: bytes[1]!, message: new TextDecoder().decode(bytes.subarray(4)) };
}

async function decoded(encoding: 'otlp_proto' | 'otlp_json', value: Uint8Array): Promise<string[]> {
  const codec = await loadCodec(encoding);
  const writer = new SpanWriter({ keys: new AttributeKeys([]) });
  writer.begin(0, Number.NaN, 'default');
  codec.decode(value, writer);
  return Array.from(
    { length: writer.length },
    (_, row) =>
      `${writer.dictionary.text(writer.service[row]!)} ${writer.dictionary.text(writer.operation[row]!)} ${writer.kind[row]!} ${writer.status[row]!}`,
  );
}

async function exportWithSdk(address: string, compression: 'none' | 'gzip'): Promise<void> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', compression);
  const exporter = new OTLPTraceExporter({ url: `${address}/v1/traces` });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'checkout' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('test');
  tracer.startSpan('GET /cart', { kind: SpanKind.SERVER }).end();
  const failing = tracer.startSpan('charge', { kind: SpanKind.CLIENT });
  failing.setStatus({ code: SpanStatusCode.ERROR });
  failing.end();
  await provider.shutdown();
}

describe('OTLP/HTTP', () => {
  test.each(['none', 'gzip'] as const)(
    'takes what the OpenTelemetry JS SDK exports, compression %s',
    async (compression) => {
      const { address } = await open();
      await exportWithSdk(address, compression);
      const [message, ...rest] = await messages();
      expect(rest).toEqual([]);
      expect(message).toMatchObject({ topic: 'otlp-http', timestampMs: 1234, tenant: 'default' });
      expect(await decoded('otlp_proto', message!.value)).toEqual([
        'checkout GET /cart 2 0',
        'checkout charge 3 2',
      ]);
    },
  );

  test.each([
    ['plain', {}, Buffer.from(DOCUMENT)],
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync(DOCUMENT)],
    ['deflate', { 'content-encoding': 'Deflate' }, deflateSync(DOCUMENT)],
  ])('takes JSON, %s', async (_name, headers, body) => {
    await open();
    const response = await post(Uint8Array.from(body), { type: 'application/json; charset=utf-8', headers });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      expect.stringContaining(JSON_TYPE),
      '{}',
    ]);
    const [message] = await messages();
    expect(message).toMatchObject({ topic: 'otlp-http-json', tenant: 'default' });
    expect(await decoded('otlp_json', message!.value)).toEqual(['shop pay 2 0']);
  });

  test('answers protobuf with zero bytes of protobuf, an empty request included', async () => {
    await open();
    const response = await post(new Uint8Array(0), { type: 'application/x-protobuf; charset=binary' });
    expect([
      response.status,
      response.headers.get('content-type'),
      (await response.arrayBuffer()).byteLength,
    ]).toEqual([200, PROTO_TYPE, 0]);
  });

  test('refuses bad bodies with 400 and a Status in the encoding of the request', async () => {
    await open();
    for (const body of ['', '{', '{"resourceSpans":[', '[]', 'null', '{} x', '{"a":01}']) {
      const response = await post(body);
      expect([body, response.status]).toEqual([body, 400]);
      expect(await response.json()).toEqual({
        code: 3,
        message: expect.stringContaining('ExportTraceServiceRequest') as string,
      });
    }
    // A length beyond the end, at each level of the envelope; a group; field 0.
    for (const body of [[0x0a, 5, 1], [0x0a, 2, 0x12, 9], [0x0a, 4, 0x12, 2, 0x12, 7], [0x0b], [0x00]]) {
      const response = await post(Uint8Array.from(body), { type: PROTO_TYPE });
      expect([body, response.status, response.headers.get('content-type')]).toEqual([body, 400, PROTO_TYPE]);
      expect(await protoStatus(response)).toMatchObject({ code: 3 });
    }
    const garbled = await post(DOCUMENT, { headers: { 'content-encoding': 'gzip' } });
    expect([garbled.status, await garbled.json()]).toEqual([
      400,
      { code: 3, message: 'the body is not gzip' },
    ]);
    const cut = await post(Uint8Array.from(gzipSync(DOCUMENT).subarray(0, 40)), {
      headers: { 'content-encoding': 'gzip' },
    });
    expect(cut.status).toBe(400);
    expect(source!.budget.bytesHeld).toBe(0);
    expect(await messages()).toEqual([]);
  });

  test('caps bodies before and after decompression with 413', async () => {
    await open({ compressedBytesMax: 2000, bodyBytesMax: 100_000 });
    const padded = (length: number): string => DOCUMENT + ' '.repeat(length - DOCUMENT.length);
    expect((await post(padded(2000))).status).toBe(200);
    expect((await post(padded(2001))).status).toBe(413);
    const gzip = { headers: { 'content-encoding': 'gzip' } };
    expect((await post(Uint8Array.from(gzipSync(padded(100_000))), gzip)).status).toBe(200);
    const bomb = await post(Uint8Array.from(gzipSync(padded(1_500_000))), gzip);
    expect([bomb.status, await bomb.json()]).toEqual([
      413,
      { code: 8, message: expect.stringContaining('100000') as string },
    ]);
    // What was refused holds nothing: two messages and their overhead are left.
    expect(source!.budget.bytesHeld).toBe(102_000 + 2 * MESSAGE_OVERHEAD_BYTES);
    expect((await messages()).map(({ value }) => value.byteLength)).toEqual([2000, 100_000]);
  });

  test('a full budget is 503 with Retry-After until rows are durable', async () => {
    const { budget } = await open({ bytesMax: DOCUMENT.length * 2 + 150 });
    expect((await post(DOCUMENT)).status).toBe(200);
    const full = await post(DOCUMENT);
    expect([full.status, full.headers.get('retry-after'), await full.json()]).toEqual([
      503,
      '5',
      { code: 14, message: expect.stringContaining('full') as string },
    ]);
    const whileReading = await post('x'.repeat(DOCUMENT.length * 2));
    expect(whileReading.status).toBe(503);
    const held = budget.bytesHeld;
    await source!.commit([{ topic: 'otlp-http-json', partition: 0, offset: 1 }]);
    expect([held > DOCUMENT.length, budget.bytesHeld]).toEqual([true, 0]);
    expect((await post(DOCUMENT)).status).toBe(200);
  });

  describe('tenants', () => {
    const bytesMax = 8 * (DOCUMENT.length + MESSAGE_OVERHEAD_BYTES);
    const send = (tenant: string, type = JSON_TYPE, body: string | Uint8Array<ArrayBuffer> = DOCUMENT) =>
      post(body, { type, headers: { 'x-tenant': tenant } });
    const fill = async (tenant: string): Promise<{ accepted: number; refusal: Response }> => {
      for (let accepted = 0; ; accepted++) {
        const refusal = await send(tenant);
        if (refusal.status !== 200) return { accepted, refusal };
      }
    };

    test('one that sends without pause is told so; the others are heard', async () => {
      await open({ tenants: ['acme', 'globex', 'umbrella'], bytesMax });
      const { accepted, refusal } = await fill('acme');
      expect([accepted, refusal.status, refusal.headers.get('retry-after'), await refusal.json()]).toEqual([
        4,
        429,
        '5',
        { code: 8, message: 'this tenant has its share of the receiver: try again later' },
      ]);
      const proto = await send('acme', PROTO_TYPE, new Uint8Array(DOCUMENT.length));
      expect([proto.status, (await protoStatus(proto)).code]).toEqual([429, 8]);
      expect((await fill('globex')).accepted).toBe(2);
      expect((await fill('umbrella')).accepted).toBe(1);
      expect((await send('acme')).status).toBe(429);
      // Its own rows are durable, and it is heard again.
      await source!.commit([{ topic: 'otlp-http-json', partition: 0, offset: 4 }]);
      expect((await send('acme')).status).toBe(200);
    });

    test('a body that is being read counts as its tenant holds it', async () => {
      const { budget } = await open({ tenants: ['acme', 'globex'], bytesMax });
      const slow = request(`${source!.address}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': JSON_TYPE, 'x-tenant': 'acme', 'content-length': bytesMax },
      });
      slow.on('error', () => undefined);
      slow.write(' '.repeat(bytesMax / 2 - 10));
      await vi.waitFor(() => expect(budget.bytesHeld).toBeGreaterThan(0));
      expect((await send('acme')).status).toBe(429);
      expect((await send('globex')).status).toBe(200);
      slow.destroy();
    });

    test('the share is configurable, and where there is one tenant all is its own', async () => {
      await open({ tenants: ['acme', 'globex'], bytesMax, tenantShare: 0.25 });
      expect((await fill('acme')).accepted).toBe(2);
      await source!.stop();
      await open({ tenants: ['acme'], bytesMax, tenantShare: 0.25 });
      const { accepted, refusal } = await fill('acme');
      expect([accepted, refusal.status]).toEqual([8, 503]);
    });
  });

  test('a refused body does not stand in the way of the next request on its connection', async () => {
    await open({ bytesMax: 2 ** 20 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (body: string): Promise<number> => {
      const sent = request(`${source!.address}/v1/traces`, {
        method: 'POST',
        agent,
        headers: { 'content-type': JSON_TYPE },
      });
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      for await (const _ of answer);
      return answer.statusCode!;
    };
    // More than sockets buffer between the two.
    expect(await send('x'.repeat(2 ** 24))).toBe(503);
    expect(await send(DOCUMENT)).toBe(200);
    agent.destroy();
  });

  test('one tenant needs no header; with more, it must name one of them', async () => {
    await open({ tenants: ['acme'] });
    expect((await post(DOCUMENT)).status).toBe(200);
    expect((await post(DOCUMENT, { headers: { 'x-tenant': 'umbrella' } })).status).toBe(401);
    expect((await messages()).map(({ tenant }) => tenant)).toEqual(['acme']);

    await open({ tenants: ['acme', 'globex'] });
    const unnamed = await post(DOCUMENT);
    expect([unnamed.status, await unnamed.json()]).toEqual([
      401,
      { code: 16, message: expect.stringContaining('x-tenant') as string },
    ]);
    expect((await post(DOCUMENT, { headers: { 'x-tenant': 'globex' } })).status).toBe(200);
    expect((await messages()).map(({ tenant }) => tenant)).toEqual(['acme', 'globex']);
  });

  test('other types, codings, methods and paths are refused', async () => {
    await open();
    expect((await post(DOCUMENT, { type: 'text/plain' })).status).toBe(415);
    expect(
      (await fetch(`${source!.address}/v1/traces`, { method: 'POST', body: new Uint8Array(3) })).status,
    ).toBe(415);
    expect((await post(DOCUMENT, { headers: { 'content-encoding': 'br' } })).status).toBe(415);
    expect((await post(DOCUMENT, { headers: { 'content-encoding': 'constructor' } })).status).toBe(415);
    expect((await post(DOCUMENT, { path: '/v1/metrics' })).status).toBe(404);
    const got = await fetch(`${source!.address}/v1/traces`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(await messages()).toEqual([]);
  });

  test('pages on loopback origins may send, others may not', async () => {
    await open();
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${source!.address}/v1/traces`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const ours = await preflight('http://localhost:3000');
    expect([ours.status, ours.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'http://localhost:3000',
    ]);
    const foreign = await preflight('http://localhost.evil.example');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a taken port is named with its cure', async () => {
    const { address } = await open();
    await expect(startOtlpHttp({ port: Number(new URL(address).port), bytesMax: 1000 })).rejects.toThrow(
      /cannot receive OTLP\/HTTP on 127\.0\.0\.1:\d+: the port is taken/,
    );
  });

  test('two topics, one exact encoding each, of which a new generation opens at every start', async () => {
    const { topics, ephemeral } = await open();
    expect(topics).toEqual([
      { topic: 'otlp-http', encoding: 'otlp_proto' },
      { topic: 'otlp-http-json', encoding: 'otlp_json' },
    ]);
    expect(ephemeral).toBe(true);
  });
});
