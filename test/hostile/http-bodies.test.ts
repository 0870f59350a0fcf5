/** Whatever is posted to the OTLP receiver gets an answer, keeps no memory it was not given, and leaves the receiver serving. */
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { type OtlpHttpSource, startOtlpHttp } from '../../src/sources/otlp-http.ts';
import { messagesOf } from '../support/encoders.ts';
import { damaged } from '../support/hostile-bytes.ts';

const BODY_BYTES_MAX = 2 ** 20;
const TYPES = { otlp_proto: 'application/x-protobuf', otlp_json: 'application/json' } as const;
/** Of thousands of damages, so many are posted. */
const POSTED = 150;

const SPAN = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: '1112131415161718',
  parentId: '',
  service: 'cart',
  name: 'GET /',
  kind: 2,
  status: 0,
  startUs: 1_758_463_980_000_000,
  durationUs: 5,
  tracestate: undefined,
  attributes: {},
};

let source: OtlpHttpSource | undefined;
afterEach(() => source?.stop());

async function open(): Promise<OtlpHttpSource> {
  return (source = await startOtlpHttp({
    port: 0,
    bytesMax: 8 * BODY_BYTES_MAX,
    bodyBytesMax: BODY_BYTES_MAX,
  }));
}

async function post(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(`${source!.address}/v1/traces`, {
    method: 'POST',
    headers,
    body: Buffer.from(body),
  });
  await response.arrayBuffer();
  return response.status;
}

test.each(['otlp_proto', 'otlp_json'] as const)('damaged %s is accepted or refused', async (encoding) => {
  const { budget } = await open();
  const type = { 'content-type': TYPES[encoding] };
  const [message] = messagesOf(encoding, [SPAN]);
  const all = [...damaged(message!, 1)];
  for (let at = 0; at < POSTED; at++) {
    const body = all[Math.floor((at * all.length) / POSTED)]!;
    const held = budget.bytesHeld;
    const status = await post(body, type);
    expect([200, 400]).toContain(status);
    if (status === 400) expect(budget.bytesHeld).toBe(held);
    const packed = gzipSync(body);
    packed[at % packed.length]! ^= 1 << (at % 8);
    expect([200, 400]).toContain(await post(packed, { ...type, 'content-encoding': 'gzip' }));
  }
  expect(await post(message!, type)).toBe(200);
});

test.each(['gzip', 'identity'])(
  'a body beyond the cap, sent as %s, is refused and given back',
  async (coding) => {
    const { budget } = await open();
    const body = Buffer.alloc(64 * BODY_BYTES_MAX);
    const sent = coding === 'gzip' ? gzipSync(body) : body.subarray(0, 2 * BODY_BYTES_MAX);
    const headers = { 'content-type': TYPES.otlp_proto, 'content-encoding': coding };
    expect(await post(sent, headers)).toBe(413);
    expect(budget.bytesHeld).toBe(0);
  },
);
