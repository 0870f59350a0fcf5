import { describe, expect, test } from 'vitest';
import { loadCodec } from '../../../src/codecs/codec.ts';
import { type DemoSource, exportRequests, startDemo } from '../../../src/sources/demo.ts';
import { DEFECTS, SERVICE_NAMES, SKEW_MS } from '../../../src/sources/demo/services.ts';
import { KIND, type DemoSpan } from '../../../src/sources/demo/span.ts';
import { rhythm, spansOfSecond, type Traffic } from '../../../src/sources/demo/traffic.ts';
import type { LogBatch } from '../../../src/sources/log-source.ts';
import { AttributeKeys } from '../../../src/spans/attribute-keys.ts';
import { ID_WORDS, WEIGHT_ONE } from '../../../src/spans/span-batch.ts';
import { SpanWriter } from '../../../src/spans/span-writer.ts';
import { OTLP } from '../../support/protobuf-schemas.ts';

interface DecodedSpan {
  readonly spanId: string;
}
interface DecodedRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly DecodedSpan[];
    }[];
  }[];
}

const NOON_MS = Date.UTC(2026, 8, 21, 12);
const LIVE: Traffic = { seed: 7, spansPerSecond: 200, sampledOneIn: 1 };
const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

function spansOf(traffic: Traffic, seconds: number, fromMs = NOON_MS): DemoSpan[] {
  return Array.from({ length: seconds }, (_, i) => spansOfSecond(traffic, fromMs + i * 1000)).flat();
}

const ofService = (spans: readonly DemoSpan[], service: string): DemoSpan[] =>
  spans.filter((span) => span.instance.service === service);

describe('demo traffic', () => {
  test('is a function of seed and second, and of nothing else', () => {
    const bytes = (seed: number, ms: number): string =>
      JSON.stringify(
        exportRequests(spansOfSecond({ ...LIVE, seed }, ms)).map(({ value, timestampMs }) => [
          hex(value),
          timestampMs,
        ]),
      );
    const once = bytes(7, NOON_MS);
    bytes(8, NOON_MS);
    expect(bytes(7, NOON_MS)).toBe(once);
    expect(bytes(8, NOON_MS)).not.toBe(once);
    expect(bytes(7, NOON_MS + 1000)).not.toBe(once);
  });

  test('keeps its rate, which moves smoothly', () => {
    const spans = spansOf(LIVE, 120);
    const due = Array.from({ length: 120 }, (_, i) => 200 * rhythm(NOON_MS + i * 1000)).reduce(
      (sum, rate) => sum + rate,
      0,
    );
    expect(spans.length / due).toBeGreaterThan(0.93);
    expect(spans.length / due).toBeLessThan(1.07);
    const rates = Array.from({ length: 1440 }, (_, minute) => rhythm(NOON_MS + minute * 60_000));
    expect(Math.min(...rates)).toBeGreaterThan(0.4);
    expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(2);
    for (const [minute, rate] of rates.entries())
      expect(Math.abs(rate - (rates[minute - 1] ?? rate))).toBeLessThan(0.15);
  });

  test('sampled traffic has a part of the spans, each of which says so', () => {
    const sampled = spansOf({ ...LIVE, sampledOneIn: 8 }, 480);
    expect(sampled.length / spansOf(LIVE, 60).length).toBeGreaterThan(0.75);
    expect(sampled.length / spansOf(LIVE, 60).length).toBeLessThan(1.25);
    expect(new Set(sampled.map(({ traceState }) => traceState))).toEqual(new Set(['ot=th:e']));
  });

  test('traces are whole: parents exist and enclose their children by the true time, ids are unique', () => {
    const spans = spansOf(LIVE, 20);
    const byId = new Map(spans.map((span) => [hex(span.spanId), span]));
    expect(byId.size).toBe(spans.length);
    const trueStart = (span: DemoSpan): number => span.startUs - span.instance.clockOffsetUs;
    const trueEnd = (span: DemoSpan): number => span.endUs - span.instance.clockOffsetUs;
    for (const span of spans) {
      expect(trueEnd(span)).toBeGreaterThan(trueStart(span));
      if (span.parentSpanId === undefined) continue;
      const parent = byId.get(hex(span.parentSpanId));
      expect(hex(parent!.traceId)).toBe(hex(span.traceId));
      expect(trueStart(span)).toBeGreaterThanOrEqual(trueStart(parent!));
      if (span.kind !== KIND.consumer) expect(trueEnd(span)).toBeLessThanOrEqual(trueEnd(parent!));
    }
  });

  test('all services take part, with every kind of span, databases, links, retries, errors and outside hosts', () => {
    const spans = spansOf(LIVE, 300);
    expect(new Set(spans.map(({ instance }) => instance.service))).toEqual(new Set(SERVICE_NAMES));
    expect(new Set(spans.map(({ kind }) => kind))).toEqual(new Set(Object.values(KIND)));
    const values = (key: string): Set<unknown> => new Set(spans.map(({ attributes }) => attributes[key]));
    expect(values('db.system.name')).toEqual(new Set([undefined, 'postgresql', 'redis']));
    expect(values('messaging.system')).toContain('kafka');
    expect(values('http.request.resend_count')).toContain(1);
    expect(values('server.address')).toContain('api.paygate.example');
    expect(values('shop.payment.decline_reason')).toContain('expired_card');
    expect(values('http.response.status_code')).toEqual(
      new Set([undefined, 200, 201, 202, 402, 404, 500, 502, 503]),
    );
    const producers = new Set(
      spans.filter(({ kind }) => kind === KIND.producer).map(({ spanId }) => hex(spanId)),
    );
    const consumers = spans.filter(({ kind }) => kind === KIND.consumer);
    for (const { links } of consumers)
      expect(links.map(({ spanId }) => producers.has(hex(spanId)))).toEqual([true]);
    expect(new Set(consumers.map(({ parentSpanId }) => parentSpanId === undefined))).toEqual(
      new Set([true, false]),
    );
    const failed = spans.filter(({ error }) => error !== undefined).length / spans.length;
    expect(failed).toBeGreaterThan(0.001);
    expect(failed).toBeLessThan(0.05);
  });

  test('one dependency is slow at times', () => {
    const medianMs = (fromMs: number): number => {
      const times = spansOf({ ...LIVE, spansPerSecond: 2000 }, 20, fromMs)
        .filter(({ attributes }) => attributes['server.address'] === 'rates.carrier.example')
        .map(({ startUs, endUs }) => (endUs - startUs) / 1000)
        .sort((a, b) => a - b);
      return times[times.length >> 1]!;
    };
    expect(medianMs(NOON_MS)).toBeGreaterThan(3 * medianMs(NOON_MS + 15 * 60_000));
  });

  test('has the defects it claims, and only there', () => {
    const spans = spansOf(LIVE, 200);
    const servers = (service: string): DemoSpan[] =>
      ofService(spans, service).filter(({ kind }) => kind === KIND.server);
    expect(servers(DEFECTS.noServerSpans)).toEqual([]);
    expect(ofService(spans, DEFECTS.noServerSpans).length).toBeGreaterThan(0);
    expect(servers('payment').length).toBeGreaterThan(0);
    expect(
      new Set(
        ofService(spans, DEFECTS.oldSdk).map(({ instance }) => instance.resource['telemetry.sdk.version']),
      ),
    ).toEqual(new Set(['1.9.1']));
    expect(servers(DEFECTS.oldSdk)[0]!.attributes).toMatchObject({
      'http.method': 'POST',
      'http.status_code': 200,
    });
    expect(new Set(servers(DEFECTS.idsInNames).map(({ name }) => name)).size).toBeGreaterThan(100);
    for (const service of SERVICE_NAMES) {
      const its = ofService(spans, service);
      if (service !== DEFECTS.idsInNames) expect(new Set(its.map(({ name }) => name)).size).toBeLessThan(20);
      expect(its.every(({ instance }) => 'service.version' in instance.resource)).toBe(
        service !== DEFECTS.noVersion,
      );
    }
    const offsets = new Set(
      spans
        .filter(({ instance }) => instance.clockOffsetUs !== 0)
        .map(({ instance }) => `${instance.service} ${instance.clockOffsetUs / 1000}`),
    );
    expect(offsets).toEqual(new Set([`${DEFECTS.skewedClock} ${SKEW_MS}`]));
    expect(new Set(servers(DEFECTS.skewedClock).map(({ instance }) => instance.clockOffsetUs)).size).toBe(2);
  });
});

describe('the demo writer', () => {
  test('what it writes decodes to the same spans', async () => {
    const codec = await loadCodec('otlp_proto');
    const keys = new AttributeKeys(['db.system.name', 'rpc.grpc.status_code', 'host.name']);
    const spans = spansOf({ ...LIVE, sampledOneIn: 8 }, 60);
    const byId = new Map(spans.map((span) => [hex(span.spanId), span]));
    let seen = 0;
    for (const { value, timestampMs } of exportRequests(spans)) {
      const rows = new SpanWriter({ keys });
      rows.begin(0, timestampMs, 'default');
      codec.decode(value, rows);
      const text = (column: Int32Array, row: number): string => rows.dictionary.text(column[row]!);
      const id = (row: number, word: number, words: number): string =>
        Array.from(rows.ids.subarray(row * ID_WORDS + word, row * ID_WORDS + word + words), (part) =>
          (part >>> 0).toString(16).padStart(8, '0'),
        ).join('');
      for (let row = 0; row < rows.length; row++, seen++) {
        const span = byId.get(id(row, 4, 2))!;
        expect({
          traceId: id(row, 0, 4),
          parent: id(row, 6, 2),
          startUs: rows.startUs[row],
          endUs: rows.endUs[row],
          kind: rows.kind[row],
          status: rows.status[row],
          service: text(rows.service, row),
          operation: text(rows.operation, row),
          weight: rows.weight[row],
          db: text(rows.spanAttributes[0]!, row),
          grpc: text(rows.spanAttributes[1]!, row),
          host: text(rows.resourceAttributes[2]!, row),
        }).toEqual({
          traceId: hex(span.traceId),
          parent: span.parentSpanId === undefined ? '0'.repeat(16) : hex(span.parentSpanId),
          startUs: span.startUs,
          endUs: span.endUs,
          kind: span.kind,
          status: span.error === undefined ? 0 : 2,
          service: span.instance.service,
          operation: span.name,
          weight: 8 * WEIGHT_ONE,
          db: span.attributes['db.system.name'] ?? '',
          grpc: String(span.attributes['rpc.grpc.status_code'] ?? ''),
          host: span.instance.resource['host.name'],
        });
        // Nothing here is ahead of its record.
        expect(span.endUs).toBeLessThanOrEqual(timestampMs * 1000);
      }
    }
    expect(seen).toBe(spans.length);
  });

  test('links, events, flags and scope are where another decoder finds them', () => {
    const type = OTLP.lookupType('TracesData');
    const spans = spansOf(LIVE, 60);
    const read: DecodedSpan[] = [];
    for (const { value } of exportRequests(spans)) {
      const message = type.toObject(type.decode(value), {
        longs: String,
        bytes: String,
        arrays: true,
        defaults: true,
      });
      for (const { scopeSpans } of (message as DecodedRequest).resourceSpans)
        for (const { scope, spans: its } of scopeSpans) {
          expect(scope.name).not.toBe('');
          read.push(...its);
        }
    }
    const base64 = (id: Uint8Array): string => Buffer.from(id).toString('base64');
    const byId = new Map(read.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    for (const span of spans)
      expect(byId.get(base64(span.spanId))).toMatchObject({
        flags: span.isParentRemote ? 0x301 : 0x101,
        status: span.error === undefined ? null : { code: 2, message: span.error },
        startTimeUnixNano: String(BigInt(span.startUs) * 1000n),
        links: span.links.map(({ traceId, spanId }) => ({
          traceId: base64(traceId),
          spanId: base64(spanId),
        })),
        events: span.events.map(({ name, timeUs }) => ({
          name,
          timeUnixNano: String(BigInt(timeUs) * 1000n),
        })),
      });
    expect(new Set(spans.map(({ isParentRemote }) => isParentRemote)).size).toBe(2);
    expect(spans.some(({ events }) => events.length > 0)).toBe(true);
  });

  test("batches are the size of an SDK's, one instance each, in the order of their times", () => {
    const requests = exportRequests(spansOf({ ...LIVE, spansPerSecond: 4000 }, 2));
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.map(({ timestampMs }) => timestampMs)).toEqual(
      requests.map(({ timestampMs }) => timestampMs).sort((a, b) => a - b),
    );
    expect(Math.max(...requests.map(({ value }) => value.byteLength))).toBeLessThan(512 * 600);
  });
});

describe('the demo as a source', () => {
  async function reading(demo: DemoSource, batches: LogBatch[]): Promise<void> {
    await demo.start({
      assigned: () => Promise.resolve(),
      messages: async (batch) => {
        batches.push(batch);
        await demo.commit([{ topic: batch.topic, partition: 0, offset: batch.nextOffset }]);
      },
      lost: () => undefined,
      failed(error) {
        throw error;
      },
    });
  }

  test('fills in the past, evenly and in order, through a budget much smaller than it', async () => {
    const batches: LogBatch[] = [];
    const demo = startDemo({ backfillMs: 600_000, bytesMax: 200_000, now: () => NOON_MS });
    await reading(demo, batches);
    await demo.backfilled;
    await demo.drain!();
    await demo.stop();
    expect(demo.ephemeral).toBe(true);
    expect(new Set(batches.map(({ topic }) => topic))).toEqual(new Set(['demo']));
    const timesMs = batches.flatMap(({ timestampsMs }) => [...timestampsMs]);
    expect(batches.flatMap(({ offsets }) => [...offsets])).toEqual(timesMs.map((_, offset) => offset));
    for (let minute = 0; minute < 10; minute++) {
      const fromMs = NOON_MS - 608_000 + minute * 60_000;
      expect(timesMs.filter((ms) => ms >= fromMs && ms < fromMs + 60_000).length).toBeGreaterThan(50);
    }
    expect(Math.max(...timesMs)).toBeLessThanOrEqual(NOON_MS);
    expect(demo.budget.bytesHeld).toBe(0);
  });

  test('then live traffic follows the clock', async () => {
    let nowMs = NOON_MS;
    const batches: LogBatch[] = [];
    const demo = startDemo({ backfillMs: 0, now: () => nowMs });
    await demo.backfilled;
    nowMs += 20_000;
    await reading(demo, batches);
    while (batches.reduce((sum, { length }) => sum + length, 0) < 100)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await demo.stop();
    const timesMs = batches.flatMap(({ timestampsMs }) => [...timestampsMs]);
    expect(Math.min(...timesMs)).toBeGreaterThanOrEqual(NOON_MS - 8_000 + SKEW_MS);
    expect(Math.max(...timesMs)).toBeLessThanOrEqual(NOON_MS + 20_000);
  });

  test('stops while it waits for room', async () => {
    const demo = startDemo({ backfillMs: 600_000, bytesMax: 20_000, now: () => NOON_MS });
    await demo.stop();
    await demo.backfilled;
    expect(demo.budget.bytesHeld).toBeLessThanOrEqual(20_000);
  });
});
