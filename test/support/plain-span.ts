/** Spans as plain objects, for tests: what oracles read, and a codec that carries them without any wire format. */
import * as fc from 'fast-check';
import type { Codec } from '../../src/codecs/codec.ts';
import { DecodeError } from '../../src/codecs/decode-error.ts';
import { ID_WORDS, WEIGHT_ONE } from '../../src/spans/span-batch.ts';
import type { SpanWriter } from '../../src/spans/span-writer.ts';

export interface PlainSpan {
  readonly traceId: number;
  readonly spanId: number;
  readonly parentId: number;
  readonly service: string;
  readonly operation: string;
  readonly kind: number;
  readonly status: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly weight: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links?: readonly PlainLink[];
  /** Attributes of its resource, beside the service's name. */
  readonly resource?: Readonly<Record<string, string>>;
  /** Its attributes, those that nobody reads among them, are too many or too large. */
  readonly isOversized?: boolean;
  /** Of a stub: the record time of the message its span lay in. */
  readonly recordMs?: number;
  /** Of a stub: that it owns what its links lead to, and nothing else. */
  readonly isCopy?: boolean;
}

export type PlainLink = Pick<PlainSpan, 'traceId' | 'spanId'>;

/** One message of a log: its spans, or undefined where its bytes are poison. */
export interface PlainMessage {
  readonly recordMs: number;
  readonly spans: readonly PlainSpan[] | undefined;
}

export const BASE_MS = Date.UTC(2026, 8, 21, 14, 13);

/** A codec whose messages are the numbers of `messages`, as four bytes. */
export function plainCodec(messages: readonly PlainMessage[]): Codec {
  return {
    decode(bytes, into) {
      const { spans } = messages[new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)]!;
      if (spans === undefined) throw new DecodeError('malformed', 'poison');
      for (const span of spans) write(span, into);
    },
  };
}

export function bytesOf(message: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, message);
  return bytes;
}

function write(span: PlainSpan, into: SpanWriter): void {
  into.beginResource();
  into.resourceService = into.dictionary.internText(span.service);
  for (const [key, value] of Object.entries(span.resource ?? {})) {
    const column = into.options.keys.column(key);
    if (column >= 0) into.resourceValues[column] = into.dictionary.internText(value);
  }
  const row = into.addRow();
  into.ids[row * ID_WORDS + 3] = span.traceId;
  into.ids[row * ID_WORDS + 5] = span.spanId;
  into.ids[row * ID_WORDS + 7] = span.parentId;
  into.operation[row] = into.dictionary.internText(span.operation);
  into.kind[row] = span.kind;
  into.status[row] = span.status;
  into.weight[row] = span.weight;
  into.oversized[row] = span.isOversized === true ? 1 : 0;
  into.copy[row] = span.isCopy === true ? 1 : 0;
  for (const [key, value] of Object.entries(span.attributes)) {
    const column = into.options.keys.column(key);
    if (column >= 0) into.spanAttributes[column]![row] = into.dictionary.internText(value);
  }
  for (const { traceId, spanId } of span.links ?? []) {
    into.links.next.set([0, 0, 0, traceId, 0, spanId]);
    if (into.links.areWanted) into.links.add(row);
  }
  const halves = (ns: bigint): [number, number] => [Number(ns >> 32n), Number(ns & 0xffff_ffffn)];
  into.setTimes(row, ...halves(span.startNs), ...halves(span.endNs));
}

/** Random spans that collide often: few services, names, ids, windows; some late, skewed, with end before start. */
export const plainSpan: fc.Arbitrary<PlainSpan> = fc
  .record({
    traceId: fc.integer({ min: 0, max: 3 }),
    spanId: fc.integer({ min: 0, max: 6 }),
    parentId: fc.integer({ min: 0, max: 2 }),
    service: fc.constantFrom('cart', 'checkout', 'payment', '__other__'),
    operation: fc.constantFrom('GET /', 'POST /pay', 'charge'),
    kind: fc.integer({ min: 0, max: 5 }),
    status: fc.integer({ min: 0, max: 2 }),
    offsetMs: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -90_000, max: 5_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: -3_000_000, max: 3_000_000 }) },
    ),
    durationNs: fc.oneof(
      fc.bigInt({ min: -1000n, max: 3_000n }),
      fc.bigInt({ min: 0n, max: 20_000_000_000n }),
      fc.bigInt({ min: 0n, max: 1n << 58n }),
    ),
    isOversized: fc.constantFrom(false, false, true),
    weight: fc.oneof(
      { weight: 4, arbitrary: fc.constant(WEIGHT_ONE) },
      { weight: 1, arbitrary: fc.integer({ min: WEIGHT_ONE, max: WEIGHT_ONE * 2 ** 24 }) },
    ),
    attributes: fc.dictionary(fc.constantFrom('http.route', 'region'), fc.constantFrom('/a', '/b', ''), {
      maxKeys: 2,
    }),
  })
  .map(({ offsetMs, durationNs, ...rest }) => {
    const endNs = BigInt(BASE_MS + offsetMs) * 1_000_000n + 999n;
    const startNs = endNs - durationNs;
    return { ...rest, startNs: startNs < 0n ? 0n : startNs, endNs };
  });

/** A random log: messages of 0-4 spans, some poison, repeats near and far. */
export const plainLog: fc.Arbitrary<readonly PlainMessage[]> = fc
  .array(
    fc.record({
      spans: fc.oneof(
        { weight: 12, arbitrary: fc.array(plainSpan, { maxLength: 4 }) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      aheadMs: fc.integer({ min: 0, max: 4_000 }),
      copyOf: fc.option(fc.nat(40), { nil: undefined, freq: 4 }),
    }),
    { maxLength: 40 },
  )
  .map((drafts) =>
    drafts.map(({ spans, aheadMs, copyOf }, at) => ({
      recordMs: BASE_MS + at * 1_500 + aheadMs,
      spans: copyOf === undefined || copyOf >= at ? spans : drafts[copyOf]!.spans,
    })),
  );
