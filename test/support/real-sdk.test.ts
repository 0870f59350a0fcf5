import { describe, expect, test } from 'vitest';
import { loadCodec } from '../../src/codecs/codec.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ID_WORDS, SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';
import { sdkMessages } from './real-sdk.ts';

const OPTIONS = {
  seed: 3,
  messages: 40,
  spansPerMessage: 25,
  startMs: Date.UTC(2026, 8, 21),
  spreadMs: 300_000,
};

describe('spans of the real SDK', () => {
  test('are the same for the same seed', () => {
    const bytes = (seed: number): string[] => {
      const { proto, json } = sdkMessages({ ...OPTIONS, seed, messages: 8 });
      return [...proto, ...json].map((value) => Buffer.from(value).toString('base64'));
    };
    const once = bytes(3);
    expect(bytes(3)).toEqual(once);
    expect(bytes(4)).not.toEqual(once);
  });

  test.each(['otlp_proto', 'otlp_json'] as const)('in %s are the plain spans', async (encoding) => {
    const { proto, json, spans } = sdkMessages(OPTIONS);
    const codec = await loadCodec(encoding);
    const keys = ['http.response.status_code', 'cache.hit', 'load.average', 'host.cpus'];
    const writer = new SpanWriter({ keys: new AttributeKeys(keys) });
    for (const [offset, value] of (encoding === 'otlp_proto' ? proto : json).entries()) {
      writer.begin(offset, Number.NaN, 'default');
      codec.decode(value, writer);
    }
    const text = (column: Int32Array, row: number): string => writer.dictionary.text(column[row]!);
    const id = (row: number, word: number, words: number): string =>
      Array.from(writer.ids.subarray(row * ID_WORDS + word, row * ID_WORDS + word + words), (part) =>
        (part >>> 0).toString(16).padStart(8, '0'),
      ).join('');
    const rows = Array.from({ length: writer.length }, (_, row) => ({
      message: writer.offset[row],
      service: text(writer.service, row),
      operation: text(writer.operation, row),
      kind: SPAN_KINDS[writer.kind[row]!],
      status: STATUS_CODES[writer.status[row]!],
      traceId: id(row, 0, 4),
      spanId: id(row, 4, 2),
      parentSpanId: id(row, 6, 2),
      startUs: BigInt(writer.startUs[row]!),
      durationUs: BigInt(writer.durationUs[row]!),
      weight: writer.weight[row]! / WEIGHT_ONE,
      attributes: writer.spanAttributes.slice(0, 3).map((column) => text(column, row)),
      cpus: text(writer.resourceAttributes[3]!, row),
    }));
    expect(rows).toEqual(
      spans.map((span) => ({
        message: span.message,
        service: span.service,
        operation: span.operation === '' ? 'empty-span-name' : span.operation,
        kind: span.kind,
        status: span.status,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId === '' ? '0'.repeat(16) : span.parentSpanId,
        startUs: span.startNs / 1000n,
        durationUs: (span.endNs - span.startNs) / 1000n,
        weight: span.sampledOneIn,
        attributes: keys.slice(0, 3).map((key) => String(span.attributes[key])),
        cpus: String(span.resource['host.cpus']),
      })),
    );
    expect(new Set(spans.map(({ sampledOneIn }) => sampledOneIn))).toEqual(new Set([1, 2, 8]));
  });
});
