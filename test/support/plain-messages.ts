/** Real messages beside what oracles read of them: the same spans as bytes in any of the six encodings, and as plain spans. */
import { SPAN_KINDS, STATUS_CODES, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import { type AbstractSpan, messagesOf, type OneEncoding } from './encoders.ts';
import type { PlainSpan } from './plain-span.ts';
import type { SdkMessages, SdkSpan } from './real-sdk.ts';

export interface EncodedMessage {
  readonly value: Uint8Array;
  readonly spans: readonly PlainSpan[];
}

/** OpenTelemetry's threshold of `ot=th:` for one in so many. */
const THRESHOLDS: Readonly<Record<number, string>> = { 2: '8', 8: 'e' };

/** The SDK's spans in an encoding: OTLP as the SDK itself wrote it, the others as their producers would. `keys` are the attributes kept. */
export function sdkEncoded(
  sdk: SdkMessages,
  encoding: OneEncoding,
  keys: readonly string[],
): EncodedMessage[] {
  const written = { otlp_proto: sdk.proto, otlp_json: sdk.json }[encoding as string];
  return sdk.proto.flatMap((_, message): EncodedMessage[] => {
    const spans = sdk.spans.filter((span) => span.message === message);
    if (written !== undefined)
      return [{ value: written[message]!, spans: spans.map((span) => plainOf(span, keys)) }];
    const abstract = spans.map((span) => abstractOf(span, keys));
    const messages = messagesOf(encoding, abstract);
    return messages.map((value, at) => ({
      value,
      // One message of all spans, or one each.
      spans: (messages.length === 1 ? abstract : [abstract[at]!]).map(plainOfAbstract),
    }));
  });
}

export function plainOfAbstract(span: AbstractSpan): PlainSpan {
  const startNs = BigInt(span.startUs) * 1000n;
  const threshold = Object.entries(THRESHOLDS).find(([, text]) => span.tracestate === `ot=th:${text}`);
  return {
    ...idsOf(span.traceId, span.spanId, span.parentId),
    service: span.service ?? 'missing-service-name',
    operation: span.name === '' ? 'empty-span-name' : span.name,
    kind: span.kind,
    status: span.status,
    startNs,
    endNs: startNs + BigInt(span.durationUs) * 1000n,
    weight: WEIGHT_ONE * Number(threshold?.[0] ?? 1),
    attributes: span.attributes,
    ...(span.resource === undefined ? {} : { resource: span.resource }),
    ...(span.links === undefined
      ? {}
      : { links: span.links.map(({ traceId, spanId }) => idsOf(traceId, spanId, '')) }),
  };
}

function plainOf(span: SdkSpan, keys: readonly string[]): PlainSpan {
  const { startNs, endNs } = span;
  return { ...plainOfAbstract(abstractOf(span, keys)), startNs, endNs };
}

function abstractOf(span: SdkSpan, keys: readonly string[]): AbstractSpan {
  const threshold = THRESHOLDS[span.sampledOneIn];
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId,
    service: span.service,
    name: span.operation,
    kind: SPAN_KINDS.indexOf(span.kind),
    status: STATUS_CODES.indexOf(span.status),
    startUs: Number(span.startNs / 1000n),
    durationUs: Number((span.endNs - span.startNs) / 1000n),
    tracestate: threshold === undefined ? undefined : `ot=th:${threshold}`,
    attributes: Object.fromEntries(keys.map((key) => [key, String(span.attributes[key])])),
  };
}

const numbers = new Map<string, number>();

/** Plain spans number their ids; 0 stands for none. */
function idsOf(
  ...ids: readonly [string, string, string]
): Pick<PlainSpan, 'traceId' | 'spanId' | 'parentId'> {
  const [traceId, spanId, parentId] = ids.map((id) => {
    if (/^0*$/.test(id)) return 0;
    if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
    return numbers.get(id)!;
  }) as [number, number, number];
  return { traceId, spanId, parentId };
}
