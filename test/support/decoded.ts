/** Runs a codec on one message and tells its rows as plain objects: what codec tests compare. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Codec } from '../../src/codecs/codec.ts';
import { DecodeError } from '../../src/codecs/decode-error.ts';
import { AttributeKeys } from '../../src/spans/attribute-keys.ts';
import { ID_WORDS, SPAN_KINDS, STATUS_CODES } from '../../src/spans/span-batch.ts';
import { LINK_WORDS, type SpanLinks } from '../../src/spans/span-links.ts';
import { SpanWriter } from '../../src/spans/span-writer.ts';
import type { WriterOptions } from '../../src/spans/writer-options.ts';

export interface DecodedSpan {
  readonly tenant: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly durationUs: number;
  readonly kind: string;
  readonly status: string;
  readonly service: string;
  readonly operation: string;
  readonly weight: number;
  /** Only attributes the span has. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  /** Absent where it is not. */
  readonly isOversized?: true;
  /** Trace id and span id of each; absent where nobody wants links. */
  readonly links?: readonly string[];
}

export type DecodeOptions = Omit<WriterOptions, 'keys'> & { readonly keys?: readonly string[] };

export function decoded(codec: Codec, message: Uint8Array, options: DecodeOptions = {}): DecodedSpan[] {
  const { keys = [], ...rest } = options;
  const writer = new SpanWriter({ ...rest, keys: new AttributeKeys(keys) });
  writer.reset(0);
  writer.begin(7, Number.NaN, 'default');
  codec.decode(inside(message), writer);
  return rowsOf(writer);
}

export function rowsOf(writer: SpanWriter): DecodedSpan[] {
  const { dictionary, options } = writer;
  const texts = (columns: readonly Int32Array[], row: number): Record<string, string> =>
    Object.fromEntries(
      options.keys.keys.flatMap((key, column) => {
        const id = columns[column]![row]!;
        return id === 0 ? [] : [[key, dictionary.text(id)]];
      }),
    );
  return Array.from({ length: writer.length }, (_, row) => ({
    tenant: dictionary.text(writer.tenant[row]!),
    traceId: hex(writer.ids, row * ID_WORDS, 4),
    spanId: hex(writer.ids, row * ID_WORDS + 4, 2),
    parentId: hex(writer.ids, row * ID_WORDS + 6, 2),
    startUs: writer.startUs[row]!,
    endUs: writer.endUs[row]!,
    durationUs: writer.durationUs[row]!,
    kind: SPAN_KINDS[writer.kind[row]!]!,
    status: STATUS_CODES[writer.status[row]!]!,
    service: dictionary.text(writer.service[row]!),
    operation: dictionary.text(writer.operation[row]!),
    weight: writer.weight[row]!,
    attributes: texts(writer.spanAttributes, row),
    resource: texts(writer.resourceAttributes, row),
    ...(writer.oversized[row] === 0 ? {} : { isOversized: true }),
    ...(writer.links.areWanted ? { links: linksOf(writer.links, row) } : {}),
  }));
}

function linksOf({ length, from, ids }: SpanLinks, row: number): string[] {
  return Array.from({ length }, (_, link) => link)
    .filter((link) => from[link] === row)
    .map((link) => `${hex(ids, link * LINK_WORDS, 4)} ${hex(ids, link * LINK_WORDS + 4, 2)}`);
}

/** The reason a message is refused for; undefined where it decodes. Anything but a DecodeError is thrown on. */
export function refusal(codec: Codec, message: Uint8Array): string | undefined {
  try {
    decoded(codec, message, { keys: ['a', 'service.name'], hasLinks: true });
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
}

/** Cuts and damages a valid message everywhere: no bytes may do worse than be refused. */
export function expectRobust(codec: Codec, message: Uint8Array): void {
  for (let length = 0; length < message.length; length++) refusal(codec, message.subarray(0, length));
  for (let bit = 0; bit < message.length * 8; bit++) {
    // A Buffer's own slice would share its bytes.
    const damaged = new Uint8Array(message);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    refusal(codec, damaged);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => void refusal(codec, noise)));
  expect(refusal(codec, message)).toBeUndefined();
}

/** The message as a slice of a larger buffer of other bytes, as a Kafka client hands it out. */
function inside(message: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(message.length + 32).fill(0x0a);
  buffer.set(message, 16);
  return buffer.subarray(16, 16 + message.length);
}

function hex(ids: Int32Array, word: number, words: number): string {
  return Array.from(ids.subarray(word, word + words), (id) => (id >>> 0).toString(16).padStart(8, '0')).join(
    '',
  );
}
