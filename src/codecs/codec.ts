/**
 * A codec turns the bytes of one message into rows of a batch. One file of this folder each, default-exported and found by its
 * file name: `otlp-proto.ts` is encoding `otlp_proto`.
 */
import type { SpanWriter } from '../spans/span-writer.ts';

export interface Codec {
  /**
   * Adds the message's spans to `into`, whose `begin` was called. Throws DecodeError and nothing else, whatever the bytes;
   * the caller then rolls the message back. Never recurses on input.
   */
  decode(message: Uint8Array, into: SpanWriter): void;
  /** Tells which messages `decode` will be asked for next, in order, though some may be left out: no result depends on it. */
  readonly expect?: (messages: readonly (Uint8Array | null)[], into: SpanWriter) => void;
}

export const ENCODINGS = [
  'auto',
  'otlp_proto',
  'otlp_json',
  'jaeger_proto',
  'jaeger_json',
  'zipkin_json',
  'zipkin_proto',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Loads the codec of an encoding. */
export async function loadCodec(encoding: Encoding): Promise<Codec> {
  const file = new URL(
    `./${encoding.replace('_', '-')}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  );
  const loaded = (await import(file.href)) as { readonly default: Codec };
  return loaded.default;
}
