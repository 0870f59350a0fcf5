/** Laws over all encodings: the same spans give the same rows, and `auto` decodes each message as its own encoding does. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import auto from '../../src/codecs/auto.ts';
import { type Codec, loadCodec } from '../../src/codecs/codec.ts';
import { SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { decoded, type DecodedSpan } from '../support/decoded.ts';
import {
  abstractSpan,
  type AbstractSpan,
  ATTRIBUTE_KEYS,
  messagesOf,
  ONE_ENCODINGS,
  turnedAround,
  utf8,
} from '../support/encoders.ts';

const options = { keys: ATTRIBUTE_KEYS, hasLinks: true };
const spans = fc.array(abstractSpan, { minLength: 1, maxLength: 4 });
const WEIGHTS: Readonly<Record<string, number>> = { 'ot=th:8': 2, 'a=b,ot=th:c;rv:1': 4 };

function rowOf(span: AbstractSpan): DecodedSpan {
  return {
    tenant: 'default',
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentId.padStart(16, '0'),
    startUs: span.startUs,
    endUs: span.startUs + span.durationUs,
    durationUs: span.durationUs,
    kind: SPAN_KINDS[span.kind]!,
    status: STATUS_CODES[span.status]!,
    service: span.service ?? 'missing-service-name',
    operation: span.name === '' ? 'empty-span-name' : span.name,
    weight: WEIGHT_ONE * (WEIGHTS[span.tracestate ?? ''] ?? 1),
    attributes: span.attributes,
    resource: {},
    links: span.links!.map(({ traceId, spanId }) => `${traceId} ${spanId}`),
  };
}

function rows(codec: Codec, messages: readonly Uint8Array[]): DecodedSpan[] {
  return messages.flatMap((message) => decoded(codec, message, options));
}

describe.each(ONE_ENCODINGS)('%s', (encoding) => {
  it('gives the rows of its spans', async () => {
    const codec = await loadCodec(encoding);
    fc.assert(
      fc.property(spans, (drawn) => {
        expect(rows(codec, messagesOf(encoding, drawn))).toEqual(drawn.map((span) => rowOf(span)));
      }),
    );
  });

  it('is told by auto', () => {
    fc.assert(
      fc.property(spans, (drawn) => {
        expect(rows(auto, messagesOf(encoding, drawn))).toEqual(drawn.map((span) => rowOf(span)));
      }),
    );
  });
});

describe.each(['otlp_json', 'jaeger_json'] as const)('%s', (encoding) => {
  it('reads members in any order and spelling, with blanks anywhere', async () => {
    const codec = await loadCodec(encoding);
    fc.assert(
      fc.property(spans, (drawn) => {
        const turned = messagesOf(encoding, drawn).map((message) =>
          utf8(turnedAround(JSON.parse(Buffer.from(message).toString())), 1),
        );
        expect(rows(codec, turned)).toEqual(drawn.map((span) => rowOf(span)));
        expect(rows(auto, turned)).toEqual(drawn.map((span) => rowOf(span)));
      }),
    );
  });
});
